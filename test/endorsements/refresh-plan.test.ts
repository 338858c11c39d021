/** Which vendor documents are due, for every history that they can have. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dueAt, dueDocuments, endingOf, wantedDocuments } from '../../src/endorsements/refresh-plan.js';
import type { FetchResult } from '../../src/endorsements/vendor-answer.js';
import { RENEWAL as SNP } from '../../src/tee/snp/renewal.js';
import { RENEWAL as TDX } from '../../src/tee/tdx/renewal.js';
import type { RefreshRecord, RefreshStanding } from '../../src/verifier/refresh-ports.js';

const RENEWALS = [SNP, TDX];
const START = new Date('2026-11-01T00:00:00Z').getTime();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LIST = { kind: 'snp-vcek-crl', subject: 'Milan' };
const TCB_INFO = { kind: 'tdx-tcb-info', subject: '00806f050000/standard' };
const IDENTITY = { kind: 'tdx-qe-identity', subject: 'standard' };

interface History {
  readonly name?: { readonly kind: string; readonly subject: string };
  readonly storedAt?: number;
  readonly issuedAt?: number;
  readonly expiresAt: number;
  readonly record?: Partial<Record<'triedAt' | 'fetchedAt' | 'notBefore', number>> & {
    readonly failures?: number;
  };
}

function standingOf({
  name = LIST,
  storedAt = START,
  issuedAt = START,
  expiresAt,
  record,
}: History): RefreshStanding {
  const current = {
    sha256: '0'.repeat(64),
    issuedAt: new Date(issuedAt),
    expiresAt: new Date(expiresAt),
    sequence: 1n,
    storedAt: new Date(storedAt),
  };
  return {
    ...name,
    lastUsedAt: new Date(START),
    current,
    record: record === undefined ? null : recordOf(record),
  };
}

function recordOf(record: NonNullable<History['record']>): RefreshRecord {
  const { triedAt = START, fetchedAt, notBefore, failures = 0 } = record;
  return {
    triedAt: new Date(triedAt),
    fetchedAt: fetchedAt === undefined ? null : new Date(fetchedAt),
    notBefore: notBefore === undefined ? null : new Date(notBefore),
    failures,
    lastResult: failures === 0 ? 'kept' : 'unavailable',
    lastError: failures === 0 ? null : 'The vendor is away.',
  };
}

function dueTime(standing: RefreshStanding): number {
  return dueAt(standing, RENEWALS).getTime();
}

describe('a document that the vendor gave', () => {
  const since = fc.integer({ min: 0, max: 60 }).map((days) => START + days * DAY);
  const left = fc.integer({ min: 1, max: 400 * 24 * 60 }).map((minutes) => minutes * MINUTE);

  test('is due within a day and before half of what is left of it, yet not at once', () => {
    fc.assert(
      fc.property(since, left, (confirmedAt, lasts) => {
        const expiresAt = confirmedAt + lasts;
        const due = dueTime(standingOf({ storedAt: confirmedAt, expiresAt }));
        expect(due).toBeGreaterThanOrEqual(confirmedAt + 9 * MINUTE);
        expect(due).toBeLessThanOrEqual(confirmedAt + DAY);
        expect(due).toBeLessThanOrEqual(confirmedAt + Math.max(10 * MINUTE, lasts / 2));
      }),
    );
  });

  test('is due by the last time that the vendor confirmed it, not by when it was first stored', () => {
    fc.assert(
      fc.property(since, left, fc.integer({ min: 1, max: 30 * 24 }), (storedAt, lasts, hours) => {
        const fetchedAt = storedAt + hours * HOUR;
        const expiresAt = fetchedAt + lasts;
        const confirmed = standingOf({ storedAt, expiresAt, record: { triedAt: fetchedAt, fetchedAt } });
        const fresh = standingOf({ storedAt: fetchedAt, expiresAt });
        expect(dueTime(confirmed)).toBe(dueTime(fresh));
      }),
    );
  });

  test('that has lapsed is asked for every few minutes', () => {
    const lapsed = standingOf({ storedAt: START, expiresAt: START - DAY });
    expect(dueTime(lapsed)).toBeLessThanOrEqual(START + 10 * MINUTE);
    expect(dueTime(lapsed)).toBeGreaterThan(START);
  });

  test('is due together with what must be of its evaluation, and not together with everything else', () => {
    const expiresAt = START + 30 * DAY;
    const [info, identity, ...others] = [
      TCB_INFO,
      IDENTITY,
      LIST,
      { ...LIST, subject: 'Genoa' },
      { ...TCB_INFO, subject: '00806f050000/early' },
    ].map((name) => dueTime(standingOf({ name, expiresAt })));
    expect(info).toBe(identity);
    expect(new Set([info, ...others]).size).toBe(1 + others.length);
  });
});

describe('after failures', () => {
  const failure: fc.Arbitrary<Exclude<FetchResult, { readonly kind: 'kept' }>> = fc.oneof(
    fc.constantFrom(404, 410).map((status) => ({ kind: 'not-found', status }) as const),
    fc
      .option(fc.integer({ min: 0, max: 10 ** 9 }), { nil: null })
      .map((retryAfter) => ({ kind: 'rate-limited', retryAfter }) as const),
    fc.constant({ kind: 'unavailable', why: 'The vendor is away.' } as const),
    fc.constant({
      kind: 'refused',
      code: 'snp_crl_signature_invalid',
      why: 'Somebody else signed it.',
    } as const),
    fc.constant({ kind: 'older', why: 'It is of last month.' } as const),
  );

  test('patience grows with each, ends within a day, and heeds the vendor for hours at most', () => {
    fc.assert(
      fc.property(failure, fc.integer({ min: 0, max: 100 }), (answer, failures) => {
        const ending = endingOf(LIST, answer, { failures, now: new Date(START) });
        const wait = (ending.notBefore?.getTime() ?? 0) - START;
        expect(ending.result).toBe(answer.kind);
        expect(ending.failures).toBe(failures + 1);
        expect(ending.error).not.toBe('');
        expect(wait).toBeGreaterThanOrEqual(54_000);
        expect(wait).toBeLessThanOrEqual(DAY);
        const asked = answer.kind === 'rate-limited' ? (answer.retryAfter ?? 0) * 1000 : 0;
        expect(wait).toBeGreaterThanOrEqual(Math.min(asked, 6 * HOUR));
        if (asked === 0 && failures < 5) {
          const next = endingOf(LIST, answer, { failures: failures + 5, now: new Date(START) });
          expect(next.notBefore?.getTime()).toBeGreaterThan(START + wait);
        }
      }),
    );
  });

  test('it is due when patience ends, and as usual after somebody imported it', () => {
    const record = { triedAt: START + HOUR, notBefore: START + 2 * HOUR, failures: 3 };
    const failed = standingOf({ expiresAt: START + 30 * DAY, record });
    expect(dueTime(failed)).toBe(START + 2 * HOUR);
    const imported = standingOf({ storedAt: START + HOUR + 1, expiresAt: START + 30 * DAY, record });
    expect(dueTime(imported)).toBeGreaterThan(START + 20 * HOUR);
  });

  test('a success forgets them', () => {
    const ending = endingOf(LIST, { kind: 'kept', documents: [] }, { failures: 7, now: new Date(START) });
    expect(ending).toEqual({ result: 'kept', error: null, failures: 0, notBefore: null });
  });
});

describe('over months', () => {
  /** Asks whenever it is due; the vendor issues every few days and is away now and then. */
  function live(months: {
    readonly validity: number;
    readonly issuedEvery: number;
    readonly outages: readonly { readonly from: number; readonly lasts: number }[];
  }): { readonly lapsedFor: number; readonly asked: readonly number[] } {
    const end = START + 120 * DAY;
    const isAway = (at: number) => months.outages.some(({ from, lasts }) => at >= from && at < from + lasts);
    const issued = (at: number) => at - ((at - START) % months.issuedEvery);
    let standing = standingOf({ issuedAt: START, expiresAt: START + months.validity });
    const asked: number[] = [];
    let lapsedFor = Number.NEGATIVE_INFINITY;
    for (let at = dueTime(standing); at < end; at = dueTime(standing)) {
      asked.push(at);
      const before = standing.current?.expiresAt.getTime() ?? 0;
      const answer: FetchResult = isAway(at)
        ? { kind: 'unavailable', why: 'The vendor is away.' }
        : { kind: 'kept', documents: [] };
      const failures = standing.record?.failures ?? 0;
      const { notBefore, ...ending } = endingOf(LIST, answer, { failures, now: new Date(at) });
      const record = {
        triedAt: at,
        failures: ending.failures,
        ...(notBefore === null ? { fetchedAt: at } : { notBefore: notBefore.getTime() }),
      };
      const expiresAt = answer.kind === 'kept' ? issued(at) + months.validity : before;
      if (answer.kind === 'kept') lapsedFor = Math.max(lapsedFor, at - before);
      standing = standingOf({ expiresAt, issuedAt: issued(at), record });
    }
    return { lapsedFor, asked };
  }

  test('nothing lapses while the vendor is there, and an outage shorter than what is left does no harm', () => {
    const outage = fc.record({
      from: fc.integer({ min: 0, max: 119 * 24 }).map((hours) => START + hours * HOUR),
      lasts: fc.integer({ min: 1, max: 25 * 24 }).map((hours) => hours * HOUR),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 72 }).map((hours) => hours * HOUR),
        outage,
        (issuedEvery, { from, lasts }) => {
          // At its beginning at least what a day and a wait for the next issue leave of 30 days is there.
          const { lapsedFor, asked } = live({ validity: 30 * DAY, issuedEvery, outages: [{ from, lasts }] });
          expect(lapsedFor).toBeLessThan(0);
          // Daily, and hourly during the outage.
          expect(asked.length).toBeLessThan(120 * 1.2 + (lasts / HOUR) * 1.2 + 20);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('after an outage longer than that it is asked for within an hour of the vendor’s return', () => {
    const back = START + 40 * DAY;
    const { asked } = live({
      validity: 30 * DAY,
      issuedEvery: DAY,
      outages: [{ from: START + DAY, lasts: 39 * DAY }],
    });
    const first = asked.find((at) => at >= back) ?? 0;
    expect(first - back).toBeLessThanOrEqual(HOUR);
  });
});

describe('what is to be at hand', () => {
  const anchored = new Set<string>();

  function wanted(
    ...uses: readonly { readonly kind: string; readonly subject: string }[]
  ): readonly string[] {
    const noted = uses.map((use) => ({ ...use, lastUsedAt: new Date(START) }));
    return wantedDocuments(noted, { renewals: RENEWALS, anchored })
      .map(({ kind, subject }) => `${kind} ${subject}`)
      .sort();
  }

  test('where TCB info of one track is in use, both tracks and their identities are', () => {
    const all = [
      'tdx-qe-identity early',
      'tdx-qe-identity standard',
      'tdx-tcb-evaluation-numbers tdx',
      'tdx-tcb-info 00806f050000/early',
      'tdx-tcb-info 00806f050000/standard',
    ];
    expect(wanted(TCB_INFO)).toEqual(all);
    expect(wanted({ ...TCB_INFO, subject: '00806f050000/early' })).toEqual(all);
    expect(wanted(TCB_INFO, IDENTITY)).toEqual(all);
  });

  test('a list needs the authority whose certificates it judges', () => {
    expect(wanted(LIST)).toEqual(['snp-ask Milan', 'snp-vcek-crl Milan']);
    expect(wanted({ kind: 'snp-vlek-crl', subject: 'Genoa' })).toEqual([
      'snp-asvk Genoa',
      'snp-vlek-crl Genoa',
    ]);
  });

  test('certificates of machines are nothing to renew', () => {
    expect(
      wanted({ kind: 'snp-vek', subject: 'Milan/00/00' }, { kind: 'tdx-tcb-signing', subject: 'intel' }),
    ).toEqual([]);
  });

  test('an authority is asked for while it is absent, unless trust anchors bring it, and near its end', () => {
    const ask = { kind: 'snp-ask', subject: 'Milan' };
    const absent: RefreshStanding = { ...ask, lastUsedAt: null, current: null, record: null };
    expect(dueDocuments([absent], RENEWALS, new Date(START))).toEqual([ask]);
    anchored.add('snp-ask\0Milan');
    expect(wanted(LIST)).toEqual(['snp-vcek-crl Milan']);
    anchored.clear();
    const years = standingOf({ name: ask, expiresAt: START + 1000 * DAY });
    expect(dueTime(years)).toBe(START + 970 * DAY);
    const ending = standingOf({ name: ask, expiresAt: START + 10 * DAY });
    expect(dueTime(ending)).toBe(START + DAY);
  });

  test('due is what the instant has reached', () => {
    const standing = standingOf({ expiresAt: START + 30 * DAY });
    const due = dueTime(standing);
    expect(dueDocuments([standing], RENEWALS, new Date(due - 1))).toEqual([]);
    expect(dueDocuments([standing], RENEWALS, new Date(due))).toEqual([LIST]);
  });
});

describe('one evaluation', () => {
  test('is what TCB info and the identity of its track are to be of, and nothing that lists have', () => {
    expect(TDX.partnerOf(TCB_INFO)).toEqual(IDENTITY);
    expect(TDX.partnerOf({ ...TCB_INFO, subject: '00806f050000/early' })).toEqual({
      ...IDENTITY,
      subject: 'early',
    });
    expect([TDX.partnerOf(IDENTITY), SNP.partnerOf(LIST)]).toEqual([null, null]);
  });
});
