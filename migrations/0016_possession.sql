-- Up Migration

-- renewal_seconds: for so long after its evidence a token may be renewed by whoever holds its key; 0: never.
-- token_encryption: what is done with the encryption key that an attester sent along.
ALTER TABLE audiences
  ADD COLUMN renewal_seconds integer NOT NULL DEFAULT 0 CHECK (renewal_seconds BETWEEN 0 AND 900),
  ADD COLUMN token_encryption text NOT NULL DEFAULT 'when-key' CHECK (token_encryption IN ('when-key', 'never'));
ALTER TABLE audiences
  ALTER COLUMN renewal_seconds DROP DEFAULT,
  ALTER COLUMN token_encryption DROP DEFAULT;

-- renews: jti of the token that was shown for it; null: it left with its decision, and then it is the only one.
ALTER TABLE tokens ADD COLUMN renews text COLLATE "C";
ALTER TABLE tokens DROP CONSTRAINT tokens_tenant_decision_key;
CREATE UNIQUE INDEX tokens_first ON tokens (tenant, decision) WHERE renews IS NULL;

-- What a decision stands on while its tokens may be renewed: without evidence nothing is judged again, so nothing of it may
-- have changed. until: no token for it lives longer. key_thumbprint: of the key that its evidence binds, RFC 7638, SHA-256.
-- encryption_key: public, a JWK.
CREATE TABLE renewable_decisions (
  tenant text COLLATE "C" NOT NULL CHECK (tenant <> ''),
  decision text COLLATE "C" NOT NULL,
  until timestamptz NOT NULL,
  in_grace boolean NOT NULL,
  endorsement_epoch bigint NOT NULL,
  build text NOT NULL,
  key_thumbprint text NOT NULL CHECK (key_thumbprint <> ''),
  encryption_key json,
  PRIMARY KEY (tenant, decision)
);
CREATE INDEX renewable_decisions_oldest ON renewable_decisions (tenant, until);
ALTER TABLE renewable_decisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE renewable_decisions FORCE ROW LEVEL SECURITY;
CREATE POLICY renewable_decisions_of_tenant ON renewable_decisions
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT, DELETE ON renewable_decisions TO assay_service;

-- proof_digest: SHA-256 over key and jti of a proof of possession. Its primary key is what makes a proof good for once.
CREATE TABLE spent_proofs (
  tenant text COLLATE "C" NOT NULL CHECK (tenant <> ''),
  proof_digest bytea NOT NULL CHECK (length(proof_digest) = 32),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, proof_digest)
);
CREATE INDEX spent_proofs_oldest ON spent_proofs (tenant, expires_at);
ALTER TABLE spent_proofs ENABLE ROW LEVEL SECURITY;
ALTER TABLE spent_proofs FORCE ROW LEVEL SECURITY;
CREATE POLICY spent_proofs_of_tenant ON spent_proofs
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT, DELETE ON spent_proofs TO assay_service;
