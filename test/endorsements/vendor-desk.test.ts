/** Who asks within one process: flights that are shared, answers that are remembered, and the line that is worked off. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createDrain } from '../../src/endorsements/drain.js';
import { createVendorLedger, REFRESH_SHARE, type VendorLedger } from '../../src/endorsements/ledger.js';
import { later } from '../../src/endorsements/patience.js';
import { createEndorsementSource } from '../../src/endorsements/source.js';
import type { FetchResult, UnderWay } from '../../src/endorsements/vendor-answer.js';
import { createVendorDesk, type VendorDesk } from '../../src/endorsements/vendor-desk.js';
import type { EndorsementRequirement, Realm } from '../../src/rats/endorsement.js';
import { withoutDatabase } from '../../src/rats/shared-refusals.js';
import type { VendorRequest } from '../../src/rats/vendor-request.js';
import type { EndorsementSource } from '../../src/verifier/endorsement-ports.js';
import type { VendorRequestStore } from '../../src/verifier/vendor-ports.js';
import { refusalCodeOf } from '../contract/refused.js';
import { memoryBooks } from './memory-books.js';

const START = new Date('2026-11-20T12:00:00Z');
const ASKER = { realm: 'genuine', tenant: 'default', known: false } as const;
const CHIP = { kind: 'snp-vek', subject: 'Milan/01/02' };
const LIST = { kind: 'snp-vcek-crl', subject: 'Milan' };

function requestFor(_realm: Realm, { kind, subject }: EndorsementRequirement): VendorRequest | null {
  if (kind === 'tdx-pck') return null;
  return {
    service: 'amd-kds',
    path: `/${kind}/${subject}`,
    requirement: { kind, subject },
    track: 'standard',
    file: 'vcek.der',
    encoding: 'bytes',
    beside: [],
    rationed: kind === 'snp-vek',
    witness: null,
  };
}

function kept({ kind, subject }: EndorsementRequirement): FetchResult {
  return { kind: 'kept', documents: [{ kind, subject, sha256: '00', state: 'current' }] };
}

/** A vendor that answers when the test says so. */
class Vendor {
  readonly asked: string[] = [];
  private readonly open: { readonly path: string; readonly end: (how: FetchResult | Error) => void }[] = [];

  readonly ask = (_realm: Realm, request: VendorRequest): Promise<FetchResult> => {
    this.asked.push(request.path);
    return new Promise((resolve, reject) => {
      this.open.push({
        path: request.path,
        end: (how) => (how instanceof Error ? reject(how) : resolve(how)),
      });
    });
  };

  /** Ends the oldest request for the path, when there is one. */
  async answer({ kind, subject }: EndorsementRequirement, how: FetchResult | Error): Promise<void> {
    const path = `/${kind}/${subject}`;
    const index = await until(() => this.open.findIndex((request) => request.path === path));
    this.open.splice(index, 1)[0]?.end(how);
  }
}

/** The first value that is not negative, looked for after each turn of the event loop. */
async function until(look: () => number): Promise<number> {
  for (;;) {
    const found = look();
    if (found >= 0) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('asking vendors within a process', () => {
  let now = START;
  let vendor: Vendor;
  let store: VendorRequestStore;
  let ledger: VendorLedger;
  let desk: VendorDesk;
  let source: EndorsementSource;
  let loseP: () => void;
  let claims: number;
  let failures: unknown[];
  let told: (readonly [string, string])[];
  const asked = ({ path }: VendorRequest, { kind }: FetchResult) => void told.push([path, kind]);

  const clock = { now: () => now };
  beforeEach(() => {
    now = START;
    vendor = new Vendor();
    const books = memoryBooks();
    claims = 0;
    store = {
      ...books,
      open: (realm, service, work) => {
        claims += 1;
        return books.open(realm, service, work);
      },
    };
    ledger = createVendorLedger({ store, rationOf: () => 10, chance: () => 0 });
    desk = createVendorDesk({ ledger, requestFor, askVendor: vendor.ask, clock, asked });
    failures = [];
    told = [];
    source = createEndorsementSource({
      desk,
      clock,
      patience: () =>
        new Promise((resolve) => {
          loseP = resolve;
        }),
      failed: (error) => failures.push(error),
    });
  });

  test('what comes in time leaves no absence', async () => {
    const obtained = source.obtain([CHIP, LIST], ASKER);
    await vendor.answer(CHIP, kept(CHIP));
    await vendor.answer(LIST, kept(LIST));
    expect(await obtained).toEqual([]);
    expect(vendor.asked).toEqual(expect.arrayContaining(['/snp-vek/Milan/01/02', '/snp-vcek-crl/Milan']));
  });

  test('a hundred who want one document ask once, and all have it', async () => {
    const all = Array.from({ length: 100 }, () => source.obtain([CHIP], ASKER));
    await vendor.answer(CHIP, kept(CHIP));
    expect((await Promise.all(all)).flat()).toEqual([]);
    expect(vendor.asked).toHaveLength(1);
  });

  test('what nobody publishes, and each generation of something, is not asked for', async () => {
    const wanted = [{ kind: 'tdx-pck', subject: 'x' }, { ...LIST, each: true } as const];
    expect(await source.obtain(wanted, ASKER)).toEqual([]);
    expect(vendor.asked).toEqual([]);
  });

  test('a vendor’s no is told with the reason, and remembered without another look at the books', async () => {
    const obtained = source.obtain([CHIP], ASKER);
    await vendor.answer(CHIP, { kind: 'not-found', status: 404 });
    const [absence] = await obtained;
    expect(absence).toMatchObject({ ...CHIP, reason: 'not-found', retryAfter: 3600 });
    expect(absence?.why).toMatch(/amd-kds/);
    const before = claims;
    now = later(START, 100);
    expect(await source.obtain([CHIP], ASKER)).toMatchObject([{ reason: 'not-found', retryAfter: 3500 }]);
    expect(claims).toBe(before);
    now = later(START, 3600);
    const again = source.obtain([CHIP], ASKER);
    await vendor.answer(CHIP, kept(CHIP));
    expect(await again).toEqual([]);
  });

  test('what is at hand and has nothing newer is not asked for by everybody who finds it stale', async () => {
    const first = source.obtain([LIST], ASKER);
    await vendor.answer(LIST, kept(LIST));
    await first;
    const before = claims;
    for (let index = 0; index < 50; index += 1) expect(await source.obtain([LIST], ASKER)).toEqual([]);
    expect([vendor.asked.length, claims]).toEqual([1, before]);
  });

  test('remembered answers do not hold for a platform that turns out to be known', async () => {
    await ledger.claim(
      'genuine',
      'amd-kds',
      [{ ...CHIP, subject: 'x', share: 'a', known: false, rationed: true }],
      now,
    );
    expect(await source.obtain([CHIP], ASKER)).toMatchObject([{ reason: 'rate-limited', retryAfter: 10 }]);
    await source.obtain([CHIP], { ...ASKER, known: true });
    expect((await ledger.look('genuine', [CHIP]))[0]?.known).toBe(true);
  });

  test('that one tenant has no room is not told to another who wants the same document', async () => {
    const crowd = Array.from({ length: 1000 }, (_, index) => ({
      kind: 'snp-vek',
      subject: `crowd-${index}`,
      share: 'a',
      known: false,
      rationed: true,
    }));
    await ledger.claim('genuine', 'amd-kds', crowd, now);
    const ask = (tenant: string) => source.obtain([CHIP], { ...ASKER, tenant });
    // Within one flight, and from memory.
    const both = await Promise.all([ask('a'), ask('b')]);
    const full = /too many documents wait/;
    expect(both.map(([absence]) => full.test(absence?.why ?? ''))).toEqual([true, false]);
    const other = { ...CHIP, subject: 'Milan/03/02' };
    const first = await source.obtain([other], { ...ASKER, tenant: 'a' });
    const second = await source.obtain([other], { ...ASKER, tenant: 'b' });
    expect([first, second].map(([absence]) => full.test(absence?.why ?? ''))).toEqual([true, false]);
    const before = claims;
    expect(await source.obtain([other], { ...ASKER, tenant: 'b' })).toEqual(second);
    expect(claims).toBe(before);
  });

  test('whoever has waited long enough is told so; the document is there for the next one', async () => {
    const slow = source.obtain([CHIP], ASKER);
    await until(() => vendor.asked.length - 1);
    loseP();
    expect(await slow).toMatchObject([{ ...CHIP, reason: 'unavailable', retryAfter: 5 }]);
    const next = source.obtain([CHIP], ASKER);
    await vendor.answer(CHIP, kept(CHIP));
    expect(await next).toEqual([]);
    expect(vendor.asked).toHaveLength(1);
  });

  test('a database that is away is said as everywhere, and the lease does not outlive the attempt', async () => {
    const lost = withoutDatabase('authenticate', 'The database is away.', { retryAfter: 5 });
    const obtained = source.obtain([LIST], ASKER);
    const code = refusalCodeOf(obtained);
    await vendor.answer(LIST, lost);
    expect(await code).toBe('database_unavailable');
    expect((await ledger.look('genuine', [LIST]))[0]).toMatchObject({
      state: 'waiting',
      lastStatus: null,
      lastError: 'the attempt failed in this service; see its log',
    });
    expect(await source.obtain([LIST], ASKER)).toMatchObject([
      { why: expect.stringContaining('that failed in this service') },
    ]);
  });

  test('a database that goes away again and again closes no service', async () => {
    for (const subject of ['1', '2', '3', '4', '5', '6']) {
      const code = refusalCodeOf(source.obtain([{ ...LIST, subject }], ASKER));
      const away = withoutDatabase('authenticate', 'The database is away.', { retryAfter: 5 });
      await vendor.answer({ ...LIST, subject }, away);
      expect(await code).toBe('database_unavailable');
    }
    expect(await ledger.standing('genuine')).toMatchObject([{ failures: 0, closedUntil: null }]);
  });

  test('a failure that nobody waits for any more is reported', async () => {
    const slow = source.obtain([LIST], ASKER);
    await until(() => vendor.asked.length - 1);
    loseP();
    await slow;
    await vendor.answer(LIST, new Error('a mistake'));
    await until(() => failures.length - 1);
    expect(failures).toMatchObject([{ message: 'a mistake' }]);
    await desk.idle();
  });

  test('books that cannot be opened refuse all who wait for them', async () => {
    const away = withoutDatabase('authenticate', 'The database is away.', { retryAfter: 5 });
    const closed = createVendorLedger({
      store: { ...store, open: () => Promise.reject(away) },
      rationOf: () => 10,
      chance: () => 0,
    });
    const closedDesk = createVendorDesk({ ledger: closed, requestFor, askVendor: vendor.ask, clock, asked });
    const codes = [CHIP, LIST, { ...CHIP, subject: 'other' }].map(async (need) =>
      refusalCodeOf(closedDesk.ask('genuine', need, { share: 'a', known: false }) ?? Promise.resolve()),
    );
    expect(await Promise.all(codes)).toEqual(Array(3).fill('database_unavailable'));
    expect(vendor.asked).toEqual([]);
  });

  test('many claims at once open the books a few times, not each by itself', async () => {
    const needs = Array.from({ length: 200 }, (_, index) => ({ kind: 'snp-vek', subject: `chip-${index}` }));
    const all = needs.map((need) => source.obtain([need], ASKER));
    await vendor.answer(needs[0] ?? CHIP, kept(CHIP));
    const absences = (await Promise.all(all)).flat();
    expect(absences).toHaveLength(199);
    expect(new Set(absences.map(({ retryAfter }) => retryAfter)).size).toBe(199);
    expect(claims).toBeLessThanOrEqual(6);
  });

  describe('the line', () => {
    const wish = (subject: string) => ({
      kind: 'snp-vek',
      subject,
      share: 'a',
      known: false,
      rationed: true,
    });

    test('is worked off one turn after the other, though nobody comes back', async () => {
      const drain = createDrain({ ledger, desk, clock, goesOn: () => true });
      await ledger.claim('genuine', 'amd-kds', [wish('0'), wish('1'), wish('2')], now);
      await drain('genuine', 'amd-kds');
      expect(vendor.asked).toEqual([]);
      for (const subject of ['1', '2']) {
        now = later(now, 10);
        const drained = drain('genuine', 'amd-kds');
        await vendor.answer({ kind: 'snp-vek', subject }, kept(CHIP));
        await drained;
      }
      expect(vendor.asked).toEqual(['/snp-vek/1', '/snp-vek/2']);
    });

    test('leaves word of how asking ended, as those do who ask for themselves', async () => {
      const drain = createDrain({ ledger, desk, clock, goesOn: () => true });
      const obtained = source.obtain([CHIP], ASKER);
      await vendor.answer(CHIP, { kind: 'unavailable', why: 'the proxy refused' });
      await obtained;
      now = later(now, 10);
      const drained = drain('genuine', 'amd-kds');
      await vendor.answer(CHIP, { kind: 'not-found', status: 404 });
      await drained;
      const path = `/snp-vek/${CHIP.subject}`;
      expect(told).toEqual([
        [path, 'unavailable'],
        [path, 'not-found'],
      ]);
    });

    test('is left as it is once the service stops, but for what is under way', async () => {
      let stopping = false;
      const drain = createDrain({ ledger, desk, clock, goesOn: () => !stopping });
      const lists = Array.from({ length: 6 }, (_, index) => ({
        ...wish(`${index}`),
        kind: 'snp-vcek-crl',
        rationed: false,
      }));
      await ledger.claim('genuine', 'amd-kds', lists, now);
      now = later(now, 30);
      const drained = drain('genuine', 'amd-kds');
      await until(() => vendor.asked.length - 4);
      stopping = true;
      for (const subject of ['0', '1', '2', '3'])
        await vendor.answer({ kind: 'snp-vcek-crl', subject }, kept(LIST));
      await drained;
      expect(vendor.asked).toHaveLength(4);
    });

    test('lets whoever comes at that moment join', async () => {
      const drain = createDrain({ ledger, desk, clock, goesOn: () => true });
      await ledger.claim('genuine', 'amd-kds', [wish('0'), wish('1')], now);
      now = later(now, 10);
      const drained = drain('genuine', 'amd-kds');
      await until(() => vendor.asked.length - 1);
      const obtained = source.obtain([{ kind: 'snp-vek', subject: '1' }], ASKER);
      await vendor.answer({ kind: 'snp-vek', subject: '1' }, kept(CHIP));
      expect(await obtained).toEqual([]);
      await drained;
      expect(vendor.asked).toHaveLength(1);
    });

    test('gives up what nobody publishes any more', async () => {
      const drain = createDrain({ ledger, desk, clock, goesOn: () => true });
      const gone = { ...wish('x'), kind: 'tdx-pck' };
      await ledger.claim('genuine', 'amd-kds', [wish('0'), gone], now);
      now = later(now, 10);
      await drain('genuine', 'amd-kds');
      expect(await ledger.look('genuine', [gone])).toEqual([]);
      expect(vendor.asked).toEqual([]);
    });

    test('a failure on our side ends the look, after all that was granted has been settled', async () => {
      const drain = createDrain({ ledger, desk, clock, goesOn: () => true });
      const lists = ['a', 'b'].map((subject) => ({
        ...wish(subject),
        kind: 'snp-vcek-crl',
        rationed: false,
      }));
      const granted = await ledger.claim('genuine', 'amd-kds', lists, now);
      expect(granted.map(({ kind }) => kind)).toEqual(['granted', 'granted']);
      now = later(now, 30);
      const drained = drain('genuine', 'amd-kds').catch((error: unknown) => error);
      await vendor.answer({ kind: 'snp-vcek-crl', subject: 'a' }, new Error('a mistake'));
      await vendor.answer({ kind: 'snp-vcek-crl', subject: 'b' }, kept(LIST));
      expect(await drained).toMatchObject({ message: 'a mistake' });
      const states = (await ledger.look('genuine', lists)).map(({ state }) => state);
      expect(states).toEqual(['waiting', 'kept']);
    });
  });

  describe('for whoever keeps pauses of its own', () => {
    const plain = () => requestFor('genuine', LIST) as VendorRequest;
    const numbered = () => ({ ...plain(), path: `${plain().path}?number=7` });
    /** What comes of asking while the vendor answers so. */
    const obtain = async (request: VendorRequest, result: FetchResult): Promise<FetchResult | UnderWay> => {
      const obtained = desk.obtain('genuine', request, REFRESH_SHARE);
      await vendor.answer({ kind: 'snp-vcek-crl', subject: request.path.split('/')[2] ?? '' }, result);
      return obtained;
    };

    test('the vendor is asked whatever was answered a moment ago, and its own words come back', async () => {
      for (const result of [kept(LIST), { kind: 'not-found', status: 410 }, kept(LIST)] as const) {
        expect(await obtain(plain(), result)).toEqual(result);
      }
      expect(told).toEqual([]);
      expect(vendor.asked).toHaveLength(3);
      expect((await ledger.look('genuine', [LIST]))[0]).toMatchObject({
        share: REFRESH_SHARE,
        state: 'kept',
      });
    });

    test('a document asked for in another way leaves the usual one as it was', async () => {
      await obtain(plain(), kept(LIST));
      expect(await obtain(numbered(), { kind: 'not-found', status: 404 })).toEqual({
        kind: 'not-found',
        status: 404,
      });
      expect(await source.obtain([LIST], ASKER)).toEqual([]);
      expect(vendor.asked).toEqual([plain().path, numbered().path]);
    });

    test('it joins whoever asks at that moment, and does not ask beside another replica', async () => {
      const obtained = source.obtain([LIST], ASKER);
      const joined = desk.obtain('genuine', plain(), REFRESH_SHARE);
      await vendor.answer(LIST, kept(LIST));
      expect([await obtained, await joined]).toEqual([[], kept(LIST)]);
      now = later(now, 100);
      await ledger.claim('genuine', 'amd-kds', [{ ...LIST, share: 'x', known: false, rationed: false }], now);
      expect(await desk.obtain('genuine', plain(), REFRESH_SHARE)).toEqual({
        kind: 'under-way',
        why: 'amd-kds is being asked for it at this moment',
      });
      expect(vendor.asked).toHaveLength(1);
    });

    test('a place in the line is no failure of the vendor', async () => {
      const first = requestFor('genuine', CHIP) as VendorRequest;
      const second = requestFor('genuine', { ...CHIP, subject: 'Milan/03/02' }) as VendorRequest;
      const asking = desk.obtain('genuine', first, REFRESH_SHARE);
      await until(() => vendor.asked.length - 1);
      expect(await desk.obtain('genuine', second, REFRESH_SHARE)).toEqual({
        kind: 'under-way',
        why: 'amd-kds is asked for one such document every 10 s, and 0 come first',
      });
      await vendor.answer(CHIP, kept(CHIP));
      expect(await asking).toEqual(kept(CHIP));
    });

    test('a service that is left alone is left alone by it too', async () => {
      const down = { kind: 'unavailable', why: 'no route' } as const;
      for (const subject of ['Naples', 'Rome', 'Milan', 'Genoa', 'Turin']) {
        const request = requestFor('genuine', { ...LIST, subject });
        if (request !== null) await obtain(request, down);
      }
      expect(await desk.obtain('genuine', plain(), REFRESH_SHARE)).toMatchObject({
        kind: 'unavailable',
        why: expect.stringMatching(/left alone/),
      });
      expect(vendor.asked).toHaveLength(5);
    });
  });
});
