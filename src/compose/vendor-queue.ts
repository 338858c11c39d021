/** Asking vendors, put together: the ledger that all replicas share, who asks in this process, and the line's housekeeping. */
import { setTimeout as delay } from 'node:timers/promises';
import { createDrain } from '../endorsements/drain.js';
import { createVendorLedger, type VendorLedger } from '../endorsements/ledger.js';
import { LOOK } from '../endorsements/patience.js';
import { inWords } from '../endorsements/refresh-plan.js';
import { createEndorsementSource } from '../endorsements/source.js';
import type { FetchResult } from '../endorsements/vendor-answer.js';
import { createVendorDesk, type VendorDesk } from '../endorsements/vendor-desk.js';
import { faultFields, type Log } from '../platform/log.js';
import { type Periodic, runEvery } from '../platform/periodic.js';
import type { EndorsementRequirement, Realm } from '../rats/endorsement.js';
import type { VendorRequest, VendorService } from '../rats/vendor-request.js';
import type { EndorsementSource } from '../verifier/endorsement-ports.js';
import type { Clock, Entropy, Stores } from '../verifier/ports.js';

/** How one realm asks its vendors. */
export interface AskedVendors {
  /** Null: nobody publishes it, or it comes with another document. */
  requestFor(need: EndorsementRequirement): VendorRequest | null;
  fetchDocument(request: VendorRequest): Promise<FetchResult>;
}

export interface VendorQueueParts {
  readonly stores: Pick<Stores, 'vendorRequests'>;
  /** Null: the realm asks nobody. */
  readonly vendors: { of(realm: Realm): AskedVendors | null };
  readonly services: readonly VendorService[];
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  /** Of several processes of one replica, the one that does what concerns the database alone. */
  readonly leads: boolean;
}

export interface VendorQueue {
  readonly source: EndorsementSource;
  readonly ledger: VendorLedger;
  readonly desk: VendorDesk;
  /** Waits for what is under way: end the transport before, or at the same time. */
  stop(): Promise<void>;
}

const REALMS: readonly Realm[] = ['genuine', 'simulated'];
const HOUR = 3600;
/** For how long an attester is kept waiting for its vendor. */
const PATIENCE_MS = 4_000;

export function openVendorQueue(parts: VendorQueueParts): VendorQueue {
  const { stores, vendors, services, clock, entropy, log, leads } = parts;
  const ledger = createVendorLedger({
    store: stores.vendorRequests,
    rationOf: (name) => services.find((service) => service.name === name)?.ration ?? null,
    chance: () => Buffer.from(entropy.bytes(4)).readUInt32BE() / 2 ** 32,
  });
  const desk = createVendorDesk({
    ledger,
    requestFor: (realm, need) => vendors.of(realm)?.requestFor(need) ?? null,
    askVendor: async (realm, request) => {
      const asked = vendors.of(realm);
      if (asked === null) throw new Error(`the realm ${realm} asks nobody`);
      return asked.fetchDocument(request);
    },
    clock,
    asked: (request, result) => logAsked(log, request, result),
  });
  const source = createEndorsementSource({
    desk,
    clock,
    patience: (signal) => delay(PATIENCE_MS, undefined, { signal, ref: false }).catch(() => {}),
    failed: (error) => log.warn(faultFields(error), 'asking a vendor failed'),
  });
  let stopping = false;
  const drain = createDrain({ ledger, desk, clock, goesOn: () => !stopping });
  const housekeeping: Periodic[] = leads
    ? [
        runEvery(HOUR, 'purge vendor requests', async () => void (await ledger.purge(clock.now())), log),
        // Each by itself: a service that is slow to answer holds up no other.
        ...REALMS.filter((realm) => vendors.of(realm) !== null).flatMap((realm) =>
          services.map(({ name }) => runEvery(LOOK, `ask ${name} (${realm})`, () => drain(realm, name), log)),
        ),
      ]
    : [];
  return {
    source,
    ledger,
    desk,
    async stop() {
      stopping = true;
      await Promise.all(housekeeping.map((task) => task.stop()));
      await desk.idle();
    },
  };
}

/** Why a vendor gave nothing, which the metrics do not say. What is rationed is asked for one machine, and not named. */
function logAsked(log: Log, { service, requirement, rationed }: VendorRequest, result: FetchResult): void {
  if (result.kind === 'kept') return;
  const { kind, subject } = requirement;
  const fields = { vendor_service: service, kind, subject: rationed ? null : subject, result: result.kind };
  log.warn({ ...fields, why: inWords(result) }, 'a vendor was asked in vain');
}
