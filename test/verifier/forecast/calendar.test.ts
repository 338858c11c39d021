/** Timelines into rows, endings beside them, and what of it is counted. */

import { describe, expect, test } from '@jest/globals';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { STANDARD_POLICY } from '../../../src/appraisal/standard-policy.js';
import { recallEvidence } from '../../../src/rats/evidence.js';
import type { RecalledPlatform } from '../../../src/rats/recall.js';
import { calendarOf, type PlatformForecast } from '../../../src/verifier/forecast/calendar.js';
import { endingsOf } from '../../../src/verifier/forecast/endings.js';
import { addFailing, failingPlatforms, noneFailing } from '../../../src/verifier/forecast/failing.js';
import type { Standing } from '../../../src/verifier/forecast/standing.js';
import { type Timeline, type Transition, timelineOf } from '../../../src/verifier/forecast/timeline.js';
import { AT, referenceValue, sampleEvidence } from '../../appraisal/sample-evidence.js';
import { audienceOf } from '../../audience.js';

const DAY_MS = 24 * 3600 * 1000;
const inDays = (days: number): Date => new Date(AT.getTime() + days * DAY_MS);
const HORIZON = { now: AT, until: inDays(90) };

const GOOD: Standing = { tier: 'affirming', tcbStatus: 'UpToDate', code: null, remedy: null };
const WEAK: Standing = { tier: 'warning', tcbStatus: 'OutOfDate', code: null, remedy: 'Update it.' };
const BAD: Standing = {
  tier: 'contraindicated',
  tcbStatus: 'OutOfDate',
  code: 'tdx_tcb_status_not_accepted',
  remedy: 'Update it.',
};

function transition(changes: Partial<Transition> = {}): Transition {
  const when = { at: inDays(10), cause: 'tcb-recovery', what: 'evaluation 19 counts' } as const;
  return { ...when, from: GOOD, to: BAD, presumes: null, ...changes };
}

function platform(machine: string, changes: Partial<PlatformForecast> = {}): PlatformForecast {
  return {
    machine,
    tee: 'tdx',
    identity: null,
    label: null,
    workload: 'llm',
    policy: 'standard@1',
    transitions: [transition()],
    ...changes,
  };
}

describe('a calendar', () => {
  test('gathers what happens to several platforms alike, each once', () => {
    const rows = calendarOf(
      [
        platform('a'),
        platform('b', { workload: 'batch', label: 'rack 7' }),
        platform('a', { workload: 'batch' }),
      ],
      [],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      workloads: ['batch', 'llm'],
      fails: true,
      audiences: [],
      remedy: 'Update it.',
    });
    expect(rows[0]?.platforms.map(({ machine }) => machine).sort()).toEqual(['a', 'b']);
  });

  test('keeps apart what differs in date, reason, policy, TEE or outcome', () => {
    const variants = [
      {},
      { transitions: [transition({ at: inDays(11) })] },
      { transitions: [transition({ what: 'another' })] },
      { transitions: [transition({ to: WEAK })] },
      { transitions: [transition({ presumes: 'something' })] },
      { policy: 'strict@1' },
      { tee: 'sev-snp' },
    ];
    expect(
      calendarOf(
        variants.map((changes) => platform('a', changes)),
        [],
      ),
    ).toHaveLength(variants.length);
  });

  test('is in the order of dates, what has none first', () => {
    const dates = [inDays(20), null, inDays(5)];
    const rows = calendarOf(
      dates.map((at) => platform('a', { transitions: [transition({ at })] })),
      [],
    );
    expect(rows.map(({ at }) => at)).toEqual([null, inDays(5), inDays(20)]);
  });

  test('names the audiences that stop, by what they ask for and which workloads they take', () => {
    const audiences = [
      audienceOf('strict'),
      audienceOf('lenient', { minimumStatus: 'warning' }),
      audienceOf('elsewhere', { workloads: ['batch'] }),
    ];
    const rowOf = (to: Standing, from = GOOD) =>
      calendarOf([platform('a', { transitions: [transition({ from, to })] })], audiences)[0];
    expect(rowOf(WEAK)).toMatchObject({ fails: true, audiences: ['strict'] });
    expect(rowOf(BAD)).toMatchObject({ fails: true, audiences: ['lenient', 'strict'] });
    expect(rowOf(BAD, WEAK)).toMatchObject({ fails: true, audiences: ['lenient'] });
    expect(rowOf(GOOD, BAD)).toMatchObject({ fails: false, audiences: [], remedy: null });
  });

  test('without audiences counts a verdict that is good for nobody, and no warning', () => {
    const rowOf = (to: Standing) => calendarOf([platform('a', { transitions: [transition({ to })] })], [])[0];
    expect(rowOf(WEAK)?.fails).toBe(false);
    expect(rowOf({ ...BAD, tier: 'none' })?.fails).toBe(true);
  });

  test.each(['reference-values', 'certificate', 'documents'] as const)(
    'says what to do where it is not the platform that has to change: %s',
    (cause) => {
      const [row] = calendarOf([platform('a', { transitions: [transition({ cause })] })], []);
      expect(row?.remedy).toMatch(/^[A-Z][a-z]+ /);
      expect(row?.remedy).not.toBe('Update it.');
    },
  );
});

describe('what is counted', () => {
  test('is each platform once, by the time until it fails', () => {
    const at = (days: number | null, changes: Partial<Transition> = {}) => ({
      transitions: [transition({ at: days === null ? null : inDays(days), ...changes })],
    });
    const rows = calendarOf(
      [
        platform('a', at(7)),
        platform('a', { ...at(20), workload: 'batch' }),
        platform('b', at(30)),
        platform('c', at(31)),
        platform('d', at(null)),
        platform('e', at(91)),
        platform('f', at(1, { cause: 'documents' })),
        platform('g', at(1, { presumes: 'something else' })),
        platform('h', at(1, { to: WEAK })),
        platform('i', { ...at(1), tee: 'sev-snp' }),
      ],
      [],
    );
    const counted = failingPlatforms(rows, AT);
    expect(counted.get('tdx')).toEqual({ '7d': 1, '30d': 2, '90d': 3, undated: 1 });
    expect(counted.get('sev-snp')).toEqual({ '7d': 1, '30d': 1, '90d': 1, undated: 0 });
    const sum = addFailing(addFailing(noneFailing(['az-sev-snp', 'tdx']), counted), counted);
    expect(sum.get('tdx')).toEqual({ '7d': 2, '30d': 4, '90d': 6, undated: 2 });
    expect(sum.get('az-sev-snp')).toEqual({ '7d': 0, '30d': 0, '90d': 0, undated: 0 });
  });
});

/** A platform that is judged alike at all times. */
function steady(changes: Partial<RecalledPlatform> = {}): RecalledPlatform {
  return {
    tee: 'tdx',
    referenceTee: 'tdx',
    identity: null,
    alike: 'x',
    referenceFields: {},
    certificates: [],
    requirements: () => [],
    lapsing: [],
    announced: () => [],
    judge: () => ({ kind: 'appraisable', evidence: recallEvidence(sampleEvidence()) }),
    ...changes,
  };
}

describe('endings', () => {
  const timeline: Timeline = { standing: GOOD, transitions: [] };
  const certificate = (notAfter: Date) =>
    steady({ certificates: [{ kind: 'tdx-pck', notAfter, code: 'tdx_cert_expired' }] });
  const ends = (one: RecalledPlatform, of = timeline, endOf: Date | null = null, staleHours = 0) =>
    endingsOf(one, of, { ...HORIZON, endOf: () => endOf, staleHours });

  test('of certificates come the moment after their last one, within the time looked at', () => {
    const [ending] = ends(certificate(inDays(10)));
    expect(ending).toMatchObject({
      cause: 'certificate',
      from: GOOD,
      to: { tier: 'none', code: 'tdx_cert_expired' },
    });
    expect(ending?.at).toEqual(new Date(inDays(10).getTime() + 1));
    expect(ending?.to.remedy).not.toBeNull();
    expect(ends(certificate(inDays(90)))).toEqual([]);
    expect(ends(certificate(inDays(-1)))).toEqual([]);
    expect(ends(certificate(new Date(inDays(90).getTime() - 1)))).toHaveLength(1);
  });

  test('of documents follow the current generation, and say nothing where there is none', () => {
    const lapsing = steady({
      lapsing: [{ kind: 'tdx-tcb-info', subject: 'f/standard', code: 'stale_collateral' }],
    });
    expect(ends(lapsing, timeline, inDays(3))).toMatchObject([
      { cause: 'documents', to: { tier: 'none', code: 'stale_collateral' } },
    ]);
    expect(ends(lapsing, timeline, null)).toEqual([]);
  });

  test('of documents wait for the hours that the policy bridges; certificates do not', () => {
    const both = steady({
      certificates: [{ kind: 'tdx-pck', notAfter: inDays(3), code: 'tdx_cert_expired' }],
      lapsing: [{ kind: 'tdx-tcb-info', subject: 'f/standard', code: 'stale_collateral' }],
    });
    expect(ends(both, timeline, inDays(3), 48).map(({ cause, at }) => [cause, at])).toEqual([
      ['certificate', new Date(inDays(3).getTime() + 1)],
      ['documents', new Date(inDays(5).getTime() + 1)],
    ]);
  });

  test('begin from what the platform is by then, and leave out what is refused already', () => {
    const refused = { ...GOOD, tier: 'none' } as const;
    const later = { standing: GOOD, transitions: [transition({ at: inDays(5), to: BAD })] };
    expect(ends(certificate(inDays(10)), later)).toMatchObject([{ from: BAD }]);
    expect(ends(certificate(inDays(3)), later)).toMatchObject([{ from: GOOD }]);
    const gone = { standing: GOOD, transitions: [transition({ at: inDays(5), to: refused })] };
    expect(ends(certificate(inDays(10)), gone)).toEqual([]);
    const maybe = { standing: GOOD, transitions: [transition({ at: null, to: refused })] };
    expect(ends(certificate(inDays(10)), maybe)).toMatchObject([{ from: GOOD }]);
  });
});

describe('a timeline', () => {
  const subject = (references = [referenceValue()], policy = STANDARD_POLICY) => ({
    platform: steady(),
    policy,
    references,
    fields: {},
    registered: null,
  });
  const nothing = { present: [], early: [], later: [] };
  const transitionsOf = (of: ReturnType<typeof subject>) =>
    timelineOf(of, nothing, HORIZON)?.transitions ?? [];

  test('has an entry where a window of reference values ends, and where the next one begins', () => {
    const first = referenceValue({ version: 1, notAfter: inDays(10) });
    const second = referenceValue({ version: 2, notBefore: inDays(20) });
    expect(
      transitionsOf(subject([first, second])).map(({ at, cause, from, to }) => [
        at,
        cause,
        from.tier,
        to.tier,
      ]),
    ).toEqual([
      [new Date(inDays(10).getTime() + 1), 'reference-values', 'affirming', 'contraindicated'],
      [inDays(20), 'reference-values', 'contraindicated', 'affirming'],
    ]);
  });

  test('has none where versions overlap, or beyond the time looked at', () => {
    const first = referenceValue({ version: 1, notAfter: inDays(10) });
    const second = referenceValue({ version: 2, notBefore: inDays(10) });
    expect(transitionsOf(subject([first, second]))).toEqual([]);
    expect(transitionsOf(subject([referenceValue({ notAfter: inDays(90) })]))).toEqual([]);
  });

  test('has none for a grace that nobody needs', () => {
    const grace = { statuses: ['OutOfDate'], advisories: [], until: inDays(10).toISOString() };
    expect(transitionsOf(subject([referenceValue()], parsePolicy({ name: 'p', common: { grace } })))).toEqual(
      [],
    );
  });
});
