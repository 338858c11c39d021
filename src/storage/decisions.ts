/** Decisions, the challenges that they spent and the tokens that left for them: together or not at all. */
import type { Decision, DecisionStore } from '../verifier/decision-ports.js';
import { pageByTime } from './cursor.js';
import type { Database, Transaction } from './database.js';
import { commitDecisions } from './decision-commit.js';
import { commitInGroups } from './decision-groups.js';
import { DECISIONS_NEWEST, readDecision } from './decision-row.js';
import { bigintOf, firstOf, nullable, textOf } from './row.js';
import { listTenantNames } from './tenants.js';

/** So that a backlog, after an outage say, never outgrows the time that a statement may take. */
const PURGE_BATCH = 5_000;

const PRESENT_EPOCHS = `
  SELECT epoch, (SELECT realms.epoch FROM endorsement_epochs AS realms WHERE realms.realm = $2) AS endorsement_epoch
    FROM tenants WHERE tenant = $1`;

/** `epochMoved`: told when a decision was made under an epoch that is past. */
export function decisionStore(
  database: Database,
  epochMoved: (tenant: string) => void = () => {},
): DecisionStore {
  const commit = commitInGroups((tenant, entries) => commitDecisions(database, tenant, entries));
  return {
    async epochStands(tenant, epoch, endorsements) {
      const { rows } = await database.read({ tenant, stage: 'appraise' }, PRESENT_EPOCHS, [
        tenant,
        endorsements?.realm ?? null,
      ]);
      const stands = firstOf(rows, (row) => bigintOf(row, 'epoch')) === epoch;
      if (!stands) epochMoved(tenant);
      const standing = firstOf(rows, (row) => nullable(bigintOf, row, 'endorsement_epoch'));
      return stands && (endorsements === null || standing === endorsements.epoch);
    },

    async isSpent(tenant, nonceDigest) {
      const sql = 'SELECT FROM spent_challenges WHERE tenant = $1 AND nonce_digest = $2';
      return (await database.read({ tenant, stage: 'bind' }, sql, [tenant, nonceDigest])).count > 0;
    },

    async commit(entry) {
      const outcome = await commit(entry);
      if (outcome === 'epoch_moved') epochMoved(entry.decision.tenant);
      return outcome;
    },

    get: (tenant, id) =>
      database.transaction({ tenant }, async (tx) => {
        const { rows } = await tx.query('SELECT * FROM decisions WHERE tenant = $1 AND id = $2', [
          tenant,
          id,
        ]);
        return firstOf(rows, readDecision);
      }),

    async groundsOf(tenant, id) {
      const text = 'SELECT epoch, named_workload FROM decisions WHERE tenant = $1 AND id = $2';
      const { rows } = await database.read({ tenant, stage: 'appraise' }, text, [tenant, id]);
      return firstOf(rows, (row) => ({
        epoch: nullable(bigintOf, row, 'epoch'),
        named: nullable(textOf, row, 'named_workload'),
      }));
    },

    list: (tenant, page) =>
      database.transaction({ tenant }, (tx) => pageByTime<Decision>(tx, DECISIONS_NEWEST, tenant, page)),

    async purgeSpent(before) {
      let purged = 0;
      for (const tenant of await listTenantNames(database)) {
        let batch = 0;
        do {
          batch = await database.transaction({ tenant }, (tx) => purgeBatch(tx, tenant, before));
          purged += batch;
        } while (batch === PURGE_BATCH);
      }
      return purged;
    },
  };
}

async function purgeBatch(tx: Transaction, tenant: string, before: Date): Promise<number> {
  const { count } = await tx.query(
    `DELETE FROM spent_challenges WHERE tenant = $1 AND nonce_digest IN (
       SELECT nonce_digest FROM spent_challenges WHERE tenant = $1 AND expires_at < $2
        ORDER BY expires_at LIMIT ${PURGE_BATCH})`,
    [tenant, before],
  );
  return count;
}
