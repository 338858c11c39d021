/**
 * Commits in company: decisions that are made while a commit of their tenant is on its way wait for it and then go
 * together. A lone one never waits.
 */
import type { DecisionCommit } from '../verifier/decision-ports.js';
import type { CommitOutcome } from './decision-commit.js';
import { isUnavailable } from './unavailable.js';

/** Entries in one transaction. */
const MAX_TOGETHER = 32;

type CommitAll = (tenant: string, entries: readonly DecisionCommit[]) => Promise<readonly CommitOutcome[]>;

interface Waiting {
  readonly entry: DecisionCommit;
  readonly resolve: (outcome: CommitOutcome) => void;
  readonly reject: (error: unknown) => void;
}

export function commitInGroups(commitAll: CommitAll): (entry: DecisionCommit) => Promise<CommitOutcome> {
  /** By tenant, while a commit of its is on its way. */
  const queues = new Map<string, Waiting[]>();

  async function work(tenant: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) await commitTogether(commitAll, tenant, queue.splice(0, MAX_TOGETHER));
    queues.delete(tenant);
  }

  return (entry) =>
    new Promise((resolve, reject) => {
      const { tenant } = entry.decision;
      const queue = queues.get(tenant);
      if (queue !== undefined) {
        queue.push({ entry, resolve, reject });
        return;
      }
      const begun = [{ entry, resolve, reject }];
      queues.set(tenant, begun);
      void work(tenant, begun);
    });
}

/** Never rejects: every entry gets its own answer. */
async function commitTogether(
  commitAll: CommitAll,
  tenant: string,
  group: readonly Waiting[],
): Promise<void> {
  try {
    const outcomes = await commitAll(
      tenant,
      group.map(({ entry }) => entry),
    );
    group.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) reject(new Error('a commit came back without an outcome'));
      else resolve(outcome);
    });
  } catch (error) {
    // A lost database answers nobody. Anything else is the fault of one, for which the others must not suffer.
    if (group.length === 1 || isUnavailable(error)) for (const { reject } of group) reject(error);
    else await commitInTurn(commitAll, tenant, group);
  }
}

/** As soon as the database is lost, the rest need not try. */
async function commitInTurn(commitAll: CommitAll, tenant: string, group: readonly Waiting[]): Promise<void> {
  let lost: unknown = null;
  for (const one of group) {
    if (lost !== null) {
      one.reject(lost);
      continue;
    }
    await commitTogether(commitAll, tenant, [
      {
        ...one,
        reject(error) {
          if (isUnavailable(error)) lost = error;
          one.reject(error);
        },
      },
    ]);
  }
}
