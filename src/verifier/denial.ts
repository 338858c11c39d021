/** What an audience makes of an appraisal: a token, or the one denial to report. */
import { type Refusal, type RefusalCode, refusal } from '../rats/refusal.js';
import type { CheckResult } from '../rats/result.js';
import type { Audience } from './ports.js';
import type { Verification } from './verify.js';

export interface DenialContext {
  readonly audience: Audience;
  readonly matchedElsewhere: boolean;
}

/** Null: everything that the audience asks for is there. Otherwise a refusal of class `denied`. */
export function denialOf(verification: Verification, context: DenialContext): Refusal | null {
  const { appraisal, verdict } = verification;
  if (appraisal === null) throw new TypeError('only appraised evidence can be denied');
  const notPassed = verdict.checks.filter((check) => check.outcome === 'fail');
  if (appraisal.matched === null && context.matchedElsewhere) {
    return denied(
      'workload_not_allowed',
      'The evidence matches a workload that this audience does not take.',
      notPassed,
    );
  }
  if (appraisal.tier !== 'affirming' && appraisal.tier !== 'warning') {
    return denied(appraisal.code ?? 'measurement_not_allowed', describe(notPassed), notPassed);
  }
  const { matched } = appraisal;
  if (matched === null) {
    return denied('measurement_not_allowed', 'No registered reference value matches.', notPassed);
  }
  if (!takes(context.audience, matched.workload)) {
    return denied(
      'workload_not_allowed',
      'This audience does not take the workload that matched.',
      notPassed,
    );
  }
  if (appraisal.tier === 'warning' && context.audience.minimumStatus === 'affirming') {
    return denied(
      'status_below_minimum',
      `The evidence is genuine, its status is "warning", and this audience asks for "affirming": ${shortfall(verification)}.`,
      notPassed,
    );
  }
  return null;
}

function takes(audience: Audience, workload: string | null): boolean {
  if (workload === null) return false;
  return audience.workloads === null || audience.workloads.includes(workload);
}

function denied(code: RefusalCode, detail: string, checks: readonly CheckResult[]): Refusal {
  return refusal(code, 'appraise', detail, { checks });
}

function describe(checks: readonly CheckResult[]): string {
  const named = checks.map(
    ({ id, expected, observed }) => `${id} (expected ${expected}, observed ${observed})`,
  );
  return `The evidence is genuine, but not what the policy accepts: ${named.join('; ')}.`;
}

/** Which claims of the trust vector keep it from affirming (AR4SI: 32 and up is a warning). */
export function shortfall({ appraisal }: Verification): string {
  const vector: Readonly<Record<string, number>> = { ...appraisal?.vector };
  const below = Object.entries(vector).filter(([, value]) => value >= 32);
  if (below.length === 0) return 'its freshness was not shown';
  return below.map(([claim, value]) => `${claim} is ${value} (${reason(claim)})`).join(', ');
}

function reason(claim: string): string {
  switch (claim) {
    case 'executables':
      return 'the matched reference values cover the firmware only';
    case 'hardware':
      return 'the platform’s TCB status is accepted with a reservation';
    default:
      return 'see the checks';
  }
}
