/** Expressions judged by sample evidence. */
import { appraise } from '../../../src/appraisal/appraise.js';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { type Refusal, RefusalError } from '../../../src/rats/refusal.js';
import type { CheckResult, JsonObject } from '../../../src/rats/result.js';
import { AT, given, referenceValue, sampleEvidence } from '../sample-evidence.js';

export const CLAIMS: JsonObject = {
  version: 3,
  product: 'Milan',
  guest_svn: 3,
  vmpl: 0,
  csp_id: null,
  cpuid: { family: 25, model: 1, stepping: 1 },
  policy: { smt: true, debug: false, raw: '0x30000' },
  reported_tcb: { bootloader: 4, tee: 0, snp: 29, microcode: 222, raw: 'ab' },
  chip_id: 'ab'.repeat(64),
  committed_version: '1.55.29',
};

export const MESSAGE = 'Not what the operator wants.';
const rule = (expression: string, name = 'rule') => ({ name, expression, message: MESSAGE });

export function policyWith(...expressions: readonly string[]) {
  const rules = expressions.map((expression, place) => rule(expression, `rule-${place}`));
  return parsePolicy({ name: 'ruled', rules });
}

/** The entry of the check, for evidence with these claims. */
export function entryOf(
  expressions: readonly string[],
  claims: JsonObject = CLAIMS,
  changes: Parameters<typeof sampleEvidence>[0] = {},
): CheckResult {
  const evidence = sampleEvidence({ claims, ...changes });
  const { checks } = appraise(evidence, given(referenceValue()), policyWith(...expressions), AT);
  const entry = checks.find(({ id }) => id === 'policy_rule_failed');
  if (entry === undefined) throw new TypeError('no entry for rules');
  return entry;
}

export const passes = (expression: string): boolean => entryOf([expression]).outcome === 'pass';

/** Why the policy was refused. */
export function refusalOf(...expressions: readonly string[]): Refusal {
  try {
    policyWith(...expressions);
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal;
    throw error;
  }
  throw new TypeError('the policy was accepted');
}
