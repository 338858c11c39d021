import { describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import { firstFailure } from '../../../src/rats/check.js';
import { SNP_APPRAISAL_CODES } from '../../../src/tee/snp/checks.js';
import { appraise, type Case } from './appraised.js';
import { CASES, CODES } from './check-cases.js';
import { CHIP, guest, platform, VCEK, VLEK } from './sample-report.js';

describe('every code of the policy group', () => {
  test('has one entry, passed or not or not run, in the order of the procedure', () => {
    expect(appraise().checks.map(({ id }) => id)).toEqual(CODES);
    expect(appraise({ signer: VLEK, report: { version: 2 } }).checks.map(({ id }) => id)).toEqual(CODES);
  });

  test('stands in the list that verdicts without appraisal show, before those of reference values', () => {
    expect(SNP_APPRAISAL_CODES).toEqual([
      ...appraise().checks.map(({ id }) => id),
      'measurement_not_allowed',
      'host_data_mismatch',
    ]);
  });

  test('a setting that is missing keeps the configuration from approval, and nothing else', () => {
    const report = { processor: '19/11/1', platformInfo: platform('ecc_en') };
    const snp = { platform_bits: { alias_check_complete: 'any' } };
    const common = { accepted_tcb_statuses: ['UpToDate', 'ConfigurationNeeded'] };
    const { failures, vector } = appraise({ report, snp, common });
    expect(failures).toEqual([]);
    expect(vector).toEqual({ configuration: 3, hardware: 2, 'runtime-opaque': 2 });
  });

  test('a chip is recognised where it is listed, unknown where it is not, and untrusted where it is denied', () => {
    const [own, other] = [hexOf(CHIP), 'ff'.repeat(64)];
    const identity = (snp: Readonly<Record<string, readonly string[]>>) =>
      appraise({ snp }).vector['instance-identity'] ?? null;
    expect(identity({ chips_allowed: [own] })).toBe(2);
    expect(identity({ chips_allowed: [other] })).toBe(97);
    expect(identity({ chips_allowed: [own], chips_denied: [own] })).toBe(96);
    expect(identity({ chips_denied: [other] })).toBeNull();
  });

  test('version 2 shows too little for its configuration to be approved, version 3 enough', () => {
    const configuration = (version: number) => appraise({ report: { version } }).vector.configuration;
    expect([2, 3, 4, 5].map(configuration)).toEqual([3, 2, 2, 2]);
  });

  test('fails in one case at least', () => {
    expect(new Set(CASES.map(([code]) => code))).toEqual(new Set(CODES));
  });

  test.each(CASES)('%s: %s', (code, _, clean, faulty) => {
    expect(appraise(clean).failures).toEqual([]);
    const appraisal = appraise(faulty);
    expect(appraisal.failures).toEqual([code]);
    const { expected, observed, source, remedy } = appraisal.entry(code);
    for (const text of [expected, observed, source, remedy]) expect(text).toMatch(/\w/);
    expect(expected).not.toBe(observed);
  });

  test('a denial leaves all other checks made', () => {
    const both = appraise({ report: { vmpl: 2, policy: guest('debug', 'cxl_allow') } });
    expect(both.failures).toEqual(['snp_vmpl_not_allowed', 'snp_policy_debug', 'snp_policy_cxl']);
    expect(both.checks).toHaveLength(CODES.length);
    expect(firstFailure(both.checks)?.id).toBe('snp_vmpl_not_allowed');
  });
});

describe('the vector', () => {
  const vector = (change: Case) => appraise(change).vector;

  test('of a guest with nothing wrong', () => {
    expect(vector({})).toEqual({ hardware: 2, configuration: 2, 'runtime-opaque': 2 });
  });

  test('says hardware 32 where revocation was not looked at', () => {
    expect(vector({ signer: { ...VCEK, revocationChecked: false } }).hardware).toBe(32);
  });

  test.each(CASES)('of %s (%s) is contraindicated in one claim at least', (_code, _name, clean, faulty) => {
    const worst = (change: Case) => Math.max(...Object.values(vector(change)));
    expect(worst(clean)).toBeLessThan(96);
    expect(worst(faulty)).toBeGreaterThanOrEqual(96);
  });

  test('makes no statement on memory that may be read', () => {
    expect(vector({ report: { policy: guest('debug') } })).toEqual({ hardware: 2, configuration: 96 });
  });
});
