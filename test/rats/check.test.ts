import { describe, expect, test } from '@jest/globals';
import {
  checked,
  failed,
  firstFailure,
  mergeChecks,
  notRun,
  passed,
  reservations,
} from '../../src/rats/check.js';
import { refusalEntry } from '../../src/rats/refusal.js';

const CODE = 'snp_crl_stale';

describe('check entries', () => {
  test('a remedy meant for the failure is no reservation of a check that passed', () => {
    const facts = { expected: 'a', observed: 'b', remedy: 'do this' };
    expect(checked(true, CODE, 'source', facts)).toMatchObject({ outcome: 'pass', remedy: null });
    expect(checked(false, CODE, 'source', facts)).toMatchObject({ outcome: 'fail', remedy: 'do this' });
    expect(failed(CODE, 'source', {}).remedy).toBe(refusalEntry(CODE).remedy);
  });

  test('reservations are what keeps a verdict from affirming without failing', () => {
    const reserved = [
      passed('measurement_not_allowed', 'source', { remedy: 'register more' }),
      notRun('collateral_unavailable', 'source', 'no list', { remedy: 'fetch it' }),
    ];
    const others = [
      passed('snp_vmpl_not_allowed', 'source'),
      notRun('snp_chip_denied', 'source', 'not asked'),
      failed('snp_policy_debug', 'source', {}),
    ];
    expect(reservations([...others, ...reserved])).toEqual(reserved);
  });

  test('of several entries for one code a failure stands above a pass, and a pass above not run', () => {
    const [fail, pass, skip] = [failed(CODE, 's', {}), passed(CODE, 's'), notRun(CODE, 's', 'why')];
    expect(mergeChecks([skip], [pass])).toEqual([pass]);
    expect(mergeChecks([fail], [pass, skip])).toEqual([fail]);
    expect(mergeChecks([pass], [skip], [fail])).toEqual([fail]);
    expect(mergeChecks([skip], [pass])).toEqual([pass]);
    expect(mergeChecks()).toEqual([]);
  });

  test('the failure to report is the first of the table, wherever it stands in the list', () => {
    const [later, earlier] = [
      failed('snp_policy_debug', 's', {}),
      failed('measurement_not_allowed', 's', {}),
    ];
    expect(firstFailure([later, earlier])).toBe(earlier);
    expect(firstFailure([passed(CODE, 's')])).toBeNull();
  });
});
