-- Up Migration

-- Vendor documents, shared by all tenants of a realm. Generations are kept; which one is current is a matter
-- of order (highest sequence, then latest issue date), not of a flag, so that there can never be two.
-- sequence: CRL numbers have up to 20 octets (RFC 5280, 5.2.3), more than bigint holds.
CREATE TABLE endorsements (
  realm text COLLATE "C" NOT NULL CHECK (realm IN ('genuine', 'simulated')),
  kind text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  sha256 text COLLATE "C" NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  document bytea NOT NULL,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  sequence numeric,
  source text NOT NULL,
  stored_at timestamptz NOT NULL,
  PRIMARY KEY (realm, kind, subject, sha256)
);
CREATE INDEX endorsements_current
  ON endorsements (realm, kind, subject, sequence DESC NULLS LAST, issued_at DESC, stored_at, sha256);
CREATE INDEX endorsements_past
  ON endorsements (realm, kind, subject, issued_at DESC, sequence DESC NULLS LAST, stored_at, sha256);
GRANT SELECT, INSERT ON endorsements TO assay_service;
