/** What rules are told of platform, workload and the levels of a TCB, and what they say when there is no answer. */
import { describe, expect, test } from '@jest/globals';
import { ruleCheck } from '../../../src/appraisal/checks/rules.js';
import type { RegisteredPlatform } from '../../../src/rats/platform.js';
import { referenceValue, sampleEvidence } from '../sample-evidence.js';

const LEVEL = { status: 'OutOfDate', date: '2026-01-01', advisories: ['INTEL-SA-00960'] };
const { tcb } = sampleEvidence();
const OURS: RegisteredPlatform = { label: 'rack 7', owner: 'infrastructure' };

function judged(expression: string, changes: Parameters<typeof sampleEvidence>[0] = {}, platform = OURS) {
  const subject = { evidence: sampleEvidence(changes), matched: referenceValue({ version: 7 }), platform };
  return ruleCheck(subject, [{ name: 'r', expression, message: 'M' }]);
}

describe('a rule is told', () => {
  test.each([
    'platform.label == "rack 7" && platform.owner == "infrastructure"',
    'workload == "llm-serving" && reference_version == 7',
    'tcb.platform.status == "OutOfDate" && tcb.platform.date == "2026-01-01"',
    'tcb.module.advisories == ["INTEL-SA-00960"]',
    'tcb.qe.status == "OutOfDate" && size(tcb.qe.advisories) == 1',
    'tcb.source == "assay-amd-bulletins@2026-11"',
    'measurement.startsWith("abab")',
  ])('%s', (expression) => {
    const entry = judged(expression, { tcb: { ...tcb, platform: LEVEL, module: LEVEL, qe: LEVEL } });
    expect(entry).toMatchObject({ outcome: 'pass', expected: 'true of r', observed: 'true' });
  });

  test('of nothing that is not there', () => {
    const nullable = ['workload', 'reference_version'].map((variable, place) => ({
      name: `r${place}`,
      expression: `${variable} == null`,
      message: 'M',
    }));
    const subject = { evidence: sampleEvidence(), matched: null, platform: null };
    expect(ruleCheck(subject, nullable)).toMatchObject({ outcome: 'pass', observed: 'true' });
    for (const level of ['platform.label', 'tcb.platform.status', 'tcb.module.status', 'tcb.qe.status']) {
      const entry = ruleCheck(subject, [{ name: 'r', expression: `has(${level})`, message: 'M' }]);
      expect([level, entry.outcome]).toEqual([level, 'fail']);
    }
  });
});

describe('without an answer a rule says why', () => {
  test('where an answer is neither true nor false', () => {
    const entry = judged('claims.policy.smt', { claims: { policy: { smt: 'true' } } });
    expect(entry.observed).toBe('M (r: no answer: neither true nor false)');
  });

  test.each(['platform', 'module', 'qe'])('where a list of the %s is longer than counted with', (part) => {
    const advisories = Array.from({ length: 129 }, (_, place) => `AMD-SB-${place}`);
    const entry = judged('true', { tcb: { ...tcb, [part]: { ...LEVEL, advisories } } });
    expect(entry).toMatchObject({
      outcome: 'fail',
      expected: 'true of r: true',
      observed: 'M (r: no answer: more than 128 advisories)',
    });
  });
});
