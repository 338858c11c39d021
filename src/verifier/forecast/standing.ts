/** What a policy makes of a platform at an instant, by given vendor documents: the pipeline's own appraisal. */
import { appraise } from '../../appraisal/appraise.js';
import { refusalFrom } from '../../rats/authentication.js';
import { firstFailure, reservations } from '../../rats/check.js';
import type { EndorsementSet } from '../../rats/endorsement.js';
import type { RegisteredPlatform } from '../../rats/platform.js';
import { type AppraisalPolicy, demandsOf } from '../../rats/policy.js';
import type { RecalledPlatform } from '../../rats/recall.js';
import type { ReferenceValue } from '../../rats/reference-value.js';
import { type RefusalCode, refusalEntry } from '../../rats/refusal.js';
import type { CheckResult, TrustTier } from '../../rats/result.js';

/** A platform with all that its like is appraised by. */
export interface Subject {
  readonly platform: RecalledPlatform;
  readonly policy: AppraisalPolicy;
  /** Versions of the workload that match what was measured, each in its own window. */
  readonly references: readonly ReferenceValue[];
  /** Reference fields beside those of the platform's facts. */
  readonly fields: Readonly<Record<string, string>>;
  readonly registered: RegisteredPlatform | null;
}

/** `tier` none: refused or undecided. */
export interface Standing {
  readonly tier: TrustTier;
  /** Null where no level is reached. */
  readonly tcbStatus: string | null;
  /** Of the first failure; null: there is none. */
  readonly code: RefusalCode | null;
  /** What to do about it, or to get beyond a warning; null where there is nothing to do. */
  readonly remedy: string | null;
}

/** Null where documents that decide are not at hand. */
export function standingOf(subject: Subject, documents: EndorsementSet, at: Date): Standing | null {
  const { platform, policy, references, fields, registered } = subject;
  const recalled = platform.judge(documents, at);
  if (recalled === null) return null;
  if (recalled.kind === 'refused') return standingBy(recalled.checks, { tier: 'none', tcbStatus: null });
  const { evidence } = recalled;
  const demanded = evidence.demandChecks(demandsOf(policy));
  const tcbStatus = evidence.tcb.status;
  if (refusalFrom(demanded, 'undecided') !== null) return standingBy(demanded, { tier: 'none', tcbStatus });
  // Events are no claims, and so no part of the facts that a scheme keeps.
  const compared = { ...evidence, referenceFields: { ...evidence.referenceFields, ...fields } };
  const query = { given: true, candidates: references };
  const appraisal = appraise(compared, query, policy, at, registered);
  return standingBy(appraisal.checks, { tier: appraisal.tier, tcbStatus });
}

function standingBy(
  checks: readonly CheckResult[],
  { tier, tcbStatus }: Pick<Standing, 'tier' | 'tcbStatus'>,
): Standing {
  const failure = firstFailure(checks);
  const remedy = failure?.remedy ?? reservations(checks)[0]?.remedy ?? null;
  return { tier, tcbStatus, code: failure?.id ?? null, remedy };
}

/** Of a refusal that is foreseen without being judged: a certificate or a document that will have ended. */
export function refusedStanding(code: RefusalCode): Standing {
  return { tier: 'none', tcbStatus: null, code, remedy: refusalEntry(code).remedy };
}

export function sameStanding(one: Standing, other: Standing): boolean {
  return one.tier === other.tier && one.tcbStatus === other.tcbStatus && one.code === other.code;
}
