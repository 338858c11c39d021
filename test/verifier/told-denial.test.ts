/** What an attester is told of a verdict, and that the policy's own values are none of it. */
import { describe, expect, test } from '@jest/globals';
import { failed } from '../../src/rats/check.js';
import type { ProblemDetail } from '../../src/rats/problem-detail.js';
import { type Refusal, refusal, refusalEntry } from '../../src/rats/refusal.js';
import { unknownPolicy } from '../../src/rats/shared-refusals.js';
import { toldDenial, toldUndecided } from '../../src/verifier/told-denial.js';
import { appraise as appraiseGuest } from '../tee/snp/appraised.js';
import { appraise as appraiseTd } from '../tee/tdx/appraised.js';

const LEVELS: readonly ProblemDetail[] = ['codes', 'observed'];
const UNTIL = '2026-12-31T00:00:00Z';
const BEFORE = new Date('2026-12-30T00:00:00Z');
/** A Genoa whose microcode AMD-SB-3020 finds vulnerable. */
const OLD = { processor: '19/11/1', tcb: { microcode: 0x55 } };

/** What is said of this very evidence, the table's remedies apart. */
const toldOf = ({ detail, checks }: Refusal): string =>
  JSON.stringify([detail, checks.map(({ expected, observed, source }) => [expected, observed, source])]);

describe('a policy that there is not', () => {
  const refused = unknownPolicy(
    'This tenant has no policy with a version in force under the name "payments".',
  );

  test.each(LEVELS)('is not named at the level %s', (level) => {
    const told = toldUndecided(refused, level);
    expect(told.code).toBe('policy_unknown');
    expect(told.detail).toBe(refusalEntry('policy_unknown').meaning);
    expect(toldOf(told)).not.toContain('payments');
  });

  test('is named where the tenant tells everything', () => {
    expect(toldUndecided(refused, 'full')).toBe(refused);
  });
});

describe('documents that are older than the policy asks', () => {
  const check = failed('tdx_tcb_evaluation_number_too_low', 'Intel PCS API v4', {
    expected: 'tcbEvaluationDataNumber at least 19',
    observed: 'TCB info 18, QE identity 18',
  });
  const refused = refusal(check.id, 'authenticate', `Expected: ${check.expected}.`, {
    checks: [check],
    retryAfter: 60,
  });

  test('are told without what is asked', () => {
    const [codes, observed] = LEVELS.map((level) => toldUndecided(refused, level));
    expect(codes?.checks).toMatchObject([{ expected: null, observed: null }]);
    expect(observed?.checks).toMatchObject([{ expected: null, observed: check.observed }]);
    for (const level of LEVELS) {
      const told = toldUndecided(refused, level);
      expect(told.retryAfter).toBe(60);
      expect(toldOf(told)).not.toContain('19');
    }
  });
});

describe.each(['stale_collateral', 'snp_crl_stale', 'tdx_crl_stale'] as const)('%s', (code) => {
  const check = failed(code, 'the manual', { expected: 'nextUpdate', observed: 'nextUpdate of yesterday' });
  const refused = refusal(code, 'authenticate', 'Observed: nextUpdate of yesterday.', { checks: [check] });

  test.each(LEVELS)('is told whole at the level %s: it is the vendor’s word alone', (level) => {
    expect(toldUndecided(refused, level)).toBe(refused);
  });
});

describe('a denial told with what was observed', () => {
  test('says neither until when a policy is patient nor which bulletin it denies', () => {
    const grace = { statuses: ['OutOfDate'], advisories: [], until: UNTIL };
    const { checks, failures } = appraiseGuest({
      report: OLD,
      at: BEFORE,
      common: { grace, denied_advisories: ['AMD-SB-3020'] },
    });
    const [code] = failures;
    if (code === undefined) throw new Error('must be denied');
    const told = toldDenial({ code, checks }, 'observed');
    expect(told.detail).toContain('OutOfDate');
    expect(toldOf(told)).not.toMatch(/2026-12-31|grace|denied|open:/u);
  });

  test('names every open advisory of a TD, and not which of them the policy denies', () => {
    const advisories = ['INTEL-SA-00837', 'INTEL-SA-00960'];
    const { checks } = appraiseTd({
      common: { denied_advisories: ['INTEL-SA-00960'] },
      tcb: { advisories },
    });
    const told = toldDenial({ code: 'tdx_advisory_not_accepted', checks }, 'observed');
    expect(told.checks).toMatchObject([{ expected: null, observed: advisories.join(' ') }]);
    expect(toldOf(told)).not.toMatch(/none of|denied|open:/u);
  });

  test('says nothing of a grace that a TD is denied in for its date', () => {
    const grace = { statuses: ['OutOfDate'], advisories: [], until: UNTIL };
    const { checks } = appraiseTd({
      at: BEFORE,
      common: { grace, minimum_tcb_date: '2027-01-01' },
      tcb: { status: 'OutOfDate' },
    });
    const told = toldDenial({ code: 'tdx_tcb_status_not_accepted', checks }, 'observed');
    expect(told.detail).toContain('is too old');
    expect(toldOf(told)).not.toMatch(/2026-12-31|2027-01-01|grace/u);
  });
});
