-- Up Migration

-- Versions with a window are few. Whoever remembers what a look-up found asks when the next window opens or closes.
CREATE INDEX reference_value_index_windows ON reference_value_index (tenant, digest)
  WHERE not_before IS NOT NULL OR not_after IS NOT NULL;
