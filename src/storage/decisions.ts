/** Decisions, the challenges that they spent and the tokens that left for them: together or not at all. */
import type { Decision, DecisionStore } from '../verifier/decision-ports.js';
import { pageByTime } from './cursor.js';
import type { Database } from './database.js';
import { commitDecisions } from './decision-commit.js';
import { commitInGroups } from './decision-groups.js';
import { DECISIONS_NEWEST, readDecision } from './decision-row.js';
import { purgeInBatches } from './purge.js';
import { bigintOf, firstOf, nullable, textOf } from './row.js';

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

    purgeSpent: (now) =>
      purgeInBatches(database, { table: 'spent_challenges', key: 'nonce_digest', end: 'expires_at' }, now),
  };
}
