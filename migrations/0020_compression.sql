-- Up Migration

-- Check lists and claims are most of what a decision writes, and compressing them is a good part of what that costs. LZ4 takes
-- a fraction of pglz's time, for a tenth more bytes. Rows that are there stay as they are. A server that was built without
-- LZ4 goes on as before.
DO $$
BEGIN
  ALTER TABLE decisions
    ALTER COLUMN checks SET COMPRESSION lz4,
    ALTER COLUMN claims SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END
$$;
