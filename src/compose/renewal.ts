/** Renewing vendor documents as part of the service: what was used is noted, what is due is asked for. */
import type { AnchoredDocuments } from '../endorsements/anchored.js';
import { createRefresher, type Refresher } from '../endorsements/refresh.js';
import type { VendorAccess } from '../endorsements/refresh-try.js';
import { createUseNotes, type UseNotes } from '../endorsements/uses.js';
import { faultFields, type Log } from '../platform/log.js';
import { type Periodic, runEvery } from '../platform/periodic.js';
import type { Realm } from '../rats/endorsement.js';
import { SCHEMES } from '../tee/registry.js';
import type { Clock, Stores } from '../verifier/ports.js';

export interface Renewal {
  readonly refresher: Refresher;
  readonly notes: UseNotes;
  /** Begins what goes on by itself. `leads`: of several processes on one machine, this one does what one is to do. */
  start(leads: boolean): readonly Periodic[];
  /** Writes the notes that are left. */
  close(): Promise<void>;
}

export interface RenewalParts {
  readonly stores: Pick<Stores, 'refreshes' | 'refreshQueue'>;
  readonly vendors: VendorAccess;
  readonly anchored: (realm: Realm) => AnchoredDocuments;
  readonly clock: Clock;
  readonly log: Log;
}

/** Seconds. */
const NOTES_EVERY = 1;
const SWEEP_EVERY = 60;

export function openRenewal({ stores, vendors, anchored, clock, log }: RenewalParts): Renewal {
  const notes = createUseNotes(stores.refreshes);
  const refresher = createRefresher({
    store: stores.refreshes,
    queue: stores.refreshQueue,
    vendors,
    renewals: SCHEMES.map(({ renewal }) => renewal),
    anchored,
    clock,
    tried(what) {
      if (what.result === 'kept') log.info({ ...what }, 'vendor document renewed');
      else log.warn({ ...what }, 'vendor document not renewed');
    },
    failed: (error) => log.warn(faultFields(error), 'renewing a vendor document was cut short'),
  });
  const sweepAndWork = async (): Promise<void> => {
    await refresher.sweep();
    await refresher.work();
  };
  return {
    refresher: {
      ...refresher,
      // Who looks sees what this process has noted so far.
      async ask(realm, named) {
        await notes.flush();
        return refresher.ask(realm, named);
      },
      async statuses(realm, documents) {
        await notes.flush();
        return refresher.statuses(realm, documents);
      },
    },
    notes,
    start: (leads) => [
      runEvery(NOTES_EVERY, 'note uses of vendor documents', notes.flush, log),
      ...(leads ? [runEvery(SWEEP_EVERY, 'renew vendor documents', sweepAndWork, log)] : []),
    ],
    close: () =>
      notes
        .flush()
        .catch((error: unknown) => log.warn(faultFields(error), 'uses of vendor documents were lost')),
  };
}
