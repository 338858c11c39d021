-- Up Migration

-- The role assay_service exists already: it belongs to the cluster, so the migration command makes it
-- before it runs these files. Each transaction of the service runs under it, with the tenant in the setting
-- assay.tenant. The setting is unset or empty outside of a tenant; both match no row.

GRANT USAGE ON SCHEMA public TO assay_service;
GRANT SELECT ON schema_migrations TO assay_service;

-- One row: whose database this is. No tenant owns it.
CREATE TABLE deployment (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  issuer text NOT NULL CHECK (issuer <> ''),
  kek_check bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE (issuer) ON deployment TO assay_service;

-- Names alone, outside of row-level security, so that housekeeping can visit each tenant in turn.
CREATE TABLE tenant_names (
  name text COLLATE "C" PRIMARY KEY CHECK (name <> '')
);
GRANT SELECT, INSERT ON tenant_names TO assay_service;

-- epoch: raised by every act that changes which evidence is acceptable (storage/epoch.ts).
CREATE TABLE tenants (
  tenant text COLLATE "C" PRIMARY KEY REFERENCES tenant_names (name),
  realm text NOT NULL CHECK (realm IN ('genuine', 'simulated')),
  epoch bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL
);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenants_of_tenant ON tenants
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT, UPDATE (epoch) ON tenants TO assay_service;

-- digest: SHA-256 of the whole key; the key itself is never stored.
CREATE TABLE api_keys (
  tenant text COLLATE "C" NOT NULL REFERENCES tenants (tenant),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('admin', 'publisher', 'relying-party')),
  digest bytea NOT NULL CHECK (length(digest) = 32),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, digest)
);
CREATE INDEX api_keys_newest ON api_keys (tenant, created_at DESC, id DESC);
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY api_keys_of_tenant ON api_keys
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT ON api_keys TO assay_service;

-- wrapped: the private key under AES-256-GCM (storage/key-wrap.ts).
CREATE TABLE signing_keys (
  tenant text COLLATE "C" NOT NULL REFERENCES tenants (tenant),
  kid text COLLATE "C" NOT NULL,
  purpose text NOT NULL CHECK (purpose IN ('token')),
  alg text NOT NULL CHECK (alg IN ('ES256')),
  state text NOT NULL CHECK (state IN ('active', 'retired')),
  public_jwk json NOT NULL,
  wrapped bytea NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, kid)
);
CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (tenant, purpose, alg) WHERE state = 'active';
ALTER TABLE signing_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE signing_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY signing_keys_of_tenant ON signing_keys
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT ON signing_keys TO assay_service;

-- reply is null while the first call is still at work. Type json keeps the members' order.
CREATE TABLE idempotency_keys (
  tenant text COLLATE "C" NOT NULL REFERENCES tenants (tenant),
  route text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  body_digest bytea NOT NULL CHECK (length(body_digest) = 32),
  claim text NOT NULL,
  claimed_at timestamptz NOT NULL,
  status integer,
  reply json,
  PRIMARY KEY (tenant, route, key),
  CHECK ((status IS NULL) = (reply IS NULL))
);
CREATE INDEX idempotency_keys_oldest ON idempotency_keys (tenant, claimed_at);
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_of_tenant ON idempotency_keys
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO assay_service;
