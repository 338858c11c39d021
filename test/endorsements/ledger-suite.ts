/** Who asks next, over any books and a clock that the test moves: in memory here, on both engines in test/contract. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  type ClaimOutcome,
  createVendorLedger,
  type Grant,
  type VendorLedger,
  type Wish,
} from '../../src/endorsements/ledger.js';
import { later } from '../../src/endorsements/patience.js';
import type { FetchResult } from '../../src/endorsements/vendor-answer.js';
import type { VendorRequestStore } from '../../src/verifier/vendor-ports.js';

const START = new Date('2026-11-20T12:00:00Z');
const KDS = 'amd-kds';
const PCS = 'intel-pcs';

const DOWN: FetchResult = { kind: 'unavailable', why: 'connect ECONNREFUSED' };
const NONE: FetchResult = { kind: 'not-found', status: 404 };

function keptAs(state: 'current' | 'known'): FetchResult {
  return { kind: 'kept', documents: [{ kind: 'k', subject: 's', sha256: '00', state }] };
}

const NEW = keptAs('current');

function chip(subject: string, changes: Partial<Wish> = {}): Wish {
  return { kind: 'snp-vek', subject, share: 'default', known: false, rationed: true, ...changes };
}

function list(subject: string): Wish {
  return { kind: 'tdx-pck-crl', subject, share: 'default', known: false, rationed: false };
}

/** `empty`: books with nothing in them. `keep`: puts a certificate of this subject into the store of documents. */
export function describeLedger(
  empty: () => Promise<VendorRequestStore>,
  keep: (subject: string) => Promise<void>,
): void {
  describe('who asks a vendor next', () => {
    let ledger: VendorLedger;
    let now = START;
    beforeEach(async () => {
      now = START;
      ledger = createVendorLedger({
        store: await empty(),
        rationOf: (service) => (service === KDS ? 10 : null),
        chance: () => 0,
      });
    });

    const pass = (seconds: number): void => {
      now = later(now, seconds);
    };
    const claim = async (wish: Wish, service = wish.rationed ? KDS : PCS): Promise<ClaimOutcome> => {
      const [outcome] = await ledger.claim('genuine', service, [wish], now);
      if (outcome === undefined) throw new Error('no outcome');
      return outcome;
    };
    const grant = async (wish: Wish): Promise<Grant> => {
      const outcome = await claim(wish);
      if (outcome.kind !== 'granted') throw new Error(`not granted: ${JSON.stringify(outcome)}`);
      return outcome.grant;
    };
    /** Reason and Retry-After; null when it is at hand. */
    const told = (outcome: ClaimOutcome): readonly [string, number] | null => {
      if (outcome.kind === 'granted') throw new Error('it was granted');
      return outcome.kind === 'at-hand' ? null : [outcome.absence.reason, outcome.absence.retryAfter];
    };
    const settle = (held: Grant, result: FetchResult) => ledger.settle(held, result, now);
    const get = async (wish: Wish): Promise<void> => void (await settle(await grant(wish), NEW));
    /** Subjects that the line gives out now, each of which the vendor has. */
    const take = async (): Promise<readonly string[]> => {
      const grants = await ledger.next('genuine', KDS, now);
      for (const held of grants) await settle(held, NEW);
      return grants.map(({ subject }) => subject);
    };
    const fail = async (wish: Wish): Promise<void> => void (await settle(await grant(wish), DOWN));

    test('of two who want a document one is granted it, the other is told that it is being asked for', async () => {
      await grant(list('a'));
      expect(told(await claim(list('a')))).toEqual(['unavailable', 5]);
    });

    test('a lease that nobody settles ends, and the next one takes over; who comes back late changes nothing', async () => {
      const dead = await grant(list('a'));
      pass(29);
      expect(told(await claim(list('a')))).toEqual(['unavailable', 5]);
      pass(1);
      const alive = await grant(list('a'));
      expect(alive.askedAt).not.toEqual(dead.askedAt);
      expect(told(await settle(dead, DOWN))).toEqual(['unavailable', 5]);
      expect(told(await settle(alive, NEW))).toBeNull();
    });

    test('a document that comes after its lease is kept all the same', async () => {
      const late = await grant(list('a'));
      pass(31);
      const second = await grant(list('a'));
      expect(told(await settle(late, NEW))).toBeNull();
      expect(told(await claim(list('a')))).toBeNull();
      expect(told(await settle(second, DOWN))).not.toEqual(['not-found', 1]);
      expect((await ledger.look('genuine', [list('a')]))[0]?.lastStatus).toBe('kept');
    });

    test('rationed requests leave ten seconds apart, and those behind are told how long', async () => {
      await grant(chip('1'));
      expect(told(await claim(chip('2')))).toEqual(['rate-limited', 10]);
      expect(told(await claim(chip('3')))).toEqual(['rate-limited', 21]);
      pass(4);
      expect(told(await claim(chip('3')))).toEqual(['rate-limited', 17]);
      pass(6);
      expect(told(await claim(chip('4')))).toEqual(['rate-limited', 22]);
      await grant(chip('2'));
    });

    test('what is not rationed waits for nobody', async () => {
      await grant(chip('1'));
      const [one, two] = await ledger.claim('genuine', KDS, [list('a'), list('b')], now);
      expect([one?.kind, two?.kind]).toEqual(['granted', 'granted']);
    });

    test('known platforms come first, then one of each share in turn, then the longest waiting', async () => {
      await get(chip('first'));
      for (const subject of ['a1', 'a2', 'a3']) {
        pass(0.01);
        await claim(chip(subject, { share: 'a' }));
      }
      pass(0.01);
      await claim(chip('b1', { share: 'b' }));
      pass(0.01);
      await claim(chip('c1', { share: 'c', known: true }));
      const order: string[] = [];
      for (let turn = 0; turn < 5; turn += 1) {
        pass(10);
        order.push(...(await take()));
      }
      expect(order).toEqual(['c1', 'a1', 'b1', 'a2', 'a3']);
    });

    test('a document that another share wants too waits in the line of whoever has the shorter one', async () => {
      await get(chip('first'));
      for (const subject of ['a1', 'a2', 'a3', 'both']) {
        pass(0.01);
        await claim(chip(subject, { share: 'a' }));
      }
      pass(0.01);
      expect(told(await claim(chip('both', { share: 'b' })))).toEqual(['rate-limited', 21]);
      await claim(chip('both', { share: 'a' }));
      const order: string[] = [];
      for (let turn = 0; turn < 3; turn += 1) {
        pass(10);
        order.push(...(await take()));
      }
      expect(order).toEqual(['a1', 'both', 'a2']);
    });

    test('a share that keeps coming back does not shut out one that waits', async () => {
      await get(chip('b0', { share: 'b' }));
      await claim(chip('a1', { share: 'a' }));
      await claim(chip('a2', { share: 'a' }));
      const order: string[] = [];
      for (let turn = 1; turn <= 5; turn += 1) {
        await claim(chip(`b${turn}`, { share: 'b' }));
        pass(10);
        order.push(...(await take()));
      }
      expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'b3']);
    });

    test('one that turns out to be known moves up', async () => {
      await grant(chip('0'));
      await claim(chip('1'));
      pass(0.01);
      await claim(chip('2'));
      await claim(chip('2', { known: true }));
      pass(10);
      expect((await ledger.next('genuine', KDS, now)).map(({ subject }) => subject)).toEqual(['2']);
    });

    test('a newcomer does not pass those who wait, though the turn is free', async () => {
      await get(chip('0'));
      await claim(chip('1'));
      pass(100);
      expect(told(await claim(chip('2')))).toEqual(['rate-limited', 11]);
      await grant(chip('1'));
    });

    test('what does not exist is asked for again after an hour, then after two', async () => {
      expect(told(await settle(await grant(chip('x')), NONE))).toEqual(['not-found', 3600]);
      pass(1800);
      expect(told(await claim(chip('x')))).toEqual(['not-found', 1800]);
      pass(1800);
      expect(told(await settle(await grant(chip('x')), NONE))).toEqual(['not-found', 7200]);
      pass(7200);
      expect(told(await settle(await grant(chip('x')), NEW))).toBeNull();
    });

    test('nobody asks for what does not exist unless somebody wants it', async () => {
      await settle(await grant(chip('x')), NONE);
      pass(4000);
      expect(await ledger.isDue('genuine', KDS, now)).toBe(false);
      expect(await ledger.next('genuine', KDS, now)).toEqual([]);
    });

    test('what failed pauses, twice as long each time, and is tried again though nobody comes', async () => {
      expect(told(await settle(await grant(list('a')), DOWN))).toEqual(['unavailable', 10]);
      pass(9);
      expect(await ledger.isDue('genuine', PCS, now)).toBe(false);
      expect(told(await claim(list('a')))).toEqual(['unavailable', 1]);
      pass(1);
      expect(await ledger.isDue('genuine', PCS, now)).toBe(true);
      const [again] = await ledger.next('genuine', PCS, now);
      if (again === undefined) throw new Error('nothing was due');
      expect(
        told(await settle(again, { kind: 'refused', code: 'collateral_malformed', why: 'no JSON' })),
      ).toEqual(['unavailable', 20]);
    });

    test('a document that is there and has nothing newer is not asked for again and again', async () => {
      await settle(await grant(list('a')), NEW);
      expect(told(await claim(list('a')))).toBeNull();
      for (const pause of [10, 10, 20, 40]) {
        pass(pause);
        expect((await claim(list('a'))).kind).toBe('granted');
        const [entry] = await ledger.look('genuine', [list('a')]);
        await settle(
          { realm: 'genuine', service: PCS, ...list('a'), askedAt: entry?.askedAt ?? now, probe: false },
          keptAs('known'),
        );
        const again = await claim(list('a'));
        expect(told(again)).toBeNull();
        expect(again).toMatchObject({
          nothingNewer: { why: expect.stringMatching(/gave the same document again/) },
        });
      }
    });

    test('one document that fails again and again closes the service to no other', async () => {
      for (let again = 0; again < 8; again += 1) {
        expect(told(await settle(await grant(list('a')), DOWN))?.[0]).toBe('unavailable');
        pass(15 * 60);
      }
      expect(await ledger.standing('genuine')).toMatchObject([{ failures: 1, closedUntil: null }]);
      // Others with it do.
      for (const subject of ['1', '2', '3', '4']) await fail(list(subject));
      expect(await ledger.standing('genuine')).toMatchObject([{ failures: 5, closedUntil: later(now, 60) }]);
    });

    test('after five failures in a row the service is left alone, and then one request finds out', async () => {
      for (const subject of ['1', '2', '3', '4']) await fail(list(subject));
      expect(told(await settle(await grant(list('5')), DOWN))).toEqual(['unavailable', 60]);
      expect(told(await claim(list('6')))).toEqual(['unavailable', 60]);
      expect(await ledger.next('genuine', PCS, now)).toEqual([]);
      expect(await ledger.standing('genuine')).toMatchObject([{ failures: 5, closedUntil: later(now, 60) }]);
      pass(60);
      const probes = await ledger.next('genuine', PCS, now);
      expect(probes.map(({ probe }) => probe)).toEqual([true]);
      expect(told(await claim(list('7')))?.[0]).toBe('unavailable');
      for (const probe of probes) await settle(probe, DOWN);
      expect((await ledger.standing('genuine'))[0]?.closedUntil).toEqual(later(now, 120));
      pass(120);
      const [back] = await ledger.next('genuine', PCS, now);
      if (back === undefined) throw new Error('no probe');
      await settle(back, NEW);
      expect(await ledger.standing('genuine')).toMatchObject([{ failures: 0, closedUntil: null }]);
      expect((await ledger.next('genuine', PCS, now)).length).toBeGreaterThan(1);
    });

    test('requests that a service does not take, of made-up machines say, never close it to the others', async () => {
      const untaken: FetchResult = { kind: 'unavailable', why: 'amd-kds answered 400', answered: true };
      for (const subject of ['1', '2', '3', '4', '5', '6']) {
        expect(told(await settle(await grant(list(subject)), untaken))).toEqual(['unavailable', 10]);
      }
      expect(await ledger.standing('genuine')).toMatchObject([{ failures: 0, closedUntil: null }]);
      expect((await claim(list('genuine'))).kind).toBe('granted');
    });

    test('what failed is tried again after those who came meanwhile', async () => {
      const first = await grant(chip('1'));
      await claim(chip('2'));
      pass(1);
      await settle(first, DOWN);
      await claim(chip('3'));
      const order: string[] = [];
      for (let turn = 0; turn < 4; turn += 1) {
        pass(10);
        const [held] = await ledger.next('genuine', KDS, now);
        if (held === undefined) throw new Error('nothing is due');
        order.push(held.subject);
        await settle(held, held.subject === '1' ? DOWN : NEW);
        if (turn === 0) await claim(chip('4'));
      }
      expect(order).toEqual(['2', '1', '3', '4']);
    });

    test('a probe that nobody settles is followed by another', async () => {
      for (const subject of ['1', '2', '3', '4', '5']) await fail(list(subject));
      pass(60);
      expect(await ledger.next('genuine', PCS, now)).toHaveLength(1);
      pass(29);
      expect(await ledger.next('genuine', PCS, now)).toEqual([]);
      pass(1);
      expect(await ledger.next('genuine', PCS, now)).toHaveLength(1);
    });

    test('what fails on our side says nothing of the service, and ends no time of leaving it alone', async () => {
      const ours: FetchResult = { kind: 'unavailable', why: 'the database is away', ours: true };
      for (const subject of ['1', '2', '3', '4']) await fail(list(subject));
      for (const subject of ['5', '6', '7']) {
        expect(told(await settle(await grant(list(subject)), ours))).toEqual(['unavailable', 10]);
      }
      expect(await ledger.standing('genuine')).toMatchObject([{ failures: 4, closedUntil: null }]);
      const [entry] = await ledger.look('genuine', [list('5')]);
      expect(entry).toMatchObject({ state: 'waiting', lastStatus: null, lastError: 'the database is away' });
      await fail(list('8'));
      pass(60);
      const [probe] = await ledger.next('genuine', PCS, now);
      if (probe === undefined) throw new Error('no probe');
      await settle(probe, ours);
      expect(await ledger.next('genuine', PCS, now)).toEqual([]);
      pass(30);
      expect((await ledger.next('genuine', PCS, now)).map((one) => one.probe)).toEqual([true]);
    });

    test('many that fail together close a service for a minute, not for many', async () => {
      const wishes = Array.from({ length: 20 }, (_, index) => list(`${index}`));
      for (const outcome of await ledger.claim('genuine', PCS, wishes, now)) {
        if (outcome.kind === 'granted') await settle(outcome.grant, DOWN);
      }
      expect(await ledger.standing('genuine')).toMatchObject([{ failures: 5, closedUntil: later(now, 60) }]);
    });

    test('an answer between failures begins the count anew', async () => {
      for (const subject of ['1', '2', '3', '4']) await fail(list(subject));
      await settle(await grant(list('5')), NONE);
      await fail(list('6'));
      expect(await ledger.standing('genuine')).toMatchObject([{ failures: 1, closedUntil: null }]);
    });

    test('a vendor that asks to wait is left alone for so long: the rationed line, or the service', async () => {
      const answer = await settle(await grant(chip('1')), { kind: 'rate-limited', retryAfter: 45 });
      expect(told(answer)).toEqual(['rate-limited', 45]);
      expect(told(await claim(chip('2')))).toEqual(['rate-limited', 56]);
      expect((await claim(list('a'), KDS)).kind).toBe('granted');
      pass(45);
      await grant(chip('1'));

      await settle(await grant(list('b')), { kind: 'rate-limited', retryAfter: 30 });
      expect(told(await claim(list('c')))).toEqual(['rate-limited', 30]);
    });

    test('refused too early in spite of the ration, the line waits longer each time', async () => {
      const pauses: number[] = [];
      for (let attempt = 0; attempt < 4; attempt += 1) {
        const answer = told(await settle(await grant(chip('1')), { kind: 'rate-limited', retryAfter: null }));
        pauses.push(answer?.[1] ?? 0);
        pass(answer?.[1] ?? 0);
      }
      expect(pauses).toEqual([10, 20, 40, 80]);
    });

    test('a full line refuses in time, honestly, and writes nothing; known platforms still find room', async () => {
      const fill = Array.from({ length: 1_000 }, (_, index) => chip(`${index}`));
      await ledger.claim('genuine', KDS, fill, now);
      expect(told(await claim(chip('too many')))).toEqual(['rate-limited', 11_010]);
      expect(await ledger.look('genuine', [chip('too many')])).toEqual([]);
      expect(told(await claim(chip('known', { known: true })))).toEqual(['rate-limited', 10]);
      expect(told(await claim(chip('other', { share: 'other' })))?.[0]).toBe('rate-limited');
      expect(await ledger.look('genuine', [chip('other')])).toHaveLength(1);
    });

    test('lists that wait take no room from chips', async () => {
      const lists = Array.from({ length: 1_000 }, (_, index) => list(`${index}`));
      await ledger.claim('genuine', KDS, lists, now);
      const fill = Array.from({ length: 1_000 }, (_, index) => chip(`${index}`));
      await ledger.claim('genuine', KDS, fill, now);
      expect(await ledger.look('genuine', fill)).toHaveLength(1_000);
    });

    test('a list is granted at once though no chip has room any more', async () => {
      const fill = Array.from({ length: 1_000 }, (_, index) => chip(`${index}`));
      await ledger.claim('genuine', KDS, fill, now);
      expect(await claim(chip('too many'))).toMatchObject({ kind: 'postponed', noRoom: true });
      expect((await claim(list('Milan'), KDS)).kind).toBe('granted');
    });

    test('a machine has room for four that wait; beyond, nothing is written and the time until one goes is told', async () => {
      await get(chip('Milan/other/0'));
      for (const level of ['1', '2', '3', '4']) await claim(chip(`Milan/aa/${level}`, { known: true }));
      expect(told(await claim(chip('Milan/aa/5', { known: true })))).toEqual(['rate-limited', 21]);
      expect(await ledger.look('genuine', [chip('Milan/aa/5')])).toEqual([]);
      // Who waits already is not turned away, nor is a machine whose name begins alike.
      expect(told(await claim(chip('Milan/aa/4', { known: true })))).toEqual(['rate-limited', 43]);
      expect(told(await claim(chip('Milan/aaa/1', { known: true })))).toEqual(['rate-limited', 54]);
      expect(await ledger.look('genuine', [chip('Milan/aaa/1')])).toHaveLength(1);
      pass(10);
      expect(await take()).toEqual(['Milan/aa/1']);
      expect(told(await claim(chip('Milan/aa/5', { known: true })))?.[0]).toBe('rate-limited');
      expect(await ledger.look('genuine', [chip('Milan/aa/5')])).toHaveLength(1);
    });

    test('levels that a stranger invents for a machine hold up none that others of its line have', async () => {
      await keep('Rome/other/real');
      await keep('Naples/other/elsewhere');
      await get(chip('Rome/first/0'));
      for (const level of ['1', '2', '3', '4']) await claim(chip(`Rome/aa/${level}`, { known: true }));
      expect(await claim(chip('Rome/aa/5', { known: true }))).toMatchObject({ kind: 'postponed' });
      // Another line's level is as good as invented.
      await claim(chip('Rome/aa/elsewhere', { known: true }));
      await claim(chip('Rome/aa/real', { known: true }));
      const asked = ['5', 'elsewhere', 'real'].map((level) => chip(`Rome/aa/${level}`));
      expect(await ledger.look('genuine', asked)).toMatchObject([{ subject: 'Rome/aa/real', known: true }]);
    });

    test('a machine that inventions cost its place keeps it for a level that others of its line have', async () => {
      await keep('Rome/other/real');
      for (const level of ['1', '2', '3', '4']) {
        await settle(await grant(chip(`Rome/aa/${level}`, { known: true })), NONE);
        pass(11);
      }
      await grant(chip('Rome/first/0'));
      await claim(chip('Rome/bb/0'));
      for (const level of ['5', 'real']) await claim(chip(`Rome/aa/${level}`, { known: true }));
      pass(10);
      expect(await take()).toEqual(['Rome/aa/real']);
    });

    test('levels of a line have no more room than inventions have', async () => {
      const levels = ['1', '2', '3', '4', '5'];
      for (const level of levels) await keep(`Naples/other/${level}`);
      const wishes = levels.map((level) => chip(`Naples/aa/${level}`));
      const outcomes = await ledger.claim('genuine', KDS, wishes, now);
      expect(await ledger.look('genuine', wishes)).toHaveLength(4);
      expect(outcomes.at(-1)).toMatchObject({ kind: 'postponed', absence: { reason: 'rate-limited' } });
    });

    test('wishes that come together have no more room than one after the other', async () => {
      const wishes = Array.from({ length: 9 }, (_, level) => chip(`Milan/aa/${level}`, { known: true }));
      await ledger.claim('genuine', KDS, wishes, now);
      expect(await ledger.look('genuine', wishes)).toHaveLength(4);
    });

    test('levels that a known machine never had cost it its place before the others, not theirs', async () => {
      let invented = 0;
      const order: string[] = [];
      for (let turn = 0; turn < 12; turn += 1) {
        // A stranger keeps inventing, and new machines of others keep coming.
        for (let each = 0; each < 3; each += 1) {
          invented += 1;
          const outcome = await claim(chip(`Milan/aa/${invented}`, { known: true, share: 'stranger' }));
          if (outcome.kind === 'granted') await settle(outcome.grant, NONE);
        }
        const other = await claim(chip(`Milan/new${turn}/0`));
        if (other.kind === 'granted') order.push(other.grant.subject);
        pass(10);
        for (const held of await ledger.next('genuine', KDS, now)) {
          order.push(held.subject);
          await settle(held, held.subject.startsWith('Milan/aa/') ? NONE : NEW);
        }
        pass(1);
      }
      const spent = order.filter((subject) => subject.startsWith('Milan/aa/')).length;
      expect(spent).toBeLessThanOrEqual(8);
      expect(order.filter((subject) => subject.startsWith('Milan/new')).length).toBeGreaterThanOrEqual(4);
    });

    test('coming back does not win a spent machine its first place again', async () => {
      for (const level of ['1', '2', '3', '4']) {
        await settle(await grant(chip(`Milan/aa/${level}`, { known: true })), NONE);
        pass(11);
      }
      await grant(chip('Milan/first/0'));
      await claim(chip('Milan/bb/0'));
      for (let again = 0; again < 3; again += 1) await claim(chip('Milan/aa/5', { known: true }));
      expect(await ledger.look('genuine', [chip('Milan/aa/5')])).toMatchObject([{ known: false }]);
      pass(10);
      expect(await take()).toEqual(['Milan/bb/0']);
      // After an hour its vendor may be asked again, and so it is a known machine again.
      pass(3600);
      await claim(chip('Milan/aa/6', { known: true }));
      expect(await ledger.look('genuine', [chip('Milan/aa/6')])).toMatchObject([{ known: true }]);
    });

    test('eight requests without a ration are under way at a time; the rest wait their moment', async () => {
      const wishes = Array.from({ length: 20 }, (_, index) => list(`${index}`));
      const outcomes = await ledger.claim('genuine', PCS, wishes, now);
      const grants = outcomes.flatMap((outcome) => (outcome.kind === 'granted' ? [outcome.grant] : []));
      expect(grants).toHaveLength(8);
      expect(told(outcomes[8] ?? (await claim(list('8'))))).toEqual(['unavailable', 5]);
      expect(await ledger.next('genuine', PCS, now)).toEqual([]);
      expect(told(await claim(list('20')))).toEqual(['unavailable', 5]);
      for (const held of grants.slice(0, 3)) await settle(held, NEW);
      expect(await ledger.next('genuine', PCS, now)).toHaveLength(3);
      // Another service has room of its own, and leases end.
      expect((await ledger.claim('genuine', KDS, [list('x')], now))[0]?.kind).toBe('granted');
      pass(30);
      expect((await ledger.next('genuine', PCS, now)).length).toBeGreaterThan(0);
    });

    test('realms and services have nothing to do with each other', async () => {
      await grant(chip('1'));
      const [other] = await ledger.claim('simulated', KDS, [chip('1')], now);
      expect(other?.kind).toBe('granted');
    });

    test('a document that another service publishes now is asked for there', async () => {
      await settle(await grant(list('a')), NONE);
      expect((await claim(list('a'), 'intel-certificates')).kind).toBe('granted');
    });

    test('errors are kept as text that can be stored', async () => {
      await settle(await grant(list('a')), {
        kind: 'unavailable',
        why: `bad\u0000 \ud800 ${'x'.repeat(999)}`,
      });
      const [entry] = await ledger.look('genuine', [list('a')]);
      expect(entry?.lastError).toMatch(/^bad\? \? x+$/);
      expect(entry?.lastError?.length).toBeLessThanOrEqual(300);
    });

    test('old rows go: answered a month ago, or waiting and wanted by nobody for a day', async () => {
      await settle(await grant(list('kept')), NEW);
      await settle(await grant(list('none')), NONE);
      await fail(list('failed'));
      pass(24 * 3600);
      expect(await ledger.purge(now)).toBe(0);
      pass(1);
      expect(await ledger.purge(now)).toBe(1);
      pass(30 * 24 * 3600);
      expect(await ledger.purge(now)).toBe(2);
    });
  });
}
