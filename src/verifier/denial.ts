/**
 * What an audience makes of an appraisal: a token, or the one denial to report. The record keeps everything;
 * the attester is told as much as the tenant allows (told-denial.ts).
 */
import { MEASUREMENT } from '../appraisal/checks/reference-codes.js';
import { failed, mergeChecks, notRun, reservations } from '../rats/check.js';
import type { RefusalCode } from '../rats/refusal.js';
import type { CheckResult } from '../rats/result.js';
import type { Decision } from './decision-ports.js';
import type { Audience } from './reference-ports.js';
import type { Verification } from './verify.js';

export interface DenialContext {
  readonly audience: Audience;
  /** Nothing of the audience's matched, or might be asked for, but another workload did. */
  readonly matchedElsewhere: boolean;
}

export interface Denial {
  readonly code: RefusalCode;
  /** For the decision record: every check, with everything it compared. */
  readonly checks: readonly CheckResult[];
}

const SOURCE = 'audience, minimum_status';
const TAKEN = 'audience, workloads';
const LONGEST = 'audience, max_token_bytes';

/** Null: everything that the audience asks for is there. Otherwise a code of class `denied`. */
export function denialOf(verification: Verification, context: DenialContext): Denial | null {
  const { appraisal, verdict } = verification;
  if (appraisal === null) throw new TypeError('only appraised evidence can be denied');
  const { audience } = context;
  const { matched } = appraisal;
  if (matched === null && context.matchedElsewhere) return deniedWorkload(verdict.checks, audience);
  if (appraisal.tier !== 'affirming' && appraisal.tier !== 'warning') {
    return denied(appraisal.code ?? MEASUREMENT, verdict.checks);
  }
  if (matched === null) return denied(MEASUREMENT, verdict.checks);
  if (!takes(audience, matched.workload)) return deniedWorkload(verdict.checks, audience);
  if (appraisal.tier === 'warning' && audience.minimumStatus === 'affirming') {
    const below = failed('status_below_minimum', SOURCE, {
      expected: 'affirming',
      observed: `warning. ${shortfall(verification).join(' ')}`,
    });
    return denied('status_below_minimum', [...verdict.checks, below]);
  }
  return null;
}

/** Everything asked for is there, and the token that would say so is longer than the audience takes. Bytes. */
export function oversize({ verdict }: Verification, { maxTokenBytes }: Audience, bytes: number): Denial {
  const longer = failed('token_too_large', LONGEST, {
    expected: `at most ${maxTokenBytes} bytes`,
    observed: `${bytes} bytes`,
  });
  return denied('token_too_large', [...verdict.checks, longer]);
}

/** A replay signs nothing: that the token was too long then is in the record alone. */
export function oversizeThen({ verdict }: Verification, { checks }: Pick<Decision, 'checks'>): Denial | null {
  const longer = checks.find(({ id, outcome }) => id === 'token_too_large' && outcome === 'fail');
  return longer === undefined ? null : denied(longer.id, [...verdict.checks, longer]);
}

function takes(audience: Audience, workload: string | null): boolean {
  if (workload === null) return false;
  return audience.workloads === null || audience.workloads.includes(workload);
}

/** That nothing of the audience's own matched is not what is wrong, so it does not count as a failure. */
function deniedWorkload(checks: readonly CheckResult[], audience: Audience): Denial {
  const why = 'compared with the workloads of this audience only';
  const others = checks.map((check) =>
    isAboutReferences(check) && check.outcome === 'fail' ? notRun(check.id, check.source, why) : check,
  );
  const foreign = failed('workload_not_allowed', TAKEN, {
    expected: `a workload that the audience ${audience.name} takes`,
    observed: 'another workload of this tenant',
  });
  return denied('workload_not_allowed', [...others, foreign]);
}

function denied(code: RefusalCode, checks: readonly CheckResult[]): Denial {
  return { code, checks: mergeChecks(checks) };
}

export function isAboutReferences({ source }: CheckResult): boolean {
  return source.startsWith('reference values');
}

/** Why a genuine verdict is only a warning, in sentences. */
export function shortfall({ verdict }: Verification): readonly string[] {
  return reservations(verdict.checks).map(({ id, remedy }) => `${id}: ${remedy}`);
}
