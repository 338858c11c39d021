/**
 * What an audience makes of an appraisal: a token, or the one denial to report. The record keeps everything;
 * the attester is told what was observed of it, and not what the operator registered.
 */
import { failed, mergeChecks, notRun, reservations } from '../rats/check.js';
import { type Refusal, type RefusalCode, refusal } from '../rats/refusal.js';
import type { CheckResult } from '../rats/result.js';
import type { Audience } from './ports.js';
import type { Verification } from './verify.js';

export interface DenialContext {
  readonly audience: Audience;
  /** Nothing of the audience's matched, or might be asked for, but another workload did. */
  readonly matchedElsewhere: boolean;
}

export interface Denial {
  /** For whoever submitted the evidence. */
  readonly refusal: Refusal;
  /** For the decision record: every check, with everything it compared. */
  readonly checks: readonly CheckResult[];
}

const SOURCE = 'audience';

/** Null: everything that the audience asks for is there. Otherwise a refusal of class `denied`. */
export function denialOf(verification: Verification, context: DenialContext): Denial | null {
  const { appraisal, verdict } = verification;
  if (appraisal === null) throw new TypeError('only appraised evidence can be denied');
  const { audience } = context;
  const { matched } = appraisal;
  if (matched === null && context.matchedElsewhere) return deniedWorkload(verdict.checks, audience);
  if (appraisal.tier !== 'affirming' && appraisal.tier !== 'warning') {
    return denied(appraisal.code ?? 'measurement_not_allowed', verdict.checks);
  }
  if (matched === null) return denied('measurement_not_allowed', verdict.checks);
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
  const foreign = failed('workload_not_allowed', SOURCE, {
    expected: `a workload that the audience ${audience.name} takes`,
    observed: 'another workload of this tenant',
  });
  return denied('workload_not_allowed', [...others, foreign]);
}

function denied(code: RefusalCode, checks: readonly CheckResult[]): Denial {
  const told = checks.filter(({ outcome }) => outcome === 'fail').map(forAttester);
  const named = told.map(
    ({ id, expected, observed }) => `${id} (expected ${expected}; observed ${observed})`,
  );
  const detail = `The evidence is genuine and was made for this request, but it is not what is wanted: ${named.join('; ')}.`;
  return { refusal: refusal(code, 'appraise', detail, { checks: told }), checks: mergeChecks(checks) };
}

/** Checks whose expectation is a list that somebody registered. */
const REGISTERED: readonly RefusalCode[] = [
  'measurement_not_allowed',
  'host_data_mismatch',
  'workload_ambiguous',
  'snp_id_key_not_trusted',
  'snp_author_key_not_trusted',
  'snp_guest_svn_below_minimum',
  'snp_chip_denied',
  'snp_csp_id_not_allowed',
];

function isAboutReferences({ source }: CheckResult): boolean {
  return source.startsWith('reference values');
}

/** Anybody may submit evidence of a machine of their own; nobody learns from it what others run. */
function forAttester(check: CheckResult): CheckResult {
  if (!REGISTERED.includes(check.id)) return check;
  return {
    ...check,
    expected: 'what the operator registered (the decision record says what)',
    observed: check.id === 'workload_ambiguous' ? 'several workloads match' : check.observed,
    source: isAboutReferences(check) ? 'reference values' : check.source,
  };
}

/** Why a genuine verdict is only a warning, in sentences. */
export function shortfall({ verdict }: Verification): readonly string[] {
  return reservations(verdict.checks).map(({ id, remedy }) => `${id}: ${remedy}`);
}
