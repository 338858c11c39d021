-- Up Migration

-- What vendors are asked for, and what came of it; shared by the tenants of a realm, as the documents are. `state`:
-- waiting for its turn or for the end of a pause (not_before), being asked by one replica (until leased_until, after
-- which another may), kept in the store, or absent at the vendor.
-- share: whose share of the vendor's patience it takes, a tenant's name or `refresh`.
-- attempts: in a row that brought nothing new.
CREATE TABLE vendor_requests (
  realm text COLLATE "C" NOT NULL CHECK (realm IN ('genuine', 'simulated')),
  kind text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  service text COLLATE "C" NOT NULL,
  share text COLLATE "C" NOT NULL,
  known boolean NOT NULL,
  rationed boolean NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'asked', 'kept', 'absent')),
  wanted_at timestamptz NOT NULL,
  last_wanted_at timestamptz NOT NULL,
  attempts integer NOT NULL CHECK (attempts >= 0),
  not_before timestamptz NOT NULL,
  asked_at timestamptz,
  leased_until timestamptz CHECK ((state = 'asked') = (leased_until IS NOT NULL)),
  last_status text CHECK (last_status IN ('kept', 'not-found', 'rate-limited', 'unavailable', 'refused', 'older')),
  last_error text,
  answered_at timestamptz,
  PRIMARY KEY (realm, kind, subject)
);
CREATE INDEX vendor_requests_line
  ON vendor_requests (realm, service, share) WHERE state IN ('waiting', 'asked');
-- When a share had its last turn.
CREATE INDEX vendor_requests_served
  ON vendor_requests (realm, service, share, asked_at DESC) WHERE rationed AND asked_at IS NOT NULL;
CREATE INDEX vendor_requests_answered ON vendor_requests (answered_at) WHERE state IN ('kept', 'absent');
GRANT SELECT, INSERT, UPDATE, DELETE ON vendor_requests TO assay_service;

-- How a vendor's service stands. next_at: when the next rationed request may leave. closed_until: nothing is asked before.
-- failures: in a row.
CREATE TABLE vendor_services (
  realm text COLLATE "C" NOT NULL CHECK (realm IN ('genuine', 'simulated')),
  service text COLLATE "C" NOT NULL,
  next_at timestamptz,
  closed_until timestamptz,
  failures integer NOT NULL CHECK (failures >= 0),
  PRIMARY KEY (realm, service)
);
GRANT SELECT, INSERT, UPDATE ON vendor_services TO assay_service;
