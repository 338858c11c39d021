-- Up Migration

-- Names that a tenant has versions of its own under. Shipped profiles are in the program, and have a row here only
-- when the tenant added a version to them.
CREATE TABLE policies (
  tenant text COLLATE "C" NOT NULL REFERENCES tenants (tenant),
  name text COLLATE "C" NOT NULL CHECK (name <> ''),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, name)
);
ALTER TABLE policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE policies FORCE ROW LEVEL SECURITY;
CREATE POLICY policies_of_tenant ON policies
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
-- UPDATE is what SELECT ... FOR UPDATE asks for: versions of one policy are numbered one at a time.
GRANT SELECT, INSERT, UPDATE (created_at) ON policies TO assay_service;

-- Immutable but for their state: only these columns may be updated.
-- document: canonical JSON with every default written out, so that later defaults change no version's meaning.
-- digest: SHA-256 of the policy as a whole, name and version included.
CREATE TABLE policy_versions (
  tenant text COLLATE "C" NOT NULL,
  policy text COLLATE "C" NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  state text NOT NULL CHECK (state IN ('draft', 'active', 'retired')),
  document json NOT NULL,
  digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, policy, version),
  FOREIGN KEY (tenant, policy) REFERENCES policies (tenant, name)
);
CREATE UNIQUE INDEX policy_versions_one_active ON policy_versions (tenant, policy) WHERE state = 'active';
ALTER TABLE policy_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE policy_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY policy_versions_of_tenant ON policy_versions
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT, UPDATE (state, changed_at) ON policy_versions TO assay_service;

-- No foreign key: a shipped profile has no row. Null: the policy that applies where nobody chose another.
ALTER TABLE workloads ADD COLUMN policy text COLLATE "C" CHECK (policy <> '');
GRANT UPDATE (policy) ON workloads TO assay_service;

-- The machines that a tenant owns or rents. value: lowercase hex, of a chip always 128 digits; of a CSP its name.
CREATE TABLE platforms (
  tenant text COLLATE "C" NOT NULL REFERENCES tenants (tenant),
  id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('snp-chip-id', 'snp-csp-id', 'tdx-platform-instance')),
  value text COLLATE "C" NOT NULL CHECK (value <> ''),
  label text NOT NULL CHECK (label <> ''),
  owner text NOT NULL CHECK (owner <> ''),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, kind, value)
);
CREATE INDEX platforms_newest ON platforms (tenant, created_at DESC, id DESC);
ALTER TABLE platforms ENABLE ROW LEVEL SECURITY;
ALTER TABLE platforms FORCE ROW LEVEL SECURITY;
CREATE POLICY platforms_of_tenant ON platforms
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT, DELETE ON platforms TO assay_service;
