-- Up Migration

-- Two algorithms side by side, and keys that come and go: published before they sign, retired before they are removed.
ALTER TABLE signing_keys DROP CONSTRAINT signing_keys_alg_check;
ALTER TABLE signing_keys ADD CONSTRAINT signing_keys_alg_check CHECK (alg IN ('ES256', 'RS256'));
ALTER TABLE signing_keys DROP CONSTRAINT signing_keys_state_check;
ALTER TABLE signing_keys
  ADD CONSTRAINT signing_keys_state_check CHECK (state IN ('published', 'active', 'retired', 'removed'));

-- A key is published when it is made. active_from: since when it signs; of a published key, from when on it will.
-- retired_at: since when it signs no more. reason: why it was removed at once; null: it went its usual way.
ALTER TABLE signing_keys RENAME COLUMN created_at TO published_at;
ALTER TABLE signing_keys ADD COLUMN active_from timestamptz;
ALTER TABLE signing_keys ADD COLUMN retired_at timestamptz;
ALTER TABLE signing_keys ADD COLUMN removed_at timestamptz;
ALTER TABLE signing_keys ADD COLUMN reason text;

-- Row-level security holds for the owner of the tables too, so tenant by tenant.
DO $states$
DECLARE
  owner_name text;
BEGIN
  FOR owner_name IN SELECT name FROM tenant_names LOOP
    PERFORM set_config('assay.tenant', owner_name, true);
    UPDATE signing_keys SET active_from = published_at,
           retired_at = CASE WHEN state = 'retired' THEN now() END
     WHERE tenant = owner_name;
  END LOOP;
  PERFORM set_config('assay.tenant', '', true);
END
$states$;

ALTER TABLE signing_keys ALTER COLUMN active_from SET NOT NULL;
-- The private half ends with the signing: what is only verified with needs none.
ALTER TABLE signing_keys ALTER COLUMN wrapped DROP NOT NULL;
ALTER TABLE signing_keys ADD CHECK (wrapped IS NOT NULL OR state IN ('retired', 'removed'));
ALTER TABLE signing_keys ADD CHECK (retired_at IS NOT NULL OR state <> 'retired');
ALTER TABLE signing_keys ADD CHECK ((removed_at IS NOT NULL) = (state = 'removed'));
ALTER TABLE signing_keys ADD CHECK (reason IS NULL OR state = 'removed');
CREATE UNIQUE INDEX signing_keys_one_next ON signing_keys (tenant, purpose, alg) WHERE state = 'published';
GRANT UPDATE (state, active_from, retired_at, removed_at, reason, wrapped) ON signing_keys TO assay_service;

-- The check follows the keys when they are wrapped anew.
GRANT UPDATE (kek_check) ON deployment TO assay_service;
