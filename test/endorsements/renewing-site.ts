/** Renewing as the service does it, over a real database and the miniature vendors: ledger, desk, transport, verification. */

import { throughLedger } from '../../src/compose/renewal.js';
import { openVendorQueue } from '../../src/compose/vendor-queue.js';
import { openVendors } from '../../src/compose/vendors.js';
import { readConfig } from '../../src/config.js';
import { broughtBy } from '../../src/endorsements/anchored.js';
import { createRefresher, type Refresher } from '../../src/endorsements/refresh.js';
import { systemEntropy } from '../../src/platform/entropy.js';
import { SILENCE } from '../../src/platform/log.js';
import type { Realm, TrustAnchors } from '../../src/rats/endorsement.js';
import { SCHEMES, VENDOR_SERVICES } from '../../src/tee/registry.js';
import type { Clock, Stores } from '../../src/verifier/ports.js';

export interface RenewingSite {
  readonly refresher: Refresher;
  close(): Promise<void>;
}

export interface SiteParts {
  readonly stores: Pick<Stores, 'endorsements' | 'refreshes' | 'refreshQueue' | 'vendorRequests'>;
  /** Base of the miniature vendors. */
  readonly vendorUrl: string;
  readonly anchors: TrustAnchors;
  readonly clock: Clock;
  /** Told of every step; what goes wrong begins with `failed`. */
  readonly say: (...words: readonly string[]) => void;
}

export async function openRenewingSite({
  stores,
  vendorUrl,
  anchors,
  clock,
  say,
}: SiteParts): Promise<RenewingSite> {
  const opened = openVendors(
    readConfig({
      ASSAY_DATABASE_URL: 'pglite:memory',
      ASSAY_SIMULATED_VENDORS: '1',
      ASSAY_SIMULATED_VENDOR_URL: vendorUrl,
    }),
    {
      build: { name: 'assay', version: '0' },
      store: {
        async keepUnlessOlder(realm, document, beside, source, now) {
          say('keeping', document.sha256);
          const states = await stores.endorsements.keepUnlessOlder(realm, document, beside, source, now);
          say('kept', document.sha256);
          return states;
        },
      },
      anchorsFor: () => anchors,
      now: () => clock.now(),
      fetched: () => {},
    },
  );
  // Nobody asks AMD or Intel.
  const vendors = { of: (realm: Realm) => (realm === 'simulated' ? opened.of(realm) : null) };
  const queue = openVendorQueue({
    stores,
    vendors,
    services: VENDOR_SERVICES,
    clock,
    entropy: systemEntropy,
    log: SILENCE,
    leads: false,
  });
  const anchored = await broughtBy(anchors, SCHEMES);
  const refresher = createRefresher({
    store: stores.refreshes,
    queue: stores.refreshQueue,
    vendors: throughLedger(vendors, queue.desk),
    renewals: SCHEMES.map(({ renewal }) => renewal),
    anchored: () => anchored,
    clock,
    goesOn: () => true,
    tried: ({ kind, result, why }) =>
      result === 'kept' ? say('renewed', kind) : say('failed', kind, result, String(why)),
    failed: (error) => say('failed', String(error)),
  });
  return {
    refresher,
    close: async () => {
      await Promise.all([opened.close(), queue.stop()]);
    },
  };
}
