-- Up Migration

-- Keys that sign bundles of vendor documents are of a purpose of their own.
ALTER TABLE signing_keys DROP CONSTRAINT signing_keys_purpose_check;
ALTER TABLE signing_keys
  ADD CONSTRAINT signing_keys_purpose_check CHECK (purpose IN ('token', 'bundle'));
