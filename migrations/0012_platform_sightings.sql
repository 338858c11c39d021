-- Up Migration

-- Platforms that genuine evidence came from, with what is needed to judge them again without their evidence: what the
-- forecast is made of. One row for each platform, workload and policy; written at most once for each state of a platform
-- a day, never with a decision. No foreign keys, for the reason that decisions have none.
-- policy: the name that a relying party chose; empty: the workload's own.
-- machine: SHA-256 of what names the machine. facts: tee/*/recollection.ts, never REPORT_DATA or a signature.
CREATE TABLE platform_sightings (
  tenant text COLLATE "C" NOT NULL CHECK (tenant <> ''),
  workload text COLLATE "C" NOT NULL,
  policy text COLLATE "C" NOT NULL,
  machine text COLLATE "C" NOT NULL CHECK (machine ~ '^[0-9a-f]{64}$'),
  tee text NOT NULL,
  facts json NOT NULL,
  fields json NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, workload, policy, machine)
);
CREATE INDEX platform_sightings_newest
  ON platform_sightings (tenant, last_seen_at DESC, machine, workload, policy);
ALTER TABLE platform_sightings ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform_sightings FORCE ROW LEVEL SECURITY;
CREATE POLICY platform_sightings_of_tenant ON platform_sightings
  USING (tenant = NULLIF(current_setting('assay.tenant', true), ''))
  WITH CHECK (tenant = NULLIF(current_setting('assay.tenant', true), ''));
GRANT SELECT, INSERT, UPDATE (tee, facts, fields, last_seen_at), DELETE ON platform_sightings TO assay_service;
