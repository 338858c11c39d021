/** Renewing, over the real store and the real queue of an engine. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createRefresher, type Refresher } from '../../src/endorsements/refresh.js';
import type { TriedRefresh } from '../../src/endorsements/refresh-try.js';
import type { Renewal } from '../../src/tee/scheme.js';
import type { DocumentName } from '../../src/verifier/refresh-ports.js';
import type { Engine } from '../contract/engine.js';
import { RENEWALS, requestOf, type VendorStub, vendorStub } from './vendor-stub.js';

const START = new Date('2026-11-01T00:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const LIST = { kind: 'snp-vcek-crl', subject: 'Milan' };
const ASK = { kind: 'snp-ask', subject: 'Milan' };
const INFO = { kind: 'tdx-tcb-info', subject: '00806f050000/standard' };
const OTHER_INFO = { kind: 'tdx-tcb-info', subject: '00906ed50000/standard' };
const EARLY_INFO = { kind: 'tdx-tcb-info', subject: '00806f050000/early' };
const IDENTITY = { kind: 'tdx-qe-identity', subject: 'standard' };
const EARLY_IDENTITY = { kind: 'tdx-qe-identity', subject: 'early' };

interface Site {
  readonly vendor: VendorStub;
  readonly refresher: Refresher;
  readonly tried: TriedRefresh[];
  readonly failures: unknown[];
  use(...names: readonly DocumentName[]): Promise<void>;
  /** Sweeps and works at this instant. */
  at(offset: number): Promise<readonly string[]>;
}

export function describeRefresh(engineName: string, open: () => Promise<Engine>): void {
  describe(`renewing on ${engineName}`, () => {
    let engine: Engine | null = null;
    let now = START;
    const clock = { now: () => now };
    const opened = (): Engine => {
      if (engine === null) throw new Error('the engine is open inside of tests only');
      return engine;
    };
    beforeAll(async () => {
      engine = await open();
    }, 60_000);
    afterAll(async () => {
      await engine?.close();
    }, 60_000);
    beforeEach(async () => {
      now = START;
      for (const table of ['endorsements', 'endorsement_uses', 'endorsement_refreshes', 'pgboss.job']) {
        await opened().administer(`DELETE FROM ${table}`);
      }
    });

    function site(
      vendor: VendorStub = vendorStub(opened().stores, clock),
      renewals: readonly Renewal[] = RENEWALS,
    ): Site {
      const { stores } = opened();
      const tried: TriedRefresh[] = [];
      const failures: unknown[] = [];
      const refresher = createRefresher({
        store: stores.refreshes,
        queue: stores.refreshQueue,
        vendors: vendor,
        renewals,
        anchored: () => new Set(['snp-ask\0Milan']),
        clock,
        goesOn: () => true,
        tried: (what) => tried.push(what),
        failed: (error) => failures.push(error),
      });
      return {
        vendor,
        refresher,
        tried,
        failures,
        use: (...names) =>
          stores.refreshes.note(
            'genuine',
            names.map((name) => ({ ...name, lastUsedAt: now })),
          ),
        async at(offset) {
          now = new Date(START.getTime() + offset);
          const before = vendor.asked.length;
          await refresher.sweep();
          await refresher.work();
          return vendor.asked.slice(before);
        },
      };
    }

    async function currentNumber(name: DocumentName): Promise<bigint | null> {
      const [standing] = await opened().stores.refreshes.standing('genuine', [name], now);
      return standing?.current?.sequence ?? null;
    }

    test('what is in use is asked for at once where it is absent, then daily, and not in between', async () => {
      const { vendor, use, at } = site();
      vendor.publish(LIST, 1n);
      await use(LIST);
      expect(await at(0)).toEqual(['snp-vcek-crl Milan']);
      for (const hours of [0, 1, 12, 20]) expect(await at(hours * HOUR)).toEqual([]);
      now = new Date(START.getTime() + DAY);
      vendor.publish(LIST, 2n);
      expect(await at(DAY)).toEqual(['snp-vcek-crl Milan']);
      expect(await currentNumber(LIST)).toBe(2n);
      expect(await at(DAY + HOUR)).toEqual([]);
    });

    test('what nobody used for 30 days is left alone, and is renewed again once somebody does', async () => {
      const { vendor, use, at } = site();
      vendor.publish(LIST, 1n);
      await use(LIST);
      await at(0);
      expect(await at(30 * DAY)).toEqual(['snp-vcek-crl Milan']);
      expect(await at(32 * DAY)).toEqual([]);
      await use(LIST);
      expect(await at(32 * DAY)).toEqual(['snp-vcek-crl Milan']);
    });

    test('the authority of a list is left to the trust anchors, and asked for where they have none', async () => {
      const { vendor, use, at } = site();
      const genoa = { ...LIST, subject: 'Genoa' };
      vendor.publish(genoa, 1n);
      vendor.publish({ ...ASK, subject: 'Genoa' }, 1n);
      await use(genoa, LIST);
      expect((await at(0)).toSorted()).toEqual(['snp-ask Genoa', 'snp-vcek-crl Genoa', 'snp-vcek-crl Milan']);
    });

    test('both tracks are kept side by side', async () => {
      const { vendor, use, at } = site();
      vendor.publish(INFO, 17n);
      vendor.publish(IDENTITY, 17n);
      vendor.publish(EARLY_INFO, 18n);
      vendor.publish(EARLY_IDENTITY, 18n);
      await use(INFO);
      expect((await at(0)).toSorted()).toEqual(
        [
          'tdx-qe-identity early',
          'tdx-qe-identity standard',
          'tdx-tcb-info 00806f050000/early',
          'tdx-tcb-info 00806f050000/standard',
        ].toSorted(),
      );
      const numbers = await Promise.all([INFO, IDENTITY, EARLY_INFO, EARLY_IDENTITY].map(currentNumber));
      expect(numbers).toEqual([17n, 17n, 18n, 18n]);
      // From then on they come together, once a day.
      expect(await at(20 * HOUR)).toEqual([]);
      expect(await at(DAY)).toHaveLength(4);
    });

    test('an identity that lags behind its TCB info is asked for by number, once', async () => {
      const { vendor, refresher } = site();
      vendor.publish(INFO, 18n);
      vendor.publish(IDENTITY, 17n);
      vendor.publishNumbered(IDENTITY, 18n);
      const outcomes = await refresher.ask('genuine', INFO);
      expect(vendor.asked).toEqual([
        'tdx-tcb-info 00806f050000/standard',
        'tdx-qe-identity standard',
        'tdx-qe-identity standard #18',
      ]);
      expect(outcomes).toEqual([
        { ...INFO, result: 'kept', state: 'current', why: null },
        { ...IDENTITY, result: 'kept', state: 'current', why: null },
      ]);
      expect(await currentNumber(IDENTITY)).toBe(18n);
    });

    test('TCB info that lags behind its identity likewise; a number that nobody has changes nothing', async () => {
      const { vendor, refresher, tried } = site();
      vendor.publish(INFO, 17n);
      vendor.publish(IDENTITY, 18n);
      await refresher.ask('genuine', INFO);
      expect(vendor.asked.at(-1)).toBe('tdx-tcb-info 00806f050000/standard #18');
      expect(tried.at(-1)).toMatchObject({ kind: INFO.kind, result: 'not-found' });
      expect([await currentNumber(INFO), await currentNumber(IDENTITY)]).toEqual([17n, 18n]);
      const [record] = await opened().stores.refreshes.standing('genuine', [INFO], now);
      expect(record?.record?.lastError).toBeNull();
    });

    test.each([
      ['TCB info', INFO],
      ['an identity', IDENTITY],
    ])('%s that was brought too early spreads to nothing else', async (_, early) => {
      const { vendor, refresher, use, at } = site();
      const names = [INFO, OTHER_INFO, IDENTITY];
      for (const name of names) {
        vendor.publish(name, 17n);
        vendor.publishNumbered(name, 18n);
      }
      await use(INFO, OTHER_INFO);
      await at(0);
      const byHand = vendorStub(opened().stores, clock);
      byHand.publish(early, 18n);
      now = new Date(START.getTime() + HOUR);
      await byHand.obtain('genuine', requestOf(early, undefined));
      await refresher.ask('genuine', INFO);
      for (const days of [1, 2, 3]) await at(days * DAY);
      expect(vendor.asked.filter((asked) => asked.includes('#'))).toEqual([]);
      const numbers = await Promise.all(names.map(currentNumber));
      expect(numbers).toEqual(names.map((name) => (name === early ? 18n : 17n)));
    });

    test('a vendor that is away for 25 days does no harm, is asked again and again, and its return is noticed', async () => {
      const { vendor, use, at, tried } = site();
      vendor.publish(LIST, 1n);
      await use(LIST);
      await at(0);
      vendor.answer({ kind: 'unavailable', why: 'amd-kds: the connection was refused' });
      // Each time it has been more than an hour, and so each time it is asked for again.
      for (let hour = 24; hour <= 25 * 24; hour += 6) {
        expect(await at(hour * HOUR)).toEqual(['snp-vcek-crl Milan']);
        expect(await at(hour * HOUR + 10_000)).toEqual([]);
      }
      expect(new Set(tried.map(({ result }) => result))).toEqual(new Set(['kept', 'unavailable']));
      expect(await currentNumber(LIST)).toBe(1n);
      vendor.answer(null);
      now = new Date(START.getTime() + 25 * DAY);
      vendor.publish(LIST, 2n);
      await at(25 * DAY + HOUR);
      expect(await currentNumber(LIST)).toBe(2n);
    }, 60_000);

    test('a vendor that serves an older document is reported, in the status too', async () => {
      const { vendor, use, at, tried, refresher } = site();
      vendor.publish(LIST, 2n);
      await use(LIST);
      await at(0);
      const why = 'amd-kds gave a document of last month; a newer one is kept';
      vendor.answer({ kind: 'older', why });
      await at(DAY);
      expect(tried.at(-1)).toEqual({ ...LIST, result: 'older', why });
      const documents = await opened().stores.endorsements.list('genuine', now);
      const [status] = await refresher.statuses('genuine', documents);
      expect(status).toMatchObject({ lastUsedAt: START, lastFetchedAt: START, lastError: why });
      expect(status?.nextRefreshAt?.getTime()).toBeGreaterThan(now.getTime());
      const measures = await refresher.measures('genuine');
      expect(measures).toContainEqual({
        ...LIST,
        expiresAt: new Date(START.getTime() + 30 * DAY),
        confirmedAt: START,
        failing: 'older',
      });
      expect(await currentNumber(LIST)).toBe(2n);
    });

    test('a place in the vendor’s line is no failure, and the next sweep asks again', async () => {
      const { vendor, use, at, tried, refresher } = site();
      vendor.publish(LIST, 1n);
      await use(LIST);
      const why = 'amd-kds is asked for one such document every 10 s, and 3 come first';
      vendor.answer({ kind: 'under-way', why });
      await at(0);
      expect(await refresher.ask('genuine', LIST)).toEqual([
        { ...LIST, result: 'under-way', state: null, why },
      ]);
      expect(tried).toEqual([]);
      expect(await refresher.measures('genuine')).toEqual([
        { ...LIST, expiresAt: null, confirmedAt: null, failing: null },
      ]);
      vendor.answer(null);
      expect(await at(MINUTE / 2)).toEqual(['snp-vcek-crl Milan']);
      expect(await currentNumber(LIST)).toBe(1n);
    });

    test('two replicas that sweep and work at once ask once', async () => {
      const vendor = vendorStub(opened().stores, clock);
      const replicas = [site(vendor), site(vendor), site(vendor)];
      const names = Array.from({ length: 12 }, (_, index) => ({ ...LIST, subject: `Milan-${index}` }));
      for (const name of names) vendor.publish(name, 1n);
      await replicas[0]?.use(...names);
      await Promise.all(
        replicas.map(async ({ refresher }) => {
          await refresher.sweep();
          await refresher.work();
        }),
      );
      const lists = vendor.asked.filter((asked) => asked.startsWith(LIST.kind));
      expect(lists.toSorted()).toEqual(names.map(({ kind, subject }) => `${kind} ${subject}`).toSorted());
      expect(replicas.flatMap(({ failures }) => failures)).toEqual([]);
    });

    test('what a process was at when it died is done by another one', async () => {
      const { vendor, use, refresher, at, failures } = site();
      vendor.publish(LIST, 1n);
      await use(LIST);
      await refresher.sweep();
      vendor.meanwhile(async () => {
        throw new Error('killed');
      });
      await refresher.work();
      expect(failures).toHaveLength(1);
      vendor.meanwhile(async () => {});
      // The lease stands, and the job is nobody's yet.
      expect(await at(1000)).toEqual([]);
      // When the lease is over, whoever sweeps next does it.
      expect(await at(61_000)).toEqual(['snp-vcek-crl Milan']);
      expect(await currentNumber(LIST)).toBe(1n);
      // The job that comes back finds it done.
      await opened().administer("UPDATE pgboss.job SET started_on = started_on - interval '3 minutes'");
      expect(await at(62_000)).toEqual([]);
    });

    test('an operator may ask for all, for a kind, or for one that nobody used', async () => {
      const { vendor, use, refresher } = site();
      vendor.publish(LIST, 1n);
      vendor.publish(INFO, 17n);
      vendor.publish(IDENTITY, 17n);
      await use(LIST);
      expect(await refresher.ask('genuine', { kind: LIST.kind })).toEqual([
        { ...LIST, result: 'kept', state: 'current', why: null },
      ]);
      // At once again, due or not, whatever came of it before.
      vendor.answer({ kind: 'rate-limited', retryAfter: 30 });
      now = new Date(START.getTime() + 1);
      expect(await refresher.ask('genuine', { kind: LIST.kind })).toEqual([
        { ...LIST, result: 'rate-limited', state: null, why: 'The vendor asks for patience for 30 s.' },
      ]);
      vendor.answer(null);
      now = new Date(START.getTime() + 2);
      const all = await refresher.ask('genuine', {});
      expect(all.map(({ kind, result }) => `${kind} ${result}`)).toEqual(['snp-vcek-crl kept']);
      const unused = await refresher.ask('genuine', INFO);
      expect(unused.map(({ state }) => state)).toEqual(['current', 'current']);
      await expect(refresher.ask('genuine', { kind: 'tdx-pck', subject: 'x' })).rejects.toThrow(
        'No vendor publishes',
      );
    });

    test('beyond what one request waits for the rest is queued', async () => {
      const { vendor, use, refresher } = site();
      const names = Array.from({ length: 40 }, (_, index) => ({
        kind: 'tdx-pck-crl',
        subject: `ca-${index}`,
      }));
      for (const name of names) vendor.publish(name, 1n);
      await use(...names);
      const outcomes = await refresher.ask('genuine', {});
      expect(outcomes).toHaveLength(40);
      expect(outcomes.filter(({ result }) => result === 'queued')).toHaveLength(8);
      expect(vendor.asked).toHaveLength(32);
      await refresher.work();
      expect(new Set(vendor.asked).size).toBe(40);
    });

    test('where no vendor is asked nothing is, and the operator is told', async () => {
      const { vendor, use, at, refresher } = site();
      vendor.switchedOff(true);
      await use(LIST);
      expect(await at(0)).toEqual([]);
      const [outcome] = await refresher.ask('genuine', LIST);
      expect(outcome).toEqual({
        ...LIST,
        result: 'not-asked',
        state: null,
        why: 'This service asks no vendor.',
      });
      expect(vendor.asked).toEqual([]);
    });

    test('a certificate of one machine is not named to the metrics', async () => {
      const ofMachines: Renewal = {
        kinds: ['snp-vek'],
        certificateKinds: [],
        beside: () => [],
        partnerOf: () => null,
      };
      const { use, refresher } = site(undefined, [ofMachines]);
      await use({ kind: 'snp-vek', subject: 'Milan/00ff/04' });
      expect(await refresher.measures('genuine')).toEqual([
        { kind: 'snp-vek', subject: null, expiresAt: null, confirmedAt: null, failing: null },
      ]);
    });

    test('a certificate of one machine is not named to the log', async () => {
      const { vendor, refresher, tried } = site();
      const leaf = { kind: 'snp-vek', subject: 'Milan/00ff/04' };
      vendor.publish(leaf, 1n);
      await refresher.ask('genuine', leaf);
      expect(tried).toEqual([{ kind: 'snp-vek', subject: null, result: 'kept', why: null }]);
    });
  });
}
