/** The whole way from a wish to a kept document: ledger, transport, a vendor that rations, and a database. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { openVendorQueue } from '../../src/compose/vendor-queue.js';
import { openVendors } from '../../src/compose/vendors.js';
import { readConfig } from '../../src/config.js';
import { systemEntropy } from '../../src/platform/entropy.js';
import { SILENCE } from '../../src/platform/log.js';
import { startVendorService } from '../../src/simulator/index.js';
import { openStores } from '../../src/storage/index.js';
import { VENDOR_SERVICES } from '../../src/tee/registry.js';
import { readTemplate } from '../database-template.js';
import { simulatedAnchors, testClock } from '../http/service.js';
import { simulatedIntel, simulatedVendor } from '../simulated-vendor.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const ASKER = { realm: 'simulated', tenant: 'simulated', known: false } as const;
const LIST = { kind: 'snp-vcek-crl', subject: 'Milan' };

function chip(index: number) {
  const id = (0xa0 + index).toString(16).repeat(64);
  return { kind: 'snp-vek', subject: `Milan/${id}/0300000000000a73` };
}

/** Two replicas over one database, and the vendor that both ask. */
async function open(...behaviour: readonly string[]) {
  const clock = testClock();
  const vendor = await startVendorService({
    vendor: { amd: await simulatedVendor(), intel: await simulatedIntel() },
    clock,
    behaviour,
  });
  cleanups.push(() => vendor.close());
  const stores = await openStores('pglite:memory', await readTemplate());
  cleanups.push(() => stores.close());
  const anchors = await simulatedAnchors();
  const replicas = [0, 1].map(() => {
    const vendors = openVendors(
      readConfig({
        ASSAY_DATABASE_URL: 'pglite:memory',
        ASSAY_SIMULATED_VENDORS: '1',
        ASSAY_SIMULATED_VENDOR_URL: vendor.url,
      }),
      {
        build: { name: 'assay', version: '0' },
        store: stores.endorsements,
        anchorsFor: () => anchors,
        now: () => clock.now(),
        fetched: () => {},
      },
    );
    const queue = openVendorQueue({
      stores,
      vendors: { of: (realm) => (realm === 'simulated' ? vendors.of(realm) : null) },
      services: VENDOR_SERVICES,
      clock,
      entropy: systemEntropy,
      log: SILENCE,
      // Who comes back is served by the request itself: what the line does meanwhile is shown elsewhere.
      leads: false,
    });
    cleanups.push(() => Promise.all([vendors.close(), queue.stop()]));
    return queue.source;
  });
  const has = async (need: { readonly kind: string; readonly subject: string }) =>
    (await stores.endorsements.find('simulated', [need], { at: clock.now(), tense: 'now' })).length > 0;
  return { clock, vendor, replicas, has };
}

describe('from a wish to a kept document', () => {
  test('chips that were never seen are served in turn when they come back, and AMD never has to refuse', async () => {
    const { clock, vendor, replicas, has } = await open('vcek:rate=1/10s');
    const waits = new Map<number, number>();
    const began = clock.now().getTime();
    const chips = Array.from({ length: 8 }, (_, index) => index);
    // All at once, each by way of one of the replicas.
    const visit = async (index: number): Promise<void> => {
      const [absence] = (await replicas[index % 2]?.obtain([chip(index)], ASKER)) ?? [];
      if (absence === undefined) waits.delete(index);
      else {
        expect(absence.reason).toBe('rate-limited');
        waits.set(index, clock.now().getTime() + absence.retryAfter * 1000);
      }
    };
    await Promise.all(chips.map(visit));
    expect(waits.size).toBe(7);
    while (waits.size > 0) {
      const [index, at] = [...waits].reduce((first, next) => (next[1] < first[1] ? next : first));
      clock.set(new Date(at));
      await visit(index);
    }
    for (const index of chips) expect(await has(chip(index))).toBe(true);
    expect(vendor.requests.map(({ status }) => status)).toEqual(chips.map(() => 200));
    // Nobody was told to come back more than once: eight turns, each with a second for those who look.
    expect(clock.now().getTime() - began).toBeLessThanOrEqual(7 * 11_000);
  });

  test('what AMD is asked for too early by others is waited for as long as it says', async () => {
    const { clock, vendor, replicas, has } = await open('vcek:rate=1/10s');
    // Somebody else behind the same address.
    await fetch(`${vendor.url}/vcek/v1/Milan/${'cd'.repeat(64)}?blSPL=3&teeSPL=0&snpSPL=10&ucodeSPL=115`);
    const [absence] = (await replicas[0]?.obtain([chip(1)], ASKER)) ?? [];
    expect(absence).toMatchObject({ reason: 'rate-limited', retryAfter: 10 });
    clock.advance(10);
    expect(await replicas[1]?.obtain([chip(1)], ASKER)).toEqual([]);
    expect(await has(chip(1))).toBe(true);
    expect(vendor.requests.map(({ status }) => status)).toEqual([200, 429, 200]);
  });

  test('a vendor that is down is left alone after five failures, and asked again once it may be back', async () => {
    const { clock, vendor, replicas, has } = await open('down');
    const attempt = async () => (await replicas[0]?.obtain([LIST], ASKER)) ?? [];
    for (let failures = 0; failures < 5; failures += 1) {
      const [absence] = await attempt();
      expect(absence?.reason).toBe('unavailable');
      clock.advance(absence?.retryAfter ?? 0);
    }
    const asked = vendor.requests.length;
    vendor.set();
    expect(asked).toBe(5);
    expect(await replicas[1]?.obtain([LIST], ASKER)).toEqual([]);
    expect(await has(LIST)).toBe(true);
  });

  test('what the vendor does not have is not asked for again within the hour', async () => {
    const { clock, vendor, replicas } = await open('vcek:not-found');
    for (const source of replicas) {
      expect(await source.obtain([chip(1)], ASKER)).toMatchObject([{ reason: 'not-found' }]);
    }
    clock.advance(3_599);
    expect(await replicas[0]?.obtain([chip(1)], ASKER)).toMatchObject([
      { reason: 'not-found', retryAfter: 1 },
    ]);
    // And the list that shows that the service is itself.
    expect(vendor.requests.map(({ vcek }) => vcek)).toEqual([true, false]);
  });
});
