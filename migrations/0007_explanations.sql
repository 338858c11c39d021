-- Up Migration

-- How much of a denial the tenant lets an attester see (verifier/denial.ts).
ALTER TABLE tenants ADD COLUMN problem_detail text NOT NULL DEFAULT 'codes'
  CHECK (problem_detail IN ('codes', 'observed', 'full'));
GRANT UPDATE (problem_detail) ON tenants TO assay_service;

-- What versions in any state are found by when nothing matches (storage/reference-neighbours.ts): a digest of each
-- combination of values that a version accepts (whole), of each single value, and of its TEE alone. Never changed, like the
-- version.
-- digest: storage/match-digest.ts. The TEE is part of what it is made of.
CREATE TABLE reference_value_traits (
  tenant text COLLATE "C" NOT NULL,
  digest bytea NOT NULL CHECK (length(digest) = 32),
  whole boolean NOT NULL,
  workload text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, digest, whole, workload, version),
  FOREIGN KEY (tenant, workload, version) REFERENCES reference_values (tenant, workload, version)
);
CREATE INDEX reference_value_traits_newest
  ON reference_value_traits (tenant, digest, whole, created_at DESC, workload, version DESC);
ALTER TABLE reference_value_traits ENABLE ROW LEVEL SECURITY;
ALTER TABLE reference_value_traits FORCE ROW LEVEL SECURITY;
CREATE POLICY reference_value_traits_of_tenant ON reference_value_traits
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT ON reference_value_traits TO assay_service;

-- The field sets that versions in any state have: one combination of the evidence is made for each.
CREATE TABLE reference_trait_sets (
  tenant text COLLATE "C" NOT NULL REFERENCES tenants (tenant),
  tee text NOT NULL,
  fields text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, tee, fields)
);
ALTER TABLE reference_trait_sets ENABLE ROW LEVEL SECURITY;
ALTER TABLE reference_trait_sets FORCE ROW LEVEL SECURITY;
CREATE POLICY reference_trait_sets_of_tenant ON reference_trait_sets
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT ON reference_trait_sets TO assay_service;

-- What explained a miss by active versions alone.
DROP INDEX reference_values_active;
DROP INDEX reference_values_active_of_workload;

-- Versions that exist already. Row-level security holds for the owner of the tables too, so tenant by tenant.
DO $traits$
DECLARE
  owner text;
BEGIN
  FOR owner IN SELECT name FROM tenant_names LOOP
    PERFORM set_config('assay.tenant', owner, true);

    INSERT INTO reference_trait_sets (tenant, tee, fields)
    SELECT DISTINCT kept.tenant, kept.tee, asked.fields
      FROM reference_values AS kept CROSS JOIN LATERAL (
        SELECT string_agg(field, ',' ORDER BY field COLLATE "C") AS fields FROM json_object_keys(kept.match) AS field
      ) AS asked
     WHERE kept.tenant = owner
    ON CONFLICT DO NOTHING;

    INSERT INTO reference_value_traits (tenant, digest, whole, workload, version, created_at)
    WITH RECURSIVE accepted AS (
      SELECT kept.workload, kept.version, kept.created_at, kept.tee, field.name,
             dense_rank() OVER (PARTITION BY kept.workload, kept.version ORDER BY field.name COLLATE "C") AS place,
             field.name || '=' || given.value || chr(10) AS line
        FROM reference_values AS kept
        CROSS JOIN LATERAL json_each(kept.match) AS field (name, list)
        CROSS JOIN LATERAL json_array_elements_text(field.list) AS given (value)
       WHERE kept.tenant = owner
    ), combination AS (
      SELECT workload, version, created_at, 0::bigint AS place, tee || chr(10) AS text,
             (SELECT count(*) FROM json_object_keys(match)) AS fields
        FROM reference_values WHERE tenant = owner
      UNION ALL
      SELECT one.workload, one.version, one.created_at, one.place + 1, one.text || next.line, one.fields
        FROM combination AS one JOIN accepted AS next
          ON next.workload = one.workload AND next.version = one.version AND next.place = one.place + 1
    ), trait AS (
      SELECT workload, version, created_at, tee || chr(10) || line AS text, false AS whole FROM accepted
      UNION
      SELECT workload, version, created_at, text, false FROM combination WHERE place = 0
      UNION
      SELECT workload, version, created_at, text, true FROM combination WHERE place = fields
    )
    SELECT owner, sha256(convert_to(text, 'UTF8')), whole, workload, version, created_at FROM trait
    ON CONFLICT DO NOTHING;
  END LOOP;
  PERFORM set_config('assay.tenant', '', true);
END
$traits$;
