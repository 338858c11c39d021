/** Decisions, the challenges that they spent and the tokens that left for them: together or not at all. */
import type { Decision, DecisionCommit, DecisionStore } from '../verifier/ports.js';
import { pageByTime } from './cursor.js';
import type { Database, Transaction } from './database.js';
import { DECISIONS_NEWEST, insertDecision, readDecision } from './decision-row.js';
import { holdEpoch } from './epoch.js';
import { firstOf } from './row.js';
import { listTenantNames } from './tenants.js';

export function decisionStore(database: Database): DecisionStore {
  return {
    isSpent: (tenant, nonceDigest) =>
      database.transaction({ tenant, stage: 'bind' }, async (tx) => {
        const sql = 'SELECT FROM spent_challenges WHERE tenant = $1 AND nonce_digest = $2';
        return (await tx.query(sql, [tenant, nonceDigest])).count > 0;
      }),

    commit: (entry) =>
      database.transaction({ tenant: entry.decision.tenant, stage: 'issue' }, async (tx) => {
        if (!(await isEpochCurrent(tx, entry))) return 'epoch_moved';
        if (!(await spendChallenge(tx, entry))) return 'replayed';
        await insertDecision(tx, entry.decision);
        await insertToken(tx, entry);
        return 'committed';
      }),

    get: (tenant, id) =>
      database.transaction({ tenant }, async (tx) => {
        const { rows } = await tx.query('SELECT * FROM decisions WHERE tenant = $1 AND id = $2', [
          tenant,
          id,
        ]);
        return firstOf(rows, readDecision);
      }),

    list: (tenant, page) =>
      database.transaction({ tenant }, (tx) => pageByTime<Decision>(tx, DECISIONS_NEWEST, tenant, page)),

    async purgeSpent(before) {
      let purged = 0;
      for (const tenant of await listTenantNames(database)) {
        purged += await database.transaction({ tenant }, async (tx) => {
          const sql = 'DELETE FROM spent_challenges WHERE tenant = $1 AND expires_at < $2';
          return (await tx.query(sql, [tenant, before])).count;
        });
      }
      return purged;
    },
  };
}

/** Holds the epoch until the commit: a revocation that was answered before is seen, a later one waits. */
async function isEpochCurrent(tx: Transaction, { decision, epoch }: DecisionCommit): Promise<boolean> {
  return epoch === null || (await holdEpoch(tx, decision.tenant)) === epoch;
}

/** False when the challenge was spent already. Of several at once the others wait here for the first. */
async function spendChallenge(tx: Transaction, { decision, spend }: DecisionCommit): Promise<boolean> {
  if (spend === null) return true;
  const { count } = await tx.query(
    `INSERT INTO spent_challenges (tenant, nonce_digest, decision, expires_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING`,
    [decision.tenant, spend.nonceDigest, decision.id, spend.expiresAt],
  );
  return count > 0;
}

async function insertToken(tx: Transaction, { decision, token }: DecisionCommit): Promise<void> {
  if (token === null) return;
  await tx.query('INSERT INTO tokens (tenant, jti, decision, kid, expires_at) VALUES ($1, $2, $3, $4, $5)', [
    decision.tenant,
    token.jti,
    decision.id,
    token.kid,
    token.expiresAt,
  ]);
}
