/**
 * The tenant's epoch: a number that grows with every act that changes which evidence is acceptable. Whoever
 * issues holds the epoch still until it has committed, so an act that was answered binds every later token.
 *
 * An advisory lock, not the tenant's row: sharing a row lock would write to that row for every decision, and
 * a steady stream of sharers could keep an act waiting for ever. Advisory locks are granted in turn.
 */
import { lockExclusively } from './advisory-lock.js';
import type { Transaction } from './database.js';
import { bigintOf, firstOf } from './row.js';

export const EPOCH_LOCK = 'epoch';

/** The present epoch; null when the tenant does not exist. */
export async function readEpoch(tx: Transaction, tenant: string): Promise<bigint | null> {
  const { rows } = await tx.query('SELECT epoch FROM tenants WHERE tenant = $1', [tenant]);
  return firstOf(rows, (row) => bigintOf(row, 'epoch'));
}

/** Waits for those who hold the epoch, and keeps it from others until this transaction ends. */
export async function lockEpoch(tx: Transaction, tenant: string): Promise<void> {
  await lockExclusively(tx, EPOCH_LOCK, tenant);
}

/**
 * After `lockEpoch`. Microseconds of the database's clock, or one more than before: a number comes never again, not even
 * after a restore to an earlier state, since services remember what they found under it. Returns the new one.
 */
export async function raiseEpoch(tx: Transaction, tenant: string): Promise<bigint> {
  const { rows } = await tx.query(
    `UPDATE tenants SET epoch = greatest(epoch + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
      WHERE tenant = $1 RETURNING epoch`,
    [tenant],
  );
  const raised = firstOf(rows, (row) => bigintOf(row, 'epoch'));
  if (raised === null) throw new Error('a tenant without a row has no epoch to raise');
  return raised;
}
