-- Up Migration

-- One number for each realm, which grows with every vendor document that may change a verdict. Whoever decides names the
-- number that the documents were read under, and the commit compares it: what was remembered is never used behind a newer
-- document's back. The same numbers as in tenants.epoch: microseconds of the database's clock, or one more than before.
CREATE TABLE endorsement_epochs (
  realm text COLLATE "C" PRIMARY KEY CHECK (realm IN ('genuine', 'simulated')),
  epoch bigint NOT NULL
);
INSERT INTO endorsement_epochs (realm, epoch) VALUES ('genuine', 0), ('simulated', 0);
GRANT SELECT, UPDATE ON endorsement_epochs TO assay_service;
