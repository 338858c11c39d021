-- Up Migration

-- What a decision was made under, so that it can be judged again. epoch: the tenant's, which policy, reference values and
-- register were read under; null: recorded before it was kept. named_workload: by the request; null: it named none.
ALTER TABLE decisions ADD COLUMN epoch bigint;
ALTER TABLE decisions ADD COLUMN named_workload text COLLATE "C";

-- The states that a reference version has had, each from the epoch on that its change raised. Append only. A version
-- without a row, or before its first, was a draft.
CREATE TABLE reference_value_states (
  tenant text COLLATE "C" NOT NULL,
  workload text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  epoch bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('active', 'retired', 'revoked')),
  changed_at timestamptz NOT NULL,
  reason text,
  PRIMARY KEY (tenant, workload, version, epoch),
  FOREIGN KEY (tenant, workload, version) REFERENCES reference_values (tenant, workload, version)
);
ALTER TABLE reference_value_states ENABLE ROW LEVEL SECURITY;
ALTER TABLE reference_value_states FORCE ROW LEVEL SECURITY;
CREATE POLICY reference_value_states_of_tenant ON reference_value_states
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT ON reference_value_states TO assay_service;

-- The same for the register of machines. label and owner null: it was removed. Append only.
CREATE TABLE platform_states (
  tenant text COLLATE "C" NOT NULL REFERENCES tenants (tenant),
  kind text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  label text,
  owner text,
  PRIMARY KEY (tenant, kind, value, epoch),
  CHECK ((label IS NULL) = (owner IS NULL))
);
ALTER TABLE platform_states ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform_states FORCE ROW LEVEL SECURITY;
CREATE POLICY platform_states_of_tenant ON platform_states
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT ON platform_states TO assay_service;

-- Documents are looked for by their digest alone when a decision is judged again.
CREATE INDEX endorsements_digest ON endorsements (realm, sha256);

-- What there is already, as it stands, from the present epoch on. Row-level security holds for the owner of the tables too, so tenant by
-- tenant.
DO $states$
DECLARE
  owner_name text;
  present bigint;
BEGIN
  FOR owner_name IN SELECT name FROM tenant_names LOOP
    PERFORM set_config('assay.tenant', owner_name, true);
    SELECT epoch INTO present FROM tenants WHERE tenant = owner_name;

    INSERT INTO reference_value_states (tenant, workload, version, epoch, state, changed_at, reason)
    SELECT tenant, workload, version, present, state, changed_at, reason FROM reference_values
     WHERE tenant = owner_name AND state <> 'draft';

    INSERT INTO platform_states (tenant, kind, value, epoch, label, owner)
    SELECT tenant, kind, value, present, label, owner FROM platforms WHERE tenant = owner_name;
  END LOOP;
  PERFORM set_config('assay.tenant', '', true);
END
$states$;
