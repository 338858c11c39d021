/**
 * The pipeline, offline: parsed → authenticated → bound → appraised → verdict. Pure but for the thread pool:
 * everything it needs is an argument, the instant too. HTTP, command line, tests and replay all come here.
 */
import { type Appraisal, appraise } from '../appraisal/appraise.js';
import { refusalFrom } from '../rats/authentication.js';
import { mergeChecks } from '../rats/check.js';
import type {
  EndorsementAbsence,
  EndorsementRequirement,
  EndorsementSet,
  TrustAnchors,
} from '../rats/endorsement.js';
import type { AuthenticatedEvidence, ParsedEvidence, RevocationMode } from '../rats/evidence.js';
import { instantText } from '../rats/once.js';
import type { RegisteredPlatform } from '../rats/platform.js';
import { type AppraisalPolicy, demandsOf, type EndorsementDemands } from '../rats/policy.js';
import type { ReferenceQuery } from '../rats/reference-value.js';
import type { Refusal } from '../rats/refusal.js';
import type { BindingOutcome, CheckResult, TrustTier, Verdict } from '../rats/result.js';
import { LONGEST_GRACE_HOURS } from '../rats/staleness.js';
import { bindingChecks, bindingOf, reportDataMismatch } from './binding-checks.js';
import { unappraised, type VerdictContext, verdictOfRefusal } from './refused-verdict.js';
import { documentsInGrace, earlierOf } from './stale-documents.js';

export interface BoundInput {
  readonly evidence: ParsedEvidence;
  /** The 64 bytes that REPORT_DATA must be; null: nobody says, and the status is at most `warning`. */
  readonly expectedReportData: Uint8Array | null;
  readonly endorsements: EndorsementSet;
  readonly anchors: TrustAnchors;
  readonly at: Date;
  readonly revocation: RevocationMode;
  /** What is asked of vendor documents already here; the policy that applies asks again when it is known. */
  readonly demands: EndorsementDemands;
  /** What vendors were asked for in vain; absent: none was asked. */
  readonly absences?: readonly EndorsementAbsence[];
}

/**
 * For when the policy that applies is known only once the evidence is: the least that any policy asks. Whoever appraises
 * asks again by the one that applies.
 */
export const NO_DEMANDS: EndorsementDemands = {
  minimumEvaluationNumber: 0,
  staleHours: LONGEST_GRACE_HOURS,
  track: 'standard',
};

/** What genuine, bound evidence is judged by. */
export interface AppraisalInput {
  readonly policy: AppraisalPolicy;
  readonly references: ReferenceQuery;
  /** What the tenant's register says of the machine; absent or null: nothing, and `registered` is not met. */
  readonly platform?: RegisteredPlatform | null;
}

export interface VerificationInput extends Omit<BoundInput, 'demands'>, AppraisalInput {}

export interface Verification {
  readonly verdict: Verdict;
  /** Null unless `verdict.authentic` is true. */
  readonly authenticated: AuthenticatedEvidence | null;
  readonly appraisal: Appraisal | null;
  /** Why evidence was refused or left undecided; null when it was appraised. */
  readonly refusal: Refusal | null;
  /** Vendor documents that might lead to another verdict, and that are worth asking for. */
  readonly lacking: readonly EndorsementRequirement[];
}

/** Genuine evidence that was made for this request, as far as anybody asked. */
export interface BoundEvidence {
  readonly evidence: ParsedEvidence;
  readonly authenticated: AuthenticatedEvidence;
  readonly context: VerdictContext;
  /** Vendor documents that are worth asking for although the verdict does not wait for them. */
  readonly lacking: readonly EndorsementRequirement[];
}

/** The whole pipeline in one call, where the reference values are already at hand. */
export async function verifyEvidence(input: VerificationInput): Promise<Verification> {
  const bound = await authenticateBound({ ...input, demands: demandsOf(input.policy) });
  return 'verdict' in bound ? bound : appraiseBound(bound, input);
}

/** Authenticates, then binds. A failure of authenticity is the one reported; a refusal beats undecided. */
export async function authenticateBound(input: BoundInput): Promise<BoundEvidence | Verification> {
  const { evidence, anchors, at } = input;
  const authentication = await evidence.authenticate(input);
  const binding = bindingOf(evidence, input.expectedReportData);
  const context: VerdictContext = {
    tee: evidence.tee,
    envelope: evidence.envelope,
    binding,
    simulated: anchors.simulated,
    at,
    checks: mergeChecks(evidence.checks, authentication.checks, bindingChecks(evidence, binding)),
  };
  const mismatch = binding === 'mismatch' ? reportDataMismatch(evidence) : null;
  if (authentication.kind !== 'authentic') {
    const beats = authentication.kind === 'undecided' && mismatch !== null;
    if (beats) return refusedWith(mismatch, unappraised(evidence, context));
    return refusedWith(authentication.refusal, unappraised(evidence, context), authentication.lacking);
  }
  if (mismatch !== null) return refusedWith(mismatch, unappraised(evidence, context));
  return bindLog({
    evidence,
    authenticated: authentication.evidence,
    context,
    lacking: authentication.lacking,
  });
}

/** Last of what binds, because it is the dearest: an event log counts as a whole, or the submission is refused. */
function bindLog(bound: BoundEvidence): BoundEvidence | Verification {
  const { evidence, authenticated, context } = bound;
  if (authenticated.replay === undefined) return bound;
  const replay = authenticated.replay();
  const after = { ...context, checks: mergeChecks(context.checks, replay.checks) };
  if (replay.evidence !== null) return { ...bound, authenticated: replay.evidence, context: after };
  const refused = refusalFrom(replay.checks, 'refused', { stage: 'bind' });
  if (refused === null) throw new TypeError('a log that does not count has a failed check');
  return refusedWith(refused, unappraised(evidence, after));
}

/**
 * Appraises what is authentic and bound; decides nothing about who asked. Undecided where vendor documents are not
 * what the policy asks for.
 */
export function appraiseBound(
  { evidence, authenticated, context: authenticatedIn }: BoundEvidence,
  { policy, references, platform = null }: AppraisalInput,
): Verification {
  const demands = demandsOf(policy);
  const demanded = authenticated.demandChecks(demands);
  const context = { ...authenticatedIn, checks: withAnswers(authenticatedIn.checks, demanded) };
  const { retryAfter } = authenticated;
  const undecided = refusalFrom(demanded, 'undecided', { retryAfter });
  if (undecided !== null) return refusedWith(undecided, unappraised(evidence, context));
  const appraisal = appraise(authenticated, references, policy, context.at, platform);
  const grace = documentsInGrace(authenticated, demands.staleHours);
  const status = capped(appraisal.tier, authenticated.tierCap, context.binding);
  return {
    verdict: {
      authentic: true,
      status,
      code: appraisal.code,
      stage: 'appraise',
      tee: context.tee,
      envelope: context.envelope,
      binding: context.binding,
      simulated: context.simulated,
      at: instantText(context.at),
      claims: authenticated.claims,
      tcb: authenticated.tcb,
      checks: mergeChecks(context.checks, appraisal.checks),
      endorsements: grace.used,
    },
    authenticated,
    appraisal: { ...appraisal, tier: status, graceUntil: earlierOf(appraisal.graceUntil, grace.until) },
    refusal: null,
    lacking: [],
  };
}

/** The answers to a question that was asked again, in the places of those before. */
function withAnswers(
  checks: readonly CheckResult[],
  answers: readonly CheckResult[],
): readonly CheckResult[] {
  if (answers.length === 0) return checks;
  return checks.map((check) => answers.find(({ id }) => id === check.id) ?? check);
}

/** Evidence whose freshness nobody has shown is at most `warning`. */
function capped(tier: TrustTier, cap: AuthenticatedEvidence['tierCap'], binding: BindingOutcome): TrustTier {
  return tier === 'affirming' && (cap === 'warning' || binding !== 'verified') ? 'warning' : tier;
}

function refusedWith(
  refused: Refusal,
  context: VerdictContext,
  lacking: readonly EndorsementRequirement[] = [],
): Verification {
  const verdict = verdictOfRefusal(refused, context);
  return {
    verdict,
    authenticated: null,
    appraisal: null,
    refusal: { ...refused, checks: verdict.checks },
    lacking,
  };
}
