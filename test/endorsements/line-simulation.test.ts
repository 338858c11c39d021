/**
 * A thousand chips that nobody saw before, and a vendor that gives one certificate every ten seconds: everybody comes back
 * when told. Time is a number here, so hours pass in no time.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createVendorLedger, type Grant, type VendorLedger } from '../../src/endorsements/ledger.js';
import { later } from '../../src/endorsements/patience.js';
import type { FetchResult } from '../../src/endorsements/vendor-answer.js';
import { memoryBooks } from './memory-books.js';

const START = new Date('2026-11-20T12:00:00Z');
const KDS = 'amd-kds';
const RATION = 10;
const WAITS = { kind: 'rate-limited', retryAfter: null } as const;

interface Chip {
  readonly subject: string;
  readonly share: string;
  readonly known: boolean;
  /** Milliseconds after the start. */
  readonly comesAt: number;
}

interface Story {
  /** What each chip was told and when, in order; seconds after the start. */
  readonly told: ReadonlyMap<string, readonly { readonly at: number; readonly retryAfter: number }[]>;
  /** When each was served. */
  readonly served: ReadonlyMap<string, number>;
  /** What the vendor was asked for, and when. */
  readonly asked: readonly { readonly subject: string; readonly at: number; readonly granted: boolean }[];
}

/**
 * Until everybody has a certificate. `drains`: replicas that look at the line every second, each at a moment of its own.
 * `twice`: every chip comes by way of two replicas at once.
 */
async function live(chips: readonly Chip[], drains: readonly number[], twice = false): Promise<Story> {
  const store = memoryBooks();
  const replicas = [0, 1].map(() => createVendorLedger({ store, rationOf: () => RATION, chance: () => 0.5 }));
  const told = new Map<string, { at: number; retryAfter: number }[]>();
  const served = new Map<string, number>();
  const asked: { subject: string; at: number; granted: boolean }[] = [];
  let vendorFree = 0;

  const vendor = (subject: string, at: number): FetchResult => {
    const granted = at >= vendorFree;
    asked.push({ subject, at, granted });
    if (!granted) return WAITS;
    vendorFree = at + RATION * 1000;
    served.set(subject, at);
    return { kind: 'kept', documents: [{ kind: 'snp-vek', subject, sha256: '00', state: 'current' }] };
  };
  const carryOut = async (ledger: VendorLedger, grant: Grant, at: number): Promise<void> =>
    void (await ledger.settle(grant, vendor(grant.subject, at), later(START, at / 1000)));

  const visit = async (ledger: VendorLedger, chip: Chip, at: number): Promise<number | null> => {
    const wish = { kind: 'snp-vek', rationed: true, ...chip };
    const [outcome] = await ledger.claim('genuine', KDS, [wish], later(START, at / 1000));
    if (outcome === undefined || outcome.kind === 'at-hand') return null;
    if (outcome.kind === 'granted') {
      await carryOut(ledger, outcome.grant, at);
      return null;
    }
    const { retryAfter } = outcome.absence;
    told.set(chip.subject, [...(told.get(chip.subject) ?? []), { at: at / 1000, retryAfter }]);
    return at + retryAfter * 1000;
  };

  const visits = new Map<number, Chip[]>();
  const plan = (at: number, chip: Chip): void => void visits.set(at, [...(visits.get(at) ?? []), chip]);
  for (const chip of chips) plan(chip.comesAt, chip);
  for (let second = 0; visits.size > 0; second += 1) {
    const begin = second * 1000;
    const looks = drains.map((offset) => begin + offset);
    const instants = [...visits.keys()].filter((at) => at < begin + 1000);
    for (const at of [...new Set([...looks, ...instants])].sort((one, other) => one - other)) {
      if (looks.includes(at)) {
        for (const ledger of replicas) {
          const now = later(START, at / 1000);
          if (!(await ledger.isDue('genuine', KDS, now))) continue;
          for (const grant of await ledger.next('genuine', KDS, now)) {
            await carryOut(ledger, grant, at);
          }
        }
      }
      for (const chip of visits.get(at) ?? []) {
        const all = await Promise.all(
          replicas
            .slice(0, twice ? 2 : 1)
            .map((ledger) => (served.has(chip.subject) ? null : visit(ledger, chip, at))),
        );
        const again = all.filter((next) => next !== null);
        if (!served.has(chip.subject) && again.length > 0) plan(Math.max(...again), chip);
      }
      visits.delete(at);
    }
    if (second > 100_000) throw new Error('somebody waits for ever');
  }
  return { told, served, asked };
}

/** The vendor is asked for nothing twice, never too early, and never refuses. */
function expectNoStampede({ asked }: Story): void {
  expect(new Set(asked.map(({ subject }) => subject)).size).toBe(asked.length);
  expect(asked.every(({ granted }) => granted)).toBe(true);
  const last = asked.at(-1)?.at ?? 0;
  expect(asked.length).toBeLessThanOrEqual((last - (asked[0]?.at ?? 0)) / (RATION * 1000) + 1);
}

describe('a thousand chips that were never seen, and one certificate every ten seconds', () => {
  test('each is served when it comes back, and the vendor never has to refuse', async () => {
    const chips = Array.from({ length: 1_000 }, (_, index) => ({
      subject: `chip-${index}`,
      share: 'default',
      known: false,
      comesAt: index,
    }));
    const story = await live(chips, [137]);
    expectNoStampede(story);
    expect(story.served.size).toBe(1_000);
    for (const [subject, at] of story.served) {
      const [first] = story.told.get(subject) ?? [];
      if (first === undefined) continue;
      // Told once, and what was told was no promise too much.
      expect(story.told.get(subject)).toHaveLength(1);
      expect(at / 1000).toBeLessThanOrEqual(first.at + first.retryAfter);
      // Nor was it put off: no more than what looking every second adds.
      expect(at / 1000).toBeGreaterThanOrEqual(
        first.at + (first.retryAfter * RATION) / (RATION + 1) - RATION,
      );
    }
  }, 120_000);

  test('whenever they come, with or without somebody who looks at the line meanwhile', async () => {
    const anyChips = fc
      .array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 60 })
      .map((times) =>
        [...times]
          .sort((one, other) => one - other)
          .map((comesAt, index) => ({ subject: `chip-${index}`, share: 'default', known: false, comesAt })),
      );
    const anyDrains = fc.array(fc.integer({ min: 0, max: 999 }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(anyChips, anyDrains, fc.boolean(), async (chips, drains, twice) => {
        const story = await live(chips, drains, twice);
        expectNoStampede(story);
        expect(story.served.size).toBe(chips.length);
        for (const [subject, at] of story.served) {
          const [first] = story.told.get(subject) ?? [];
          if (first !== undefined)
            expect(at / 1000).toBeLessThanOrEqual(first.at + first.retryAfter + RATION + 1);
        }
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  test('shares and known platforms among them: nobody is forgotten, known ones wait for each other alone', async () => {
    const anyChips = fc
      .array(
        fc.record({
          share: fc.constantFrom('one', 'two', 'three'),
          known: fc.boolean(),
          comesAt: fc.integer({ min: 0, max: 120_000 }),
        }),
        { minLength: 1, maxLength: 50 },
      )
      .map((all) => all.map((chip, index) => ({ ...chip, subject: `chip-${index}` })));
    await fc.assert(
      fc.asyncProperty(anyChips, async (chips) => {
        const story = await live(chips, [500]);
        expectNoStampede(story);
        expect(story.served.size).toBe(chips.length);
        const known = chips.filter((chip) => chip.known);
        for (const { subject, comesAt } of known) {
          const waited = ((story.served.get(subject) ?? 0) - comesAt) / 1000;
          expect(waited).toBeLessThanOrEqual(known.length * (RATION + 1));
        }
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
