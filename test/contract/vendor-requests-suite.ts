/** The books of asking vendors: what the ledger decides over them, and that replicas which share them agree. */
import { createHash, randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  createVendorLedger,
  type Grant,
  type VendorLedger,
  type Wish,
} from '../../src/endorsements/ledger.js';
import { later } from '../../src/endorsements/patience.js';
import { storesOver } from '../../src/storage/open.js';
import type { VendorEntry } from '../../src/verifier/vendor-ports.js';
import { describeLedger } from '../endorsements/ledger-suite.js';
import { lineOf } from '../endorsements/memory-books.js';
import { NOW, randomHex } from './samples.js';
import type { Opened } from './storage-suite.js';

const SERVICE = 'amd-kds';
const RATION = 10;

export function describeVendorRequests(opened: Opened): void {
  const empty = async () => {
    await opened().administer('DELETE FROM vendor_requests');
    await opened().administer('DELETE FROM vendor_services');
    return opened().stores.vendorRequests;
  };
  describeLedger(empty, async (subject) => {
    const bytes = randomBytes(16);
    const [issuedAt, expiresAt] = [later(NOW, -1), later(NOW, 1)];
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const document = { kind: 'snp-vek', subject, bytes, sha256, issuedAt, expiresAt, sequence: null };
    await opened().stores.endorsements.keep('genuine', document, 'import', NOW);
  });

  describe('the books of asking vendors', () => {
    beforeEach(async () => void (await empty()));

    /** A replica: stores of its own over the same database. */
    const replica = (): VendorLedger =>
      createVendorLedger({
        store: storesOver(opened().database).vendorRequests,
        rationOf: () => RATION,
        chance: () => 0,
      });
    const claimOne = async (ledger: VendorLedger, wish: Wish, now: Date): Promise<Grant | null> => {
      const [outcome] = await ledger.claim('genuine', SERVICE, [wish], now);
      return outcome?.kind === 'granted' ? outcome.grant : null;
    };

    test('hold an entry as it was written, and the newer in place of the older', async () => {
      const { vendorRequests } = opened().stores;
      const full: VendorEntry = sampleEntry({
        state: 'asked',
        attempts: 7,
        known: true,
        askedAt: later(NOW, 1.234),
        leasedUntil: later(NOW, 31.234),
        lastStatus: 'rate-limited',
        lastError: 'asks to wait for 5 s; "quoted", \\ and ’',
        answeredAt: later(NOW, -9),
      });
      const bare = sampleEntry({});
      await vendorRequests.open('genuine', SERVICE, (books) => books.write([full, bare]));
      const read = await vendorRequests.look('genuine', [full, bare]);
      expect(read).toHaveLength(2);
      expect(read).toEqual(expect.arrayContaining([full, bare]));
      const changed = { ...full, state: 'kept' as const, leasedUntil: null, lastError: null, attempts: 0 };
      await vendorRequests.open('genuine', SERVICE, (books) => books.write([changed]));
      expect(await vendorRequests.look('genuine', [full])).toEqual([changed]);
      expect(await vendorRequests.look('simulated', [full])).toEqual([]);
      await vendorRequests.open('genuine', 'another', async (books) => {
        expect(await books.entries([full])).toEqual([]);
        await books.remove(full);
      });
      await vendorRequests.open('genuine', SERVICE, async (books) => {
        expect(await books.entries([full, { kind: 'x', subject: 'y' }])).toEqual([changed]);
        await books.remove(full);
        expect(await books.entries([full])).toEqual([]);
      });
    });

    test('are as they were when the work fails', async () => {
      const { vendorRequests } = opened().stores;
      const entry = sampleEntry({});
      const failing = vendorRequests.open('genuine', SERVICE, async (books) => {
        await books.write([entry]);
        throw new Error('on purpose');
      });
      await expect(failing).rejects.toThrow('on purpose');
      expect(await vendorRequests.look('genuine', [entry])).toEqual([]);
    });

    test('give the line in the order that is documented, whatever is in it', async () => {
      const { vendorRequests } = opened().stores;
      for (let round = 0; round < 8; round += 1) {
        const service = `service-${round}`;
        const entries = Array.from({ length: 60 }, () => anyEntry());
        await vendorRequests.open('genuine', service, async (books) => {
          await books.write(entries);
          const line = lineOf(entries, NOW);
          const places = await books.places(entries, NOW);
          expect([...places].sort((one, other) => one.place - other.place)).toEqual(
            line.map(({ kind, subject }, place) => ({ kind, subject, place })),
          );
          const foremost = line.find(({ notBefore }) => notBefore <= NOW) ?? null;
          expect(await books.foremost(NOW)).toEqual(foremost);
          for (const { rationed } of await books.ready(NOW, 100)) expect(rationed).toBe(false);
        });
      }
    });

    test('of twenty who want one document at once one is granted it', async () => {
      const replicas = [replica(), replica()];
      const wish = sampleWish('contended', false);
      const grants = await Promise.all(
        Array.from({ length: 20 }, (_, index) => claimOne(replicas[index % 2] ?? replica(), wish, NOW)),
      );
      expect(grants.filter((grant) => grant !== null)).toHaveLength(1);
    });

    test('a lease outlives the replica that had it, and ends', async () => {
      const wish = sampleWish('orphan', false);
      expect(await claimOne(replica(), wish, NOW)).not.toBeNull();
      expect(await claimOne(replica(), wish, later(NOW, 29))).toBeNull();
      const takers = await Promise.all(
        [replica(), replica()].map((one) => claimOne(one, wish, later(NOW, 30))),
      );
      expect(takers.filter((grant) => grant !== null)).toHaveLength(1);
    });

    test('replicas together never ask more often than the ration allows, and for nothing twice', async () => {
      const replicas = [replica(), replica(), replica()];
      const granted: { readonly subject: string; readonly at: number }[] = [];
      for (let step = 0; step < 24; step += 1) {
        // Moments that lie just before, at and after a turn.
        const now = later(NOW, step * 4.999);
        const all = await Promise.all(
          replicas.map(async (ledger, index) => {
            const own = await claimOne(ledger, sampleWish(`${step}-${index}`, true), now);
            return [...(own === null ? [] : [own]), ...(await ledger.next('genuine', SERVICE, now))];
          }),
        );
        for (const grant of all.flat()) {
          granted.push({ subject: grant.subject, at: now.getTime() });
          const kept = { kind: 'snp-vek', subject: grant.subject, sha256: '00', state: 'current' } as const;
          await replica().settle(grant, { kind: 'kept', documents: [kept] }, now);
        }
      }
      expect(granted.length).toBeGreaterThan(5);
      expect(new Set(granted.map(({ subject }) => subject)).size).toBe(granted.length);
      granted.reduce((before, each) => {
        expect(each.at - before.at).toBeGreaterThanOrEqual(RATION * 1000);
        return each;
      });
    });

    test('what one replica was told, another knows', async () => {
      const [one, other] = [replica(), replica()];
      const wish = sampleWish('nowhere', true);
      const grant = await claimOne(one, wish, NOW);
      if (grant === null) throw new Error('not granted');
      await one.settle(grant, { kind: 'not-found', status: 404 }, NOW);
      const [told] = await other.claim('genuine', SERVICE, [wish], later(NOW, 60));
      expect(told).toMatchObject({
        kind: 'postponed',
        absence: { kind: wish.kind, subject: wish.subject, reason: 'not-found', retryAfter: 3540 },
      });
    });

    test('say that something is due when something would be granted, and otherwise not', async () => {
      const ledger = replica();
      const { vendorRequests } = opened().stores;
      for (let round = 0; round < 30; round += 1) {
        await empty();
        await vendorRequests.open('genuine', SERVICE, async (books) => {
          await books.write(Array.from({ length: 2 }, () => anyEntry()));
          const soon = [null, later(NOW, -1), later(NOW, 1)] as const;
          await books.record({
            nextAt: soon[round % 3] ?? null,
            closedUntil: soon[Math.floor(round / 3) % 3] ?? null,
            failures: round % 7,
          });
        });
        const due = await ledger.isDue('genuine', SERVICE, NOW);
        expect([round, due]).toEqual([round, (await ledger.next('genuine', SERVICE, NOW)).length > 0]);
      }
    });

    test('report each service with what waits for it', async () => {
      const { vendorRequests } = opened().stores;
      expect(await vendorRequests.report('genuine')).toEqual([]);
      const standing = { nextAt: later(NOW, 3), closedUntil: null, failures: 2 };
      await vendorRequests.open('genuine', SERVICE, async (books) => {
        await books.record(standing);
        await books.record({ ...standing, failures: 3 });
        await books.write([
          sampleEntry({}),
          sampleEntry({ state: 'asked', leasedUntil: NOW }),
          sampleEntry({ state: 'kept' }),
          sampleEntry({ state: 'absent' }),
          sampleEntry({ rationed: false, wantedAt: later(NOW, 1) }),
        ]);
        expect(await books.standing()).toEqual({ ...standing, failures: 3 });
        expect(await books.waiting()).toEqual({ byShare: new Map([['default', 2]]), latest: later(NOW, 1) });
      });
      expect(await vendorRequests.report('genuine')).toEqual([
        { ...standing, failures: 3, service: SERVICE, waiting: 3 },
      ]);
      expect(await vendorRequests.report('simulated')).toEqual([]);
    });
  });
}

function sampleWish(subject: string, rationed: boolean): Wish {
  return { kind: 'snp-vek', subject, share: 'default', known: false, rationed };
}

function sampleEntry(changes: Partial<VendorEntry>): VendorEntry {
  return {
    kind: 'snp-vek',
    subject: randomHex(8),
    share: 'default',
    known: false,
    rationed: true,
    state: 'waiting',
    wantedAt: NOW,
    lastWantedAt: NOW,
    attempts: 0,
    notBefore: NOW,
    askedAt: null,
    leasedUntil: null,
    lastStatus: null,
    lastError: null,
    answeredAt: null,
    ...changes,
  };
}

function anyEntry(): VendorEntry {
  const pick = <T>(...choices: readonly [T, ...T[]]): T =>
    choices[Math.floor(Math.random() * choices.length)] ?? choices[0];
  const state = pick<VendorEntry['state']>('waiting', 'waiting', 'waiting', 'asked', 'kept', 'absent');
  return sampleEntry({
    share: pick('one', 'two', 'Three', '/refresh'),
    known: pick(true, false),
    rationed: pick(true, true, false),
    state,
    wantedAt: later(NOW, pick(-3, -2, -1)),
    notBefore: later(NOW, pick(-1, 0, 5)),
    askedAt: pick(null, later(NOW, -40), later(NOW, -20)),
    leasedUntil: state === 'asked' ? later(NOW, pick(-1, 0, 1)) : null,
  });
}
