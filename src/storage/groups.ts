/**
 * Work of a tenant in company: what comes while some of it is on its way waits for that and then goes together. A lone
 * one never waits.
 */
import { isUnavailable } from './unavailable.js';

/** Does the work of several at once; one outcome for each, in their order. */
type WorkAll<Entry, Outcome> = (tenant: string, entries: readonly Entry[]) => Promise<readonly Outcome[]>;

interface Waiting<Entry, Outcome> {
  readonly entry: Entry;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** `together`: the most that go at once. */
export function workInGroups<Entry, Outcome>(
  together: number,
  workAll: WorkAll<Entry, Outcome>,
): (tenant: string, entry: Entry) => Promise<Outcome> {
  /** By tenant, while some of its is on its way. */
  const queues = new Map<string, Waiting<Entry, Outcome>[]>();

  async function work(tenant: string, queue: Waiting<Entry, Outcome>[]): Promise<void> {
    while (queue.length > 0) await workTogether(workAll, tenant, queue.splice(0, together));
    queues.delete(tenant);
  }

  return (tenant, entry) =>
    new Promise((resolve, reject) => {
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
async function workTogether<Entry, Outcome>(
  workAll: WorkAll<Entry, Outcome>,
  tenant: string,
  group: readonly Waiting<Entry, Outcome>[],
): Promise<void> {
  try {
    const outcomes = await workAll(
      tenant,
      group.map(({ entry }) => entry),
    );
    group.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) reject(new Error('one of a group came back without an outcome'));
      else resolve(outcome);
    });
  } catch (error) {
    // A lost database answers nobody. Anything else is the fault of one, for which the others must not suffer.
    if (group.length === 1 || isUnavailable(error)) for (const { reject } of group) reject(error);
    else await workInTurn(workAll, tenant, group);
  }
}

/** As soon as the database is lost, the rest need not try. */
async function workInTurn<Entry, Outcome>(
  workAll: WorkAll<Entry, Outcome>,
  tenant: string,
  group: readonly Waiting<Entry, Outcome>[],
): Promise<void> {
  let lost: unknown = null;
  for (const one of group) {
    if (lost !== null) {
      one.reject(lost);
      continue;
    }
    await workTogether(workAll, tenant, [
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
