-- Up Migration

-- Which vendor documents verdicts rested on, and when last: what nobody uses is not renewed. At most one write for each
-- document, process and day. No tenant: it says no more than that some evidence of the realm needed the document.
CREATE TABLE endorsement_uses (
  realm text COLLATE "C" NOT NULL CHECK (realm IN ('genuine', 'simulated')),
  kind text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  first_used_at timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  PRIMARY KEY (realm, kind, subject)
);
CREATE INDEX endorsement_uses_recent ON endorsement_uses (realm, kind, last_used_at);
GRANT SELECT, INSERT, UPDATE (last_used_at) ON endorsement_uses TO assay_service;

-- How renewing each document went. leased_until: a process is at it, and if it dies others may take over from then.
-- fetched_at: when the vendor last gave a document that verified and was not older than the stored one; null: never.
-- failures: in a row since; not_before: when to try again after them. last_result: how the last try ended.
CREATE TABLE endorsement_refreshes (
  realm text COLLATE "C" NOT NULL CHECK (realm IN ('genuine', 'simulated')),
  kind text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  tried_at timestamptz NOT NULL,
  leased_until timestamptz,
  fetched_at timestamptz,
  failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  not_before timestamptz,
  last_result text,
  last_error text,
  PRIMARY KEY (realm, kind, subject)
);
GRANT SELECT, INSERT, UPDATE ON endorsement_refreshes TO assay_service;
