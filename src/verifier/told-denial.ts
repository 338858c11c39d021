/**
 * What a denied attester is told. Anybody may submit evidence of a machine of their own, and nobody should learn from
 * it what others run: so unless the tenant allows more, only which checks failed and what to do about each.
 */
import type { ProblemDetail } from '../rats/problem-detail.js';
import { type Refusal, type RefusalCode, refusal, refusalEntry } from '../rats/refusal.js';
import type { CheckResult } from '../rats/result.js';
import { type Denial, isAboutReferences } from './denial.js';

const OPENING = 'The evidence is genuine and was made for this request, but it is not what is wanted';

export function toldDenial({ code, checks }: Denial, detail: ProblemDetail): Refusal {
  const told = checks.filter(({ outcome }) => outcome === 'fail').map((check) => toldOf(check, detail));
  return refusal(code, 'appraise', `${OPENING}: ${told.map(inWords).join('; ')}.`, { checks: told });
}

/** Said in the vendor's words alone, whatever the policy grants: which document, and since when it is past its end. */
const OF_VENDORS: readonly RefusalCode[] = ['stale_collateral', 'snp_crl_stale', 'tdx_crl_stale'];

/**
 * What of a policy leaves evidence undecided, told the same way: no such policy in force, or vendor documents older
 * than it asks for. That a document is past its end is told whole: whoever reads it may be the one to mend it.
 */
export function toldUndecided(refused: Refusal, detail: ProblemDetail): Refusal {
  if (detail === 'full' || OF_VENDORS.includes(refused.code)) return refused;
  const failed = refused.checks.filter(({ outcome }) => outcome === 'fail');
  const checks = failed.map((check) => toldOf(check, detail));
  return { ...refused, detail: refusalEntry(refused.code).meaning, checks };
}

function toldOf(check: CheckResult, detail: ProblemDetail): CheckResult {
  if (detail === 'full') return check;
  return {
    ...check,
    expected: null,
    observed: detail === 'observed' ? observedOf(check) : null,
    source: isAboutReferences(check) ? 'reference values' : check.source,
    // The check's own remedy may name versions and values that somebody registered.
    remedy: refusalEntry(check.id).remedy,
  };
}

/** Of the evidence alone: which workloads it matches is the operator's. */
function observedOf({ id, observed }: CheckResult): string | null {
  return id === 'workload_ambiguous' ? 'several workloads match' : observed;
}

function inWords({ id, expected, observed }: CheckResult): string {
  const facts = [
    ...(expected === null ? [] : [`expected ${expected}`]),
    ...(observed === null ? [] : [`observed ${observed}`]),
  ];
  return facts.length === 0 ? id : `${id} (${facts.join('; ')})`;
}
