/** Where a leaf came from, or why there is none. */
import { describe, expect, test } from '@jest/globals';
import type { EndorsementAbsence } from '../../../src/rats/endorsement.js';
import { examineLeafSearch } from '../../../src/tee/snp/leaf-search.js';
import type { PresentedCertificates } from '../../../src/tee/snp/presented.js';
import type { SnpReport } from '../../../src/tee/snp/report.js';
import { CHIP, NO_CHIP, sampleReport } from './sample-report.js';

const NOTHING: PresentedCertificates = { leaf: null, others: [], unreadable: null };
const KEY = { raw: 0, authorKeyEnabled: false, maskChipKey: false, signingKey: 0 };
const SUBJECT = `Milan/${Buffer.from(CHIP).toString('hex')}/0400000000001dde`;
const LEAF = { kind: 'snp-vek', subject: SUBJECT };
const ABSENT = 'none was sent and none is at hand for this chip and TCB';
const CODES = ['snp_vek_missing', 'collateral_not_found', 'snp_kds_unavailable', 'snp_kds_rate_limited'];

const absence = (reason: EndorsementAbsence['reason']): EndorsementAbsence => ({
  ...LEAF,
  reason,
  why: `AMD said ${reason}`,
  retryAfter: 40,
});

function search(
  report: SnpReport = sampleReport(),
  { found = false, absences = [] as readonly EndorsementAbsence[], presented = NOTHING } = {},
) {
  const { checks, ...others } = examineLeafSearch(report, presented, found, absences);
  expect(checks.map(({ id }) => id)).toEqual(CODES);
  return { ...others, told: checks.map(({ outcome, observed }) => `${outcome}: ${observed}`), checks };
}

describe('a leaf that is at hand', () => {
  test('was sent, or found', () => {
    const stored = search(sampleReport(), { found: true });
    expect(stored).toMatchObject({ lacking: [], absences: [] });
    expect(stored.told).toEqual(Array(4).fill('pass: found for chip and TCB'));
    const presented = { ...NOTHING, leaf: {} as PresentedCertificates['leaf'] };
    expect(search(sampleReport(), { found: true, presented }).told).toEqual(
      Array(4).fill('pass: sent with the evidence'),
    );
  });

  test.each([
    [0, 'a VCEK certificate'],
    [1, 'a VLEK certificate'],
    [7, 'a VCEK or VLEK certificate'],
  ])('is of the kind that the report names: %i', (signingKey, expected) => {
    const report = sampleReport({ keyInfo: { ...KEY, signingKey } });
    for (const check of search(report, { found: true }).checks) expect(check.expected).toBe(expected);
  });
});

test('a leaf that nobody can look up is missing', () => {
  for (const report of [
    sampleReport({ chipId: NO_CHIP }),
    sampleReport({ keyInfo: { ...KEY, signingKey: 1 } }),
  ]) {
    const { told, lacking, absences } = search(report, { absences: [absence('unavailable')] });
    expect([lacking, absences]).toEqual([[], []]);
    expect(told).toEqual([
      'fail: none was sent, and AMD publishes none for a VLEK or a masked chip',
      ...Array(3).fill('not_run: nothing to look up'),
    ]);
  }
});

describe('a leaf that can be looked up', () => {
  const FOUND_OUT = 'pass: can be looked up';
  const UNANSWERED = 'not_run: AMD has not answered for this chip and TCB';

  test('and was not asked for', () => {
    const { told, lacking, absences, checks } = search();
    expect([lacking, absences]).toEqual([[LEAF], []]);
    expect(told).toEqual([FOUND_OUT, UNANSWERED, `fail: ${ABSENT}`, 'not_run: no turn was waited for']);
    expect(checks[0]?.expected).toBe('sent, or to be looked up');
    expect(checks[2]?.remedy).toMatch(
      /^Send the VCEK with the evidence, or download it with `curl .*\/Milan\//u,
    );
  });

  test('and was asked for in vain', () => {
    const unavailable = search(sampleReport(), { absences: [absence('unavailable')] });
    expect(unavailable.told).toEqual([
      FOUND_OUT,
      UNANSWERED,
      `fail: ${ABSENT}; AMD said unavailable`,
      'not_run: no turn was waited for',
    ]);
    expect(unavailable.absences).toEqual([absence('unavailable')]);

    const limited = search(sampleReport(), { absences: [absence('rate-limited')] });
    expect(limited.told).toEqual([
      FOUND_OUT,
      UNANSWERED,
      'not_run: AMD was not asked yet, or asked for patience',
      `fail: ${ABSENT}; AMD said rate-limited`,
    ]);
    expect(limited.absences).toEqual([absence('rate-limited')]);
  });

  test('and does not exist', () => {
    const missing = search(sampleReport(), { absences: [absence('not-found')] });
    expect(missing.told).toEqual([
      FOUND_OUT,
      `fail: ${ABSENT}; AMD said not-found`,
      'not_run: AMD answered',
      'not_run: AMD answered',
    ]);
    expect(missing.absences).toEqual([]);
  });

  test('in one of two lines, and the other was not asked', () => {
    const { told, lacking } = search(sampleReport({ version: 2 }), { absences: [absence('not-found')] });
    expect(lacking.map(({ subject }) => subject.split('/')[0])).toEqual(['Milan', 'Genoa']);
    // What AMD said of the one is no word about the other.
    expect(told).toEqual([FOUND_OUT, UNANSWERED, `fail: ${ABSENT}`, 'not_run: no turn was waited for']);
  });

  test('of a line that nobody knows is asked for nowhere', () => {
    const report = { ...sampleReport(), cpuid: { family: 0x1b, model: 1, stepping: 0 } };
    const { told, lacking, checks } = search(report);
    expect(lacking).toEqual([]);
    expect(told).toEqual([FOUND_OUT, UNANSWERED, `fail: ${ABSENT}`, 'not_run: no turn was waited for']);
    expect(checks[2]?.remedy).toContain('PRODUCT/CHIP_ID');
  });
});
