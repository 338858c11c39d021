import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RefusalError } from '../../../src/rats/refusal.js';
import { EXPRESSIONS } from '../rules/expressions.js';
import { entryOf } from '../rules/judged.js';
import { foundInRule } from './linted.js';

const NEVER = ['error rules.0.expression'];
const IDLE = ['warning rules.0.expression'];

describe('a rule that can never pass', () => {
  test.each([
    'false',
    '!true',
    '1 > 2',
    '"a" == "b"',
    'false && claims.vmpl == 0',
    'claims.vmpl == 0 && claims.vmpl == 1',
    'claims.vmpl > 3 && claims.vmpl < 2',
    'claims.vmpl > 2 && claims.vmpl < 3',
    '3 < claims.vmpl && claims.vmpl <= 3',
    'claims.guest_svn >= 4 && debug && claims.guest_svn <= 3',
    'claims.vmpl == 5 && claims.vmpl < 4',
    'claims.policy.smt && !claims.policy.smt',
    'tee == "tdx" && tee == "sev-snp"',
    'tee == "TDX"',
    'tee in ["snp", "intel"]',
    'claims.product == "Rome"',
    'tee == "tdx" && tee != "tdx"',
    'generation in ["milan", "genoa"] && generation == "turin"',
    'generation in ["milan"] && !(generation in ["milan", "genoa"])',
    '!(claims.vmpl == 0 || claims.vmpl != 0)',
    'claims.csp_id == null && claims.csp_id == "CN=cloud"',
    '(tee == "x" || tee == "y") && true',
    'true ? false : true',
  ])('%s', (expression) => {
    expect(foundInRule(expression)).toEqual(NEVER);
  });
});

describe('a rule that asks nothing', () => {
  test.each([
    'true',
    '1 < 2 || claims.vmpl == 0',
    'claims.vmpl >= 2 || claims.vmpl < 2',
    'claims.vmpl != 0 || claims.vmpl != 1',
    '!(tee == "tdx" && tee == "sev-snp")',
    'tee != "sgx"',
  ])('%s', (expression) => {
    expect(foundInRule(expression)).toEqual(IDLE);
  });
});

describe('a rule that can pass and can fail', () => {
  test.each([
    'claims.vmpl == 0',
    'claims.vmpl >= 1 && claims.vmpl <= 1',
    'claims.vmpl == 0 || claims.vmpl == 1',
    'tee == "tdx" || claims.vmpl == 0',
    'tee != "tdx" || claims.xfam == "00"',
    'generation in ["milan", "genoa"] && generation != "milan"',
    'claims.policy.smt || !debug',
    'claims.reported_tcb.snp >= 27 && claims.committed_tcb.snp < 27',
    'tcb.advisories.all(a, a != "x") && tcb.advisories.exists(a, a == "x")',
    'claims.csp_id == null || claims.csp_id == "CN=cloud"',
    'claims.chip_id < "aa" && claims.chip_id > "bb"',
  ])('%s', (expression) => {
    expect(foundInRule(expression)).toEqual([]);
  });
});

/** Accepted and judged, or refused in words; anything else fails the property. */
function judged(expression: string) {
  try {
    return { entry: entryOf([expression]), found: foundInRule(expression) };
  } catch (error) {
    if (error instanceof RefusalError) return null;
    throw error;
  }
}

test('whatever the rule: what never passes does not pass, and what asks nothing is never false', () => {
  let accepted = 0;
  fc.assert(
    fc.property(EXPRESSIONS, (expression) => {
      const both = judged(expression);
      if (both === null) return;
      accepted += 1;
      const { entry, found } = both;
      if (found.includes(NEVER[0] ?? '')) expect([expression, entry.outcome]).toEqual([expression, 'fail']);
      if (found.includes(IDLE[0] ?? '')) expect(entry.observed).not.toContain('(rule-0: false)');
    }),
    { numRuns: 1000 },
  );
  expect(accepted).toBeGreaterThan(500);
});
