-- Up Migration

CREATE TABLE workloads (
  tenant text COLLATE "C" NOT NULL REFERENCES tenants (tenant),
  name text COLLATE "C" NOT NULL CHECK (name <> ''),
  description text,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, name)
);
CREATE INDEX workloads_newest ON workloads (tenant, created_at DESC, name DESC);
ALTER TABLE workloads ENABLE ROW LEVEL SECURITY;
ALTER TABLE workloads FORCE ROW LEVEL SECURITY;
CREATE POLICY workloads_of_tenant ON workloads
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
-- UPDATE is what SELECT ... FOR UPDATE asks for: versions of one workload are numbered one at a time.
GRANT SELECT, INSERT, UPDATE (description) ON workloads TO assay_service;

-- Immutable but for their state: only these columns may be updated.
CREATE TABLE reference_values (
  tenant text COLLATE "C" NOT NULL,
  workload text COLLATE "C" NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  state text NOT NULL CHECK (state IN ('draft', 'active', 'retired', 'revoked')),
  tee text NOT NULL CHECK (tee IN ('sev-snp', 'tdx')),
  covers text NOT NULL CHECK (covers IN ('firmware', 'boot', 'runtime')),
  match json NOT NULL,
  not_before timestamptz,
  not_after timestamptz,
  provenance json,
  labels json,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  reason text,
  PRIMARY KEY (tenant, workload, version),
  FOREIGN KEY (tenant, workload) REFERENCES workloads (tenant, name)
);
CREATE INDEX reference_values_active ON reference_values (tenant, tee, created_at DESC) WHERE state = 'active';
CREATE INDEX reference_values_active_of_workload
  ON reference_values (tenant, workload, tee, created_at DESC) WHERE state = 'active';
ALTER TABLE reference_values ENABLE ROW LEVEL SECURITY;
ALTER TABLE reference_values FORCE ROW LEVEL SECURITY;
CREATE POLICY reference_values_of_tenant ON reference_values
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT, UPDATE (state, changed_at, reason) ON reference_values TO assay_service;

-- Active versions only, one row per combination of acceptable values (storage/match-digest.ts).
-- fields: the matched fields' names, sorted, joined by commas.
-- No index begins with (tenant, workload): a look-up asks for the first workload of a digest, and a planner that
-- takes the digest for a common one would walk such an index over all workloads.
CREATE TABLE reference_value_index (
  tenant text COLLATE "C" NOT NULL,
  tee text NOT NULL,
  digest bytea NOT NULL CHECK (length(digest) = 32),
  workload text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  fields text COLLATE "C" NOT NULL,
  not_before timestamptz,
  not_after timestamptz,
  PRIMARY KEY (tenant, digest, workload, version),
  FOREIGN KEY (tenant, workload, version) REFERENCES reference_values (tenant, workload, version)
);
CREATE INDEX reference_value_index_fields ON reference_value_index (tenant, tee, fields);
ALTER TABLE reference_value_index ENABLE ROW LEVEL SECURITY;
ALTER TABLE reference_value_index FORCE ROW LEVEL SECURITY;
CREATE POLICY reference_value_index_of_tenant ON reference_value_index
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT, DELETE ON reference_value_index TO assay_service;

-- The field sets that active versions use: a look-up computes one digest for each.
CREATE TABLE reference_field_sets (
  tenant text COLLATE "C" NOT NULL REFERENCES tenants (tenant),
  tee text NOT NULL,
  fields text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, tee, fields)
);
ALTER TABLE reference_field_sets ENABLE ROW LEVEL SECURITY;
ALTER TABLE reference_field_sets FORCE ROW LEVEL SECURITY;
CREATE POLICY reference_field_sets_of_tenant ON reference_field_sets
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT, DELETE ON reference_field_sets TO assay_service;

-- workloads: null is every workload.
CREATE TABLE audiences (
  tenant text COLLATE "C" NOT NULL REFERENCES tenants (tenant),
  name text COLLATE "C" NOT NULL CHECK (name <> ''),
  minimum_status text NOT NULL CHECK (minimum_status IN ('affirming', 'warning')),
  workloads json,
  profile text NOT NULL CHECK (profile IN ('ear')),
  alg text NOT NULL CHECK (alg IN ('ES256')),
  lifetime integer NOT NULL CHECK (lifetime BETWEEN 30 AND 3600),
  key_binding text NOT NULL CHECK (key_binding IN ('required', 'optional')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, name)
);
CREATE INDEX audiences_newest ON audiences (tenant, created_at DESC, name DESC);
ALTER TABLE audiences ENABLE ROW LEVEL SECURITY;
ALTER TABLE audiences FORCE ROW LEVEL SECURITY;
CREATE POLICY audiences_of_tenant ON audiences
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT ON audiences TO assay_service;
