/**
 * The epoch of a realm: a number that grows with every vendor document that may change a verdict, as a tenant's does
 * with its policies and reference values. Whoever commits a decision holds it still, so a document whose import was
 * answered binds every later token.
 */
import type { Realm } from '../rats/endorsement.js';
import { lockExclusively } from './advisory-lock.js';
import type { Transaction } from './database.js';

export const ENDORSEMENT_EPOCH_LOCK = 'endorsement epoch';

/**
 * Last of all that a transaction does: it waits for the decisions under way and keeps others waiting. Numbers as
 * `raiseEpoch` makes them: none comes again, not even after a restore to an earlier state.
 */
export async function raiseEndorsementEpoch(tx: Transaction, realm: Realm): Promise<void> {
  await lockExclusively(tx, ENDORSEMENT_EPOCH_LOCK, realm);
  await tx.query(
    `UPDATE endorsement_epochs
        SET epoch = greatest(epoch + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
      WHERE realm = $1`,
    [realm],
  );
}
