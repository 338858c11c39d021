/** The policy’s own rules over claims: nothing but an exact `true` passes. */
import { checked, notRun } from '../../rats/check.js';
import type { AppraisableEvidence } from '../../rats/evidence.js';
import type { RegisteredPlatform } from '../../rats/platform.js';
import type { PolicyRule } from '../../rats/policy.js';
import type { ReferenceValue } from '../../rats/reference-value.js';
import type { CheckResult, JsonObject, TcbAssessment, TcbPart } from '../../rats/result.js';
import { compiledRules } from '../rules/compiled.js';
import { LONGEST_LIST } from '../rules/types.js';

const CODE = 'policy_rule_failed';
const SOURCE = 'policy document, rules';

const NO_RULES: CheckResult = Object.freeze(notRun(CODE, SOURCE, 'the policy has no rules'));

export interface RuleSubject {
  readonly evidence: AppraisableEvidence;
  readonly matched: ReferenceValue | null;
  readonly platform: RegisteredPlatform | null;
}

/** One entry for all: every rule that failed, each with its message and its answer. */
export function ruleCheck(subject: RuleSubject, rules: readonly PolicyRule[]): CheckResult {
  if (rules.length === 0) return NO_RULES;
  const variables = variablesOf(subject);
  const tooLong = listsTooLong(subject.evidence.tcb);
  const failures = compiledRules(rules).flatMap(({ name, expression, message, compiled }) => {
    const answer = tooLong ? { error: `more than ${LONGEST_LIST} advisories` } : compiled.evaluate(variables);
    if (answer === true) return [];
    const why = answer === false ? 'false' : `no answer: ${answer.error}`;
    return [{ expression: `${name}: ${expression}`, message: `${message} (${name}: ${why})` }];
  });
  const names = rules.map(({ name }) => name).join(', ');
  return checked(failures.length === 0, CODE, SOURCE, {
    expected:
      failures.length === 0
        ? `true of ${names}`
        : `true of ${failures.map(({ expression }) => expression).join('; ')}`,
    observed: failures.length === 0 ? 'true' : failures.map(({ message }) => message).join('; '),
  });
}

/** The names of claims-schema.ts. */
function variablesOf({ evidence, matched, platform }: RuleSubject): JsonObject {
  return {
    tee: evidence.tee,
    generation: evidence.generation,
    measurement: evidence.measurement,
    debug: evidence.debug,
    workload: matched?.workload ?? null,
    reference_version: matched?.version ?? null,
    platform: platform === null ? null : { label: platform.label, owner: platform.owner },
    tcb: tcbOf(evidence.tcb),
    claims: evidence.claims,
  };
}

function tcbOf({ status, source, date, advisories, platform, module, qe }: TcbAssessment): JsonObject {
  const part = (level: TcbPart | null) => (level === null ? null : { ...level });
  return { status, source, date, advisories, platform: part(platform), module: part(module), qe: part(qe) };
}

/** What a rule may cost was counted with lists of this length. */
function listsTooLong(tcb: TcbAssessment): boolean {
  return [tcb, tcb.platform, tcb.module, tcb.qe].some(
    (level) => (level?.advisories.length ?? 0) > LONGEST_LIST,
  );
}
