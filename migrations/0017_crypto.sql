-- Up Migration

-- Who verified the signature of the evidence, implementation and library (`native aws-lc/1.66.0`), so that decisions can be
-- found again when a library turns out to be wrong. Null: recorded before it was kept.
ALTER TABLE decisions ADD COLUMN crypto text;
