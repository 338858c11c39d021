import { describe, expect, test } from '@jest/globals';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { CLAIMS, entryOf, MESSAGE, passes } from './judged.js';

describe('a rule', () => {
  test.each([
    'tee == "sev-snp"',
    'generation in ["milan", "genoa"]',
    'workload == "llm-serving" && reference_version == 1',
    'claims.guest_svn >= 3',
    '!claims.policy.debug',
    'claims.csp_id == null',
    'claims.cpuid.family == 25',
    'claims.reported_tcb.snp >= 29 && claims.reported_tcb.microcode > 0',
    '!has(claims.reported_tcb.fmc) || claims.reported_tcb.fmc >= 1',
    'tcb.status in ["UpToDate", "NotShown"]',
    'tcb.advisories == []',
    'tcb.advisories.all(a, a in ["AMD-SB-3027"])',
    '!tcb.advisories.exists(a, a == "AMD-SB-3020")',
    'size(tcb.advisories.filter(a, a != "AMD-SB-3027")) == 0',
    'tcb.date >= "2026-01-01"',
    'tee != "tdx" || claims.xfam == "00"',
    'claims.committed_version.matches("^1\\\\.(5[5-9]|6[0-9])\\\\.[0-9]+$")',
    'claims.chip_id.startsWith("abab")',
    'debug ? false : true',
  ])('%s', (expression) => {
    expect(passes(expression)).toBe(true);
  });

  test.each([
    'claims.guest_svn > 3',
    'claims.policy.debug',
    'tee == "tdx"',
    'platform.owner == "infrastructure"',
    'claims.csp_id == "CN=cloud"',
  ])('that is not true fails: %s', (expression) => {
    const entry = entryOf([expression]);
    expect(entry).toMatchObject({ outcome: 'fail', source: 'policy document, rules' });
    expect(entry.observed).toContain(MESSAGE);
    expect(entry.expected).toContain(expression);
    expect(entry.remedy).not.toBeNull();
  });

  test('without an answer fails, and says why', () => {
    expect(entryOf(['claims.mrtd == "00"']).observed).toBe(
      `${MESSAGE} (rule-0: no answer: field not found: mrtd)`,
    );
    expect(entryOf(['claims.guest_svn / (claims.vmpl) == 1']).observed).toContain('divide by zero');
    expect(entryOf(['tcb.advisories[0] == "x"']).outcome).toBe('fail');
    expect(entryOf(['claims.csp_id < "x"']).outcome).toBe('fail');
  });

  test('exact true alone passes: what the types promise and the claims do not keep is no yes', () => {
    const odd = { ...CLAIMS, policy: { smt: 'true', debug: 1 } };
    expect(entryOf(['claims.policy.smt'], odd).outcome).toBe('fail');
    expect(entryOf(['claims.policy.debug'], odd).outcome).toBe('fail');
    expect(entryOf(['claims.author_key_enabled'], { ...CLAIMS, author_key_enabled: null }).outcome).toBe(
      'fail',
    );
  });

  test('finds nothing on a prototype', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      const claims = { ...CLAIMS, cpuid: {} };
      expect(entryOf(['has(claims.cpuid.family)'], claims).outcome).toBe('fail');
      expect(() => entryOf([`has(claims.${name})`])).toThrow(`"${name}" is no field`);
    }
  });

  test('leaves one entry for all, with every failure in it', () => {
    const entry = entryOf(['claims.vmpl == 0', 'claims.vmpl == 1', 'claims.vmpl == 2']);
    expect(entry.observed).toBe(`${MESSAGE} (rule-1: false); ${MESSAGE} (rule-2: false)`);
    expect(entry.expected).toBe('true of rule-1: claims.vmpl == 1; rule-2: claims.vmpl == 2');
    expect(entryOf(['claims.vmpl == 0', 'true'])).toMatchObject({
      outcome: 'pass',
      expected: 'true of rule-0, rule-1',
    });
  });

  test('any_failed_check_forbids_pass: a policy without rules does not ask', () => {
    expect(entryOf([])).toMatchObject({ outcome: 'not_run', observed: 'the policy has no rules' });
  });

  test('longer lists than its cost was counted with make it fail', () => {
    const many = Array.from({ length: 129 }, (_, place) => `AMD-SB-${place}`);
    const tcb = {
      status: 'UpToDate',
      source: 's',
      date: '',
      advisories: many,
      platform: null,
      module: null,
      qe: null,
    };
    expect(entryOf(['true'], CLAIMS, { tcb }).outcome).toBe('fail');
    expect(entryOf(['true'], CLAIMS, { tcb: { ...tcb, advisories: many.slice(1) } }).outcome).toBe('pass');
  });
});

test('rules are part of what the digest names', () => {
  const rule = { name: 'a', expression: 'true', message: 'm' };
  const digests = [
    [],
    [rule],
    [{ ...rule, expression: '!false' }],
    [{ ...rule, message: 'other' }],
    [{ ...rule, name: 'b' }],
  ].map((rules) => parsePolicy({ name: 'x', rules }).digest);
  expect(new Set(digests).size).toBe(digests.length);
});
