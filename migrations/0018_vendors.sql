-- Up Migration

-- Of which firmware levels a vendor has certificates: between the first and the last slash a subject names the machine.
-- A level that some machine of the line has is more than a word of whoever asks.
CREATE INDEX endorsements_levels
  ON endorsements (realm, kind, split_part(subject, '/', 1), split_part(subject, '/', -1));

-- What renewing takes of a vendor's patience is no tenant's share: no name of a tenant begins with a slash.
UPDATE vendor_requests SET share = '/refresh' WHERE share = 'refresh';
COMMENT ON COLUMN vendor_requests.share IS 'A tenant''s name, or /refresh: whose share of the vendor''s patience it takes.';

-- About a single machine, whose evidence nobody can decide without it: as many as there are machines, so that what is
-- said of all documents together leaves them out.
ALTER TABLE endorsements ADD COLUMN of_machine boolean NOT NULL DEFAULT false;
UPDATE endorsements SET of_machine = true WHERE kind = 'snp-vek';
CREATE INDEX endorsements_shared ON endorsements (realm, kind, subject) WHERE NOT of_machine;
