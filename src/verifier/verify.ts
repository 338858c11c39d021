/**
 * The pipeline, offline: parsed → authenticated → bound → appraised → verdict. Pure but for the thread pool:
 * everything it needs is an argument, the instant too. HTTP, command line, tests and replay all come here.
 */
import { APPRAISAL_CODES, type Appraisal, appraise } from '../appraisal/appraise.js';
import { refusalFrom } from '../rats/authentication.js';
import { failed, mergeChecks, notRun, passed } from '../rats/check.js';
import type { EndorsementSet, TrustAnchors } from '../rats/endorsement.js';
import type { AuthenticatedEvidence, ParsedEvidence, RevocationMode } from '../rats/evidence.js';
import type { RegisteredPlatform } from '../rats/platform.js';
import { type AppraisalPolicy, demandsOf, type EndorsementDemands } from '../rats/policy.js';
import type { ReferenceQuery } from '../rats/reference-value.js';
import { type Refusal, type RefusalCode, refusal, refusalEntry } from '../rats/refusal.js';
import type { BindingOutcome, CheckResult, TrustTier, Verdict } from '../rats/result.js';
import { LONGEST_GRACE_HOURS } from '../rats/staleness.js';
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
}

/**
 * For when the policy that applies is known only once the evidence is: the least that any policy asks. Whoever appraises
 * asks again by the one that applies.
 */
export const NO_DEMANDS: EndorsementDemands = {
  minimumEvaluationNumber: 0,
  staleHours: LONGEST_GRACE_HOURS,
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
}

/** Genuine evidence that was made for this request, as far as anybody asked. */
export interface BoundEvidence {
  readonly evidence: ParsedEvidence;
  readonly authenticated: AuthenticatedEvidence;
  readonly context: VerdictContext;
}

const CHALLENGE_CODES: readonly RefusalCode[] = [
  'challenge_invalid',
  'challenge_audience_mismatch',
  'nonce_expired',
  'nonce_replayed',
];

/** The whole pipeline in one call, where the reference values are already at hand. */
export async function verifyEvidence(input: VerificationInput): Promise<Verification> {
  const bound = await authenticateBound({ ...input, demands: demandsOf(input.policy) });
  return 'verdict' in bound ? bound : appraiseBound(bound, input);
}

/** Authenticates, then binds. A failure of authenticity is the one reported; a refusal beats undecided. */
export async function authenticateBound(input: BoundInput): Promise<BoundEvidence | Verification> {
  const { evidence, endorsements, anchors, at, revocation, demands } = input;
  const authentication = await evidence.authenticate({ endorsements, anchors, at, revocation, demands });
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
    return refusedWith(beats ? mismatch : authentication.refusal, unappraised(evidence, context));
  }
  if (mismatch !== null) return refusedWith(mismatch, unappraised(evidence, context));
  return bindLog(evidence, authentication.evidence, context);
}

/** Last of what binds, because it is the dearest: an event log counts as a whole, or the submission is refused. */
function bindLog(
  evidence: ParsedEvidence,
  authentic: AuthenticatedEvidence,
  context: VerdictContext,
): BoundEvidence | Verification {
  if (authentic.replay === undefined) return { evidence, authenticated: authentic, context };
  const replay = authentic.replay();
  const after = { ...context, checks: mergeChecks(context.checks, replay.checks) };
  if (replay.evidence !== null) return { evidence, authenticated: replay.evidence, context: after };
  const refused = refusalFrom(replay.checks, 'refused', 'bind');
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
  const undecided = refusalFrom(demanded, 'undecided');
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
      at: context.at.toISOString(),
      claims: authenticated.claims,
      tcb: authenticated.tcb,
      checks: mergeChecks(context.checks, appraisal.checks),
      endorsements: grace.used,
    },
    authenticated,
    appraisal: { ...appraisal, tier: status, graceUntil: earlierOf(appraisal.graceUntil, grace.until) },
    refusal: null,
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

interface VerdictContext {
  readonly tee: string | null;
  readonly envelope: string | null;
  readonly binding: BindingOutcome;
  readonly simulated: boolean;
  readonly at: Date;
  readonly checks: readonly CheckResult[];
}

/** The verdict on evidence that never became authentic: `authentic` false when refused, null when nobody knows. */
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

function refusedWith(refused: Refusal, context: VerdictContext): Verification {
  const verdict = verdictOfRefusal(refused, context);
  return {
    verdict,
    authenticated: null,
    appraisal: null,
    refusal: { ...refused, checks: verdict.checks },
  };
}

/** Evidence whose freshness nobody has shown is at most `warning`. */
function capped(tier: TrustTier, cap: AuthenticatedEvidence['tierCap'], binding: BindingOutcome): TrustTier {
  return tier === 'affirming' && (cap === 'warning' || binding !== 'verified') ? 'warning' : tier;
}

function bindingOf(evidence: ParsedEvidence, expected: Uint8Array | null): BindingOutcome {
  if (expected === null || evidence.binding !== 'report-data') return 'not_checked';
  return evidence.matchesReportData(expected) ? 'verified' : 'mismatch';
}

/** The bind stage of the procedure: REPORT_DATA here; challenges belong to whoever made them. */
function bindingChecks(evidence: ParsedEvidence, binding: BindingOutcome): readonly CheckResult[] {
  return [
    reportDataCheck(evidence, binding),
    ...CHALLENGE_CODES.map((code) =>
      notRun(code, 'RFC 9334, section 10.2 (nonces)', 'no challenge came with this evidence'),
    ),
  ];
}

function unappraised(evidence: ParsedEvidence, context: VerdictContext): VerdictContext {
  return { ...context, checks: mergeChecks(context.checks, notAppraised(evidence)) };
}

/** Policy judges genuine, bound evidence only; the rows stay visible all the same. */
function notAppraised(evidence: ParsedEvidence): readonly CheckResult[] {
  return [...evidence.appraisalCodes, ...APPRAISAL_CODES].map((code) =>
    notRun(code, 'RFC 9334, section 8.2 (appraisal policy)', 'not appraised: not authentic and bound'),
  );
}

function reportDataCheck(evidence: ParsedEvidence, binding: BindingOutcome): CheckResult {
  const source = evidence.reportDataSource;
  const facts = { expected: 'the 64 bytes that bind this evidence to its request' };
  if (binding === 'verified') {
    return passed('report_data_mismatch', source, { ...facts, observed: 'equal' });
  }
  if (binding === 'mismatch') {
    return failed('report_data_mismatch', source, { ...facts, observed: 'other bytes' });
  }
  const why =
    evidence.binding === 'vtpm'
      ? 'the freshness of this envelope comes from a vTPM quote, which was not part of it'
      : 'no expected REPORT_DATA was given';
  const remedy =
    evidence.binding === 'vtpm'
      ? 'Ask the guest for a plain report over a challenge: a vTPM quote is not verified by this version.'
      : 'Give the 64 bytes that REPORT_DATA must be (`--report-data`); without them old evidence looks fresh.';
  return notRun('report_data_mismatch', source, why, { remedy });
}

/** For attest, where the comparison runs before anything dear. */
export function reportDataMismatch(evidence: ParsedEvidence): Refusal {
  return refusal(
    'report_data_mismatch',
    'bind',
    'REPORT_DATA in the evidence is not the value expected for this request: the evidence was made for another challenge, audience, issuer or key.',
    { checks: [reportDataCheck(evidence, 'mismatch')] },
  );
}

/** What passed before an accepted submission, for its decision record. */
export function challengeChecks(): readonly CheckResult[] {
  return CHALLENGE_CODES.map((code) =>
    passed(code, 'RFC 9334, section 10.2 (nonces)', {
      expected: 'a challenge of this issuer for this audience, unspent, in time',
      observed: 'as expected',
    }),
  );
}
