-- Up Migration

-- The three tables that every decision writes carry no foreign keys: a reference to the tenant would lock
-- the tenant's row in each of those transactions. The transaction reads that row anyway.

-- Append only: nothing grants UPDATE or DELETE.
CREATE TABLE decisions (
  tenant text COLLATE "C" NOT NULL CHECK (tenant <> ''),
  id text COLLATE "C" NOT NULL,
  act text NOT NULL CHECK (act IN ('attest', 'appraise')),
  recorded_at timestamptz NOT NULL,
  judged_at timestamptz NOT NULL,
  audience text,
  workload text,
  reference_version integer,
  status text NOT NULL CHECK (status IN ('none', 'affirming', 'warning', 'contraindicated')),
  vector json NOT NULL,
  code text,
  tee text NOT NULL,
  generation text NOT NULL,
  envelope text NOT NULL,
  binding text NOT NULL CHECK (binding IN ('verified', 'mismatch', 'not_checked')),
  simulated boolean NOT NULL,
  debug boolean NOT NULL,
  measurement text NOT NULL,
  evidence_digest text NOT NULL,
  policy text NOT NULL,
  policy_digest text NOT NULL,
  tcb json NOT NULL,
  claims json NOT NULL,
  checks json NOT NULL,
  endorsements json NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX decisions_newest ON decisions (tenant, recorded_at DESC, id DESC);
ALTER TABLE decisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE decisions FORCE ROW LEVEL SECURITY;
CREATE POLICY decisions_of_tenant ON decisions
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT ON decisions TO assay_service;

-- nonce_digest: SHA-256 of the challenge's nonce. Its primary key is what makes a challenge good for once.
CREATE TABLE spent_challenges (
  tenant text COLLATE "C" NOT NULL CHECK (tenant <> ''),
  nonce_digest bytea NOT NULL CHECK (length(nonce_digest) = 32),
  decision text COLLATE "C" NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, nonce_digest)
);
CREATE INDEX spent_challenges_oldest ON spent_challenges (tenant, expires_at);
ALTER TABLE spent_challenges ENABLE ROW LEVEL SECURITY;
ALTER TABLE spent_challenges FORCE ROW LEVEL SECURITY;
CREATE POLICY spent_challenges_of_tenant ON spent_challenges
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT, DELETE ON spent_challenges TO assay_service;

-- Which token left for which decision; never the token itself.
CREATE TABLE tokens (
  tenant text COLLATE "C" NOT NULL CHECK (tenant <> ''),
  jti text COLLATE "C" NOT NULL,
  decision text COLLATE "C" NOT NULL,
  kid text COLLATE "C" NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, jti),
  UNIQUE (tenant, decision)
);
ALTER TABLE tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY tokens_of_tenant ON tokens
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT ON tokens TO assay_service;
