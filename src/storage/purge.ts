/** Rows of all tenants that have ended, removed by and by. */
import type { Database } from './database.js';
import { listTenantNames } from './tenants.js';

/** So that a backlog, after an outage say, never outgrows the time that a statement may take. */
const BATCH = 5_000;
/** Seconds for which what has ended stays: a replica whose clock is behind may still take a proof or a challenge for good. */
const KEPT = 600;

/** Names of this code's own: a table with a tenant, what tells its rows apart, and when each ended. */
export interface Ending {
  readonly table: string;
  readonly key: string;
  readonly end: string;
}

/**
 * What ended ten minutes ago, by the caller's clock and by the database's: one machine whose clock is ahead must not decide
 * for all. Returns how many.
 */
export async function purgeInBatches(database: Database, ending: Ending, now: Date): Promise<number> {
  const { table, key, end } = ending;
  const sql = `
    DELETE FROM ${table} WHERE tenant = $1 AND ${key} IN (
      SELECT ${key} FROM ${table}
       WHERE tenant = $1 AND ${end} < LEAST($2::timestamptz, now()) - interval '${KEPT} seconds' ORDER BY ${end} LIMIT ${BATCH})`;
  let purged = 0;
  for (const tenant of await listTenantNames(database)) {
    let batch = 0;
    do {
      ({ count: batch } = await database.transaction({ tenant }, (tx) => tx.query(sql, [tenant, now])));
      purged += batch;
    } while (batch === BATCH);
  }
  return purged;
}
