-- Up Migration

-- Which claims, which key, which header: each audience's choice.
ALTER TABLE audiences DROP CONSTRAINT audiences_profile_check;
ALTER TABLE audiences
  ADD CONSTRAINT audiences_profile_check CHECK (profile IN ('ear', 'ear-compat', 'ear-legacy'));
ALTER TABLE audiences DROP CONSTRAINT audiences_alg_check;
ALTER TABLE audiences ADD CONSTRAINT audiences_alg_check CHECK (alg IN ('ES256', 'RS256'));

-- What audiences have had until now; their tokens were held to no size of their own.
ALTER TABLE audiences
  ADD COLUMN key_header text NOT NULL DEFAULT 'kid' CHECK (key_header IN ('kid', 'x5c')),
  ADD COLUMN typ text NOT NULL DEFAULT 'JWT' CHECK (typ IN ('JWT', 'at+jwt', 'eat+jwt')),
  ADD COLUMN client_id text CHECK (client_id <> ''),
  ADD COLUMN aws_tags boolean NOT NULL DEFAULT false,
  ADD COLUMN max_token_bytes integer NOT NULL DEFAULT 8192 CHECK (max_token_bytes BETWEEN 1024 AND 8192),
  ADD CONSTRAINT audiences_client_check CHECK ((typ = 'at+jwt') = (client_id IS NOT NULL));
ALTER TABLE audiences
  ALTER COLUMN key_header DROP DEFAULT,
  ALTER COLUMN typ DROP DEFAULT,
  ALTER COLUMN aws_tags DROP DEFAULT,
  ALTER COLUMN max_token_bytes DROP DEFAULT;

-- certificate: DER. wrapped: its private key under AES-256-GCM (storage/key-wrap.ts). An audience has one at a time; one that
-- was removed stays as a record, without its key. reason: why it was.
CREATE TABLE audience_authorities (
  tenant text COLLATE "C" NOT NULL,
  audience text COLLATE "C" NOT NULL,
  kid text COLLATE "C" NOT NULL,
  purpose text NOT NULL CHECK (purpose = 'audience-authority'),
  certificate bytea NOT NULL,
  not_before timestamptz NOT NULL,
  not_after timestamptz NOT NULL,
  wrapped bytea,
  removed_at timestamptz,
  reason text,
  PRIMARY KEY (tenant, audience, kid),
  FOREIGN KEY (tenant, audience) REFERENCES audiences (tenant, name),
  CHECK ((wrapped IS NULL) = (removed_at IS NOT NULL)),
  CHECK ((reason IS NULL) = (removed_at IS NULL))
);
CREATE UNIQUE INDEX audience_authorities_one ON audience_authorities (tenant, audience) WHERE removed_at IS NULL;
ALTER TABLE audience_authorities ENABLE ROW LEVEL SECURITY;
ALTER TABLE audience_authorities FORCE ROW LEVEL SECURITY;
CREATE POLICY audience_authorities_of_tenant ON audience_authorities
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT, UPDATE (wrapped, removed_at, reason) ON audience_authorities TO assay_service;
