/** Renewing vendor documents as part of the service: what was used is noted, what is due is asked for. */
import type { AnchoredDocuments } from '../endorsements/anchored.js';
import { REFRESH_SHARE } from '../endorsements/ledger.js';
import { createRefresher, type Refresher } from '../endorsements/refresh.js';
import type { VendorAccess } from '../endorsements/refresh-try.js';
import { createUseNotes, type UseNotes } from '../endorsements/uses.js';
import type { VendorDesk } from '../endorsements/vendor-desk.js';
import { faultFields, type Log } from '../platform/log.js';
import { runEvery } from '../platform/periodic.js';
import type { Realm } from '../rats/endorsement.js';
import { SCHEMES } from '../tee/registry.js';
import type { Clock, Stores } from '../verifier/ports.js';
import type { Vendors } from './vendors.js';

export interface Renewal {
  readonly refresher: Refresher;
  readonly notes: UseNotes;
  /** Begins nothing more, waits for what is under way, writes the notes that are left. End the transport at the same time. */
  stop(): Promise<void>;
}

export interface RenewalParts {
  readonly stores: Pick<Stores, 'refreshes' | 'refreshQueue'>;
  readonly vendors: VendorAccess;
  readonly anchored: (realm: Realm) => AnchoredDocuments;
  readonly clock: Clock;
  readonly log: Log;
  /** Of several processes of one replica, the one that does what concerns the database alone. */
  readonly leads: boolean;
}

/** Seconds. */
const NOTES_EVERY = 1;
const SWEEP_EVERY = 60;

export function openRenewal({ stores, vendors, anchored, clock, log, leads }: RenewalParts): Renewal {
  let stopping = false;
  const notes = createUseNotes(stores.refreshes);
  const refresher = createRefresher({
    store: stores.refreshes,
    queue: stores.refreshQueue,
    vendors,
    renewals: SCHEMES.map(({ renewal }) => renewal),
    anchored,
    clock,
    goesOn: () => !stopping,
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
  const tasks = [
    runEvery(NOTES_EVERY, 'note uses of vendor documents', notes.flush, log),
    ...(leads ? [runEvery(SWEEP_EVERY, 'renew vendor documents', sweepAndWork, log)] : []),
  ];
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
    async stop() {
      stopping = true;
      await Promise.all(tasks.map((task) => task.stop()));
      await notes
        .flush()
        .catch((error: unknown) => log.warn(faultFields(error), 'uses of vendor documents were lost'));
    },
  };
}

/** Vendors through the ledger that all replicas share, at the cost of a share of its own. */
export function throughLedger(vendors: Pick<Vendors, 'of'>, desk: Pick<VendorDesk, 'obtain'>): VendorAccess {
  return {
    asks: (realm) => vendors.of(realm) !== null,
    requestFor: (realm, name, evaluation) =>
      vendors
        .of(realm)
        ?.requestFor(name, evaluation === undefined ? {} : { evaluationNumber: Number(evaluation) }) ?? null,
    obtain: (realm, request) => desk.obtain(realm, request, REFRESH_SHARE),
  };
}
