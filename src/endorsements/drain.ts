/**
 * Works off a service's line while nobody who wants the documents is there. Looks are frequent and cheap; that no two
 * replicas ask for the same thing, or too soon, is the ledger's doing.
 */
import type { Realm } from '../rats/endorsement.js';
import type { Clock } from '../verifier/ports.js';
import type { VendorLedger } from './ledger.js';
import type { VendorDesk } from './vendor-desk.js';

export interface DrainParts {
  readonly ledger: Pick<VendorLedger, 'isDue' | 'next'>;
  readonly desk: Pick<VendorDesk, 'carryOut'>;
  readonly clock: Clock;
  /** False once the service stops: what is under way ends, and nothing else is begun. */
  readonly goesOn: () => boolean;
}

/** One look at one service: asks for what is due until nothing is. Rejects with the first failure on our side. */
export type Drain = (realm: Realm, service: string) => Promise<void>;

export function createDrain({ ledger, desk, clock, goesOn }: DrainParts): Drain {
  return async (realm, service) => {
    if (!(await ledger.isDue(realm, service, clock.now()))) return;
    while (goesOn()) {
      const grants = await ledger.next(realm, service, clock.now());
      if (grants.length === 0) return;
      const carried = await Promise.allSettled(grants.map((grant) => desk.carryOut(grant)));
      for (const ended of carried) if (ended.status === 'rejected') throw ended.reason;
    }
  };
}
