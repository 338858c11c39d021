/** Locks on things that have no row yet, or whose row is too busy to lock. */
import { sha256 } from '../bytes/digest.js';
import type { Transaction } from './database.js';

/** The number of a lock (bigint, as text) from what it protects: the first eight bytes of a SHA-256. */
export function lockNumber(...subject: readonly string[]): string {
  const digest = sha256(Buffer.from(JSON.stringify(subject), 'utf8'));
  return Buffer.from(digest).readBigInt64BE(0).toString();
}

/** Waits until nobody else holds the lock in any way; held until the transaction ends. */
export async function lockExclusively(tx: Transaction, ...subject: readonly string[]): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock($1::bigint)', [lockNumber(...subject)]);
}
