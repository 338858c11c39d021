/**
 * Claims in company: what is wanted of a service while its books are open elsewhere in this process waits, and then goes
 * together. So a flood of claims holds one database connection for each service, and never all of them.
 */
import type { Realm } from '../rats/endorsement.js';
import type { ClaimOutcome, Wish } from './ledger.js';

/** Wishes in one transaction. */
const MAX_TOGETHER = 64;

type ClaimAll = (realm: Realm, service: string, wishes: readonly Wish[]) => Promise<readonly ClaimOutcome[]>;

interface Waiting {
  readonly wish: Wish;
  readonly resolve: (outcome: ClaimOutcome) => void;
  readonly reject: (error: unknown) => void;
}

export function claimTogether(
  claimAll: ClaimAll,
): (realm: Realm, service: string, wish: Wish) => Promise<ClaimOutcome> {
  /** By realm and service, while a claim of theirs is on its way. */
  const queues = new Map<string, Waiting[]>();

  async function work(realm: Realm, service: string, queue: Waiting[]): Promise<void> {
    // Those who ask in the same breath go together from the start.
    await Promise.resolve();
    while (queue.length > 0) {
      const group = queue.splice(0, MAX_TOGETHER);
      try {
        const outcomes = await claimAll(
          realm,
          service,
          group.map(({ wish }) => wish),
        );
        group.forEach(({ resolve, reject }, index) => {
          const outcome = outcomes[index];
          if (outcome === undefined) reject(new Error('a wish came back without an outcome'));
          else resolve(outcome);
        });
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    queues.delete(nameOf(realm, service));
  }

  return (realm, service, wish) =>
    new Promise((resolve, reject) => {
      const queue = queues.get(nameOf(realm, service));
      if (queue !== undefined) {
        queue.push({ wish, resolve, reject });
        return;
      }
      const begun = [{ wish, resolve, reject }];
      queues.set(nameOf(realm, service), begun);
      void work(realm, service, begun);
    });
}

function nameOf(realm: Realm, service: string): string {
  return `${realm} ${service}`;
}
