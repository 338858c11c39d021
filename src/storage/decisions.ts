/** Decisions, the challenges that they spent and the tokens that left for them: together or not at all. */
import { hexOf } from '../bytes/encoding.js';
import type { Decision, DecisionCommit, DecisionStore } from '../verifier/decision-ports.js';
import { pageByTime } from './cursor.js';
import type { Database } from './database.js';
import { type CommitOutcome, commitDecisions } from './decision-commit.js';
import { DECISIONS_NEWEST, readDecision } from './decision-row.js';
import { workInGroups } from './groups.js';
import { purgeInBatches } from './purge.js';
import { bigintOf, bytesOf, firstOf, nullable, textOf } from './row.js';

const PRESENT_EPOCHS = `
  SELECT epoch, (SELECT realms.epoch FROM endorsement_epochs AS realms WHERE realms.realm = $2) AS endorsement_epoch
    FROM tenants WHERE tenant = $1`;

/** Of one tenant, in one transaction. PostgreSQL keeps a plan for each number of commits, whose size grows with the number. */
const MOST_COMMITS = 16;
const MOST_LOOKS = 64;

/** Told what a decision was made under that holds no more, so that nobody remembers it any longer. */
export interface MovedGrounds {
  readonly epoch: (tenant: string) => void;
  readonly audience: (tenant: string, name: string) => void;
}

export function decisionStore(
  database: Database,
  moved: MovedGrounds = { epoch: () => {}, audience: () => {} },
): DecisionStore {
  const commit = workInGroups<DecisionCommit, CommitOutcome>(MOST_COMMITS, (tenant, entries) =>
    commitDecisions(database, tenant, entries),
  );
  const look = workInGroups<Uint8Array, boolean>(MOST_LOOKS, (tenant, digests) =>
    lookForSpent(database, tenant, digests),
  );
  return {
    async epochStands(tenant, epoch, endorsements) {
      const { rows } = await database.read({ tenant, stage: 'appraise' }, PRESENT_EPOCHS, [
        tenant,
        endorsements?.realm ?? null,
      ]);
      const stands = firstOf(rows, (row) => bigintOf(row, 'epoch')) === epoch;
      if (!stands) moved.epoch(tenant);
      const standing = firstOf(rows, (row) => nullable(bigintOf, row, 'endorsement_epoch'));
      return stands && (endorsements === null || standing === endorsements.epoch);
    },

    isSpent: look,

    async commit(entry) {
      const outcome = await commit(entry.decision.tenant, entry);
      const { tenant, audience } = entry.decision;
      if (outcome === 'epoch_moved') moved.epoch(tenant);
      if (outcome !== 'audience_moved') return outcome;
      moved.audience(tenant, audience ?? '');
      return 'epoch_moved';
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

async function lookForSpent(
  database: Database,
  tenant: string,
  digests: readonly Uint8Array[],
): Promise<readonly boolean[]> {
  const [found] = await database.batch({ tenant, stage: 'bind' }, [
    {
      name: 'assay-spent',
      text: 'SELECT nonce_digest FROM spent_challenges WHERE tenant = $1 AND nonce_digest = ANY ($2::bytea[])',
      values: [tenant, digests],
    },
  ]);
  const spent = new Set((found?.rows ?? []).map((row) => hexOf(bytesOf(row, 'nonce_digest'))));
  return digests.map((digest) => spent.has(hexOf(digest)));
}
