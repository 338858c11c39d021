/**
 * Appraisal: authenticated evidence, reference values and policy in, tier and reasons out. Pure, and the same
 * for every TEE: what is particular comes through `evidence.appraise`.
 */
import { firstFailure, mergeChecks } from '../rats/check.js';
import type { AppraisableEvidence } from '../rats/evidence.js';
import type { RegisteredPlatform } from '../rats/platform.js';
import type { AppraisalPolicy } from '../rats/policy.js';
import type { ReferenceQuery, ReferenceValue } from '../rats/reference-value.js';
import type { RefusalCode } from '../rats/refusal.js';
import type { CheckResult, TrustTier, TrustVector } from '../rats/result.js';
import { debugCheck } from './checks/debug.js';
import { appraiseReferences } from './checks/measurement.js';
import { platformCheck } from './checks/platform.js';
import { ruleCheck } from './checks/rules.js';
import { tcbCap } from './checks/tcb.js';
import { executablesOf, tierOfVector, worstTier } from './trust-vector.js';

/** Codes that appraisal adds for every TEE, beside `evidence.appraisalCodes`. */
export const APPRAISAL_CODES: readonly RefusalCode[] = ['policy_rule_failed', 'platform_not_registered'];

export interface Appraisal {
  readonly tier: TrustTier;
  readonly vector: TrustVector;
  /** Every check of the policy group, once each, in the order of the procedure. */
  readonly checks: readonly CheckResult[];
  /** The reference value that the evidence matched; null when none did, or several workloads'. */
  readonly matched: ReferenceValue | null;
  /** First failed check in the order of the refusal table; null unless contraindicated. */
  readonly code: RefusalCode | null;
  /**
   * What is accepted only for a time, a TCB status or documents past their end, is so until then, and so is whatever rests
   * on it; null: without an end.
   */
  readonly graceUntil: Date | null;
}

/**
 * Any failed check contraindicates. Otherwise the worst claim decides, and neither a status that nobody can
 * judge nor a form of evidence that has not shown its freshness gets beyond a warning. `platform`: what the tenant's
 * register says of `evidence.platformIdentity`; null: nothing, or nobody looked.
 */
export function appraise(
  evidence: AppraisableEvidence,
  references: ReferenceQuery,
  policy: AppraisalPolicy,
  at: Date,
  platform: RegisteredPlatform | null = null,
): Appraisal {
  const tee = evidence.appraise(policy);
  const { matched, covers, checks: compared } = appraiseReferences(evidence, references, at);
  const checks = mergeChecks(tee.checks, [debugCheck(evidence)], compared, [
    platformCheck(evidence, platform, policy),
    ruleCheck({ evidence, matched, platform }, policy.rules),
  ]);
  const { graceUntil } = tee;
  const vector: TrustVector = { ...tee.vector, executables: executablesOf(covers) };
  const failure = firstFailure(checks);
  const claimed = tierOfVector(vector);
  if (failure !== null)
    return { tier: 'contraindicated', vector, checks, matched, code: failure.id, graceUntil };
  if (claimed === 'contraindicated') throw new TypeError('a contraindicated claim without a failed check');
  const tier = worstTier([claimed, evidence.tierCap, tcbCap(evidence.tcb)]);
  return { tier, vector, checks, matched, code: null, graceUntil };
}
