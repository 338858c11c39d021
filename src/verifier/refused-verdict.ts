/** The verdict on evidence that never became authentic and bound. */
import { APPRAISAL_CODES } from '../appraisal/appraise.js';
import { failed, mergeChecks, notRun } from '../rats/check.js';
import type { ParsedEvidence } from '../rats/evidence.js';
import { type Refusal, refusalEntry } from '../rats/refusal.js';
import type { BindingOutcome, CheckResult, Verdict } from '../rats/result.js';

export interface VerdictContext {
  readonly tee: string | null;
  readonly envelope: string | null;
  readonly binding: BindingOutcome;
  readonly simulated: boolean;
  readonly at: Date;
  readonly checks: readonly CheckResult[];
}

/** `authentic` is false when refused, null when nobody knows. */
export function verdictOfRefusal(refused: Refusal, context: VerdictContext): Verdict {
  const { class: kind } = refusalEntry(refused.code);
  return {
    authentic: kind === 'refused' || kind === 'spent' ? false : null,
    status: 'none',
    code: refused.code,
    stage: refused.stage,
    tee: context.tee,
    envelope: context.envelope,
    binding: context.binding,
    simulated: context.simulated,
    at: context.at.toISOString(),
    claims: null,
    tcb: null,
    checks: withOwnCheck(refused, mergeChecks(context.checks, refused.checks)),
    endorsements: [],
  };
}

/** What cannot be read leaves no other check than the one that says so. */
function withOwnCheck({ code, detail }: Refusal, checks: readonly CheckResult[]): readonly CheckResult[] {
  if (checks.some(({ id }) => id === code)) return checks;
  const facts = { expected: 'evidence in a documented form', observed: detail };
  return [...checks, failed(code, 'API description of this service, schema CpuEvidence', facts)];
}

export function unappraised(evidence: ParsedEvidence, context: VerdictContext): VerdictContext {
  return { ...context, checks: mergeChecks(context.checks, notAppraised(evidence)) };
}

/** Policy judges genuine, bound evidence only; the rows stay visible all the same. */
function notAppraised(evidence: ParsedEvidence): readonly CheckResult[] {
  return [...evidence.appraisalCodes, ...APPRAISAL_CODES].map((code) =>
    notRun(code, 'RFC 9334, section 8.2 (appraisal policy)', 'not appraised: not authentic and bound'),
  );
}
