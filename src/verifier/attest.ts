/**
 * Use case: evidence for a token. Cheap before dear: parse, challenge, REPORT_DATA; then one look into the database
 * for all that it knows of the request; then the leaf chain, signatures and reference values. Challenge, decision and
 * token commit together.
 */
import { sha256 } from '../bytes/digest.js';
import { mergeChecks } from '../rats/check.js';
import type { EndorsementSet } from '../rats/endorsement.js';
import type { ParsedEvidence } from '../rats/evidence.js';
import type { ProblemDetail } from '../rats/problem-detail.js';
import { type Refusal, RefusalError, refuse } from '../rats/refusal.js';
import { refuseBinding } from '../rats/shared-refusals.js';
import { earClaims } from '../token/ear.js';
import { type IssuedToken, issueToken } from '../token/issuer.js';
import { EPOCH_ATTEMPTS, refuseRestlessness } from './appraise.js';
import { decisionOf } from './decision.js';
import type { Decision } from './decision-ports.js';
import { denialOf, shortfall } from './denial.js';
import { findGrounds, refuseWhileStanding } from './grounds.js';
import { naming } from './naming.js';
import type { Tenant } from './ports.js';
import type { Recording } from './record.js';
import type { Audience } from './reference-ports.js';
import type { AttestReply, AttestRequest } from './requests.js';
import type { VerifierParts } from './service.js';
import { noteSighting } from './sightings.js';
import { admitSubmission, openSubmission, type Submission } from './submission.js';
import { parseSubmitted } from './submitted.js';
import { toldDenial, toldUndecided } from './told-denial.js';
import {
  appraiseBound,
  authenticateBound,
  type BoundEvidence,
  challengeChecks,
  NO_DEMANDS,
  reportDataMismatch,
} from './verify.js';

export async function attest(
  parts: VerifierParts,
  tenant: Tenant,
  request: AttestRequest,
  recording: Recording,
): Promise<AttestReply> {
  recording.entered('parse');
  const evidence = parseSubmitted(request.evidence);
  recording.recognised(evidence.tee);
  return naming(evidence.tee, () => attestParsed(parts, tenant, { request, evidence, recording }));
}

interface Parsed {
  readonly request: AttestRequest;
  readonly evidence: ParsedEvidence;
  readonly recording: Recording;
}

async function attestParsed(
  parts: VerifierParts,
  tenant: Tenant,
  { request, evidence, recording }: Parsed,
): Promise<AttestReply> {
  requireReportDataBinding(evidence);

  recording.entered('bind');
  const submission = openSubmission(parts, tenant, request);
  if (!evidence.matchesReportData(submission.expectedReportData)) {
    throw new RefusalError(reportDataMismatch(evidence));
  }
  const { audience, endorsements } = await lookUp(parts, tenant, evidence, submission);

  recording.entered('authenticate');
  const bound = await authenticate(parts, tenant, evidence, { submission, endorsements });
  recording.assessed(bound.authenticated.tcb);

  for (let attempt = 0; attempt < EPOCH_ATTEMPTS; attempt += 1) {
    const reply = await decide(parts, tenant, { submission, audience, bound, recording });
    if (reply !== null) return reply;
  }
  return refuseRestlessness();
}

/** An envelope whose freshness is a vTPM quote has nothing of ours in REPORT_DATA. */
function requireReportDataBinding(evidence: ParsedEvidence): void {
  if (evidence.binding === 'report-data') return;
  refuseBinding(
    'parse',
    'This is a vTPM envelope: its REPORT_DATA binds the vTPM, and its freshness would come from a vTPM quote, which this version does not take. Verify and appraise authenticate it; attest issues no token for it.',
  );
}

function refuseReplay(): never {
  refuse(
    'nonce_replayed',
    'bind',
    'This challenge has been spent: a token or a denial was already decided on it.',
  );
}

/**
 * Audience, replay, vendor documents at hand: asked for at one moment, judged in this order. Nothing is asked of a
 * vendor here.
 */
async function lookUp(
  parts: VerifierParts,
  tenant: Tenant,
  evidence: ParsedEvidence,
  submission: Submission,
): Promise<{ readonly audience: Audience; readonly endorsements: EndorsementSet }> {
  const spent = parts.stores.decisions.isSpent(tenant.name, sha256(submission.challenge.nonce));
  const collected = parts.collect(evidence.requirements, {
    realm: tenant.realm,
    at: parts.clock.now(),
    tense: 'now',
  });
  // Whichever is not awaited because another one refused has nothing to add.
  for (const asked of [spent, collected]) asked.catch(() => {});
  const audience = await admitSubmission(parts, tenant, submission);
  if (await spent) refuseReplay();
  return { audience, endorsements: await collected };
}

async function authenticate(
  parts: VerifierParts,
  tenant: Tenant,
  evidence: ParsedEvidence,
  { submission, endorsements }: { readonly submission: Submission; readonly endorsements: EndorsementSet },
): Promise<BoundEvidence> {
  const anchors = parts.anchorsFor(tenant.realm);
  await evidence.screen(anchors, parts.clock.now());
  // One instant for all that follows, read once everything is at hand.
  const at = parts.clock.now();
  const bound = await authenticateBound({
    evidence,
    expectedReportData: submission.expectedReportData,
    endorsements,
    anchors,
    at,
    revocation: 'required',
    // Whose policy applies is known once it is known what runs.
    demands: NO_DEMANDS,
  });
  if (!('verdict' in bound)) return bound;
  if (bound.refusal === null) throw new TypeError('evidence that is not bound carries its refusal');
  throw new RefusalError(bound.refusal);
}

interface Deciding {
  readonly submission: Submission;
  readonly audience: Audience;
  readonly bound: BoundEvidence;
  readonly recording: Recording;
}

/** Appraises, signs, commits. Null when the grounds changed meanwhile: nothing was written. */
async function decide(
  parts: VerifierParts,
  tenant: Tenant,
  { submission, audience, bound, recording }: Deciding,
): Promise<AttestReply | null> {
  recording.entered('appraise');
  const { challenge, workload } = submission;
  const scope = { named: workload, taken: audience.workloads };
  const { epoch, outcome, matchedElsewhere } = await findGrounds(parts, tenant, bound, {
    scope,
    chosen: null,
  });
  if (!outcome.ok) return refuseUndecided(parts, tenant, epoch, outcome.refusal);
  const { policy } = outcome.value;
  const verification = appraiseBound(bound, outcome.value);
  if (verification.refusal !== null) return refuseUndecided(parts, tenant, epoch, verification.refusal);
  const graceUntil = verification.appraisal?.graceUntil ?? null;
  const denial = denialOf(verification, { audience, matchedElsewhere });
  const decision = decisionOf(
    {
      verification,
      act: 'attest',
      tenant: tenant.name,
      audience: audience.name,
      code: denial?.code ?? null,
      checks: mergeChecks(denial?.checks ?? verification.verdict.checks, challengeChecks()),
      policy,
      recordedAt: parts.clock.now(),
    },
    parts.entropy,
  );

  recording.entered('issue');
  const told = denial === null ? null : toldDenial(denial, await detailFor(parts, tenant));
  const token =
    denial === null
      ? await tokenFor(parts, tenant, { decision, submission, audience, bound, graceUntil })
      : null;
  const committed = await parts.stores.decisions.commit({
    decision,
    spend: { nonceDigest: sha256(challenge.nonce), expiresAt: challenge.expiresAt },
    token: token === null ? null : { jti: token.jti, kid: token.kid, expiresAt: token.expiresAt },
    epoch,
  });
  if (committed === 'replayed') refuseReplay();
  if (committed === 'epoch_moved') return null;
  noteSighting(parts, verification, { tenant: tenant.name, policy: null });
  if (told !== null) throw new RefusalError({ ...told, facts: { decision: decision.id } });
  if (token === null) throw new TypeError('a decision without a denial has a token');
  parts.record.tokenIssued(audience.profile, audience.alg);
  return replyOf(decision, token, {
    keyBound: submission.keyThumbprint !== null,
    warnings: decision.status === 'warning' ? shortfall(verification) : [],
  });
}

async function refuseUndecided(
  parts: VerifierParts,
  tenant: Tenant,
  epoch: bigint,
  refused: Refusal,
): Promise<null> {
  const told = toldUndecided(refused, await detailFor(parts, tenant));
  return refuseWhileStanding(parts, tenant, epoch, told);
}

/** Asked for before the commit: a denial that was recorded is told in any case. */
async function detailFor({ stores }: VerifierParts, tenant: Tenant): Promise<ProblemDetail> {
  return (await stores.tenants.settings(tenant.name)).problemDetail;
}

/** The token leaves only after the decision committed; until then it is a string nobody has seen. */
async function tokenFor(
  parts: VerifierParts,
  tenant: Tenant,
  {
    decision,
    submission,
    audience,
    bound,
    graceUntil,
  }: Pick<Deciding, 'submission' | 'audience' | 'bound'> & {
    readonly decision: Decision;
    readonly graceUntil: Date | null;
  },
): Promise<IssuedToken> {
  const { challenge, keyThumbprint } = submission;
  const claims = earClaims({
    tenant: tenant.name,
    issuer: tenant.issuer,
    verifierId: parts.verifierId,
    decision: { ...decision, ...matchOf(decision) },
    tcbInGrace: graceUntil !== null,
    audience: audience.name,
    rpNonce: challenge.rpNonce,
    keyThumbprint,
  });
  return issueToken(
    {
      issuer: tenant.issuer,
      claims,
      at: parts.clock.now(),
      lifetime: audience.lifetime,
      trustUntil: earlier(bound.authenticated.trustUntil, graceUntil),
    },
    { signer: await parts.signerFor(tenant.name), entropy: parts.entropy },
  );
}

/** No token outlives the grace that it rests on. */
function earlier(trustUntil: Date, graceUntil: Date | null): Date {
  return graceUntil !== null && graceUntil.getTime() < trustUntil.getTime() ? graceUntil : trustUntil;
}

/** What a token and its reply name; a decision without a match never gets this far. */
function matchOf({ workload, referenceVersion }: Decision): {
  readonly workload: string;
  readonly referenceVersion: number;
} {
  if (workload === null || referenceVersion === null) {
    throw new TypeError('a token names the workload and the reference version that matched');
  }
  return { workload, referenceVersion };
}

function replyOf(
  decision: Decision,
  token: IssuedToken,
  { keyBound, warnings }: { readonly keyBound: boolean; readonly warnings: readonly string[] },
): AttestReply {
  const { workload, referenceVersion } = matchOf(decision);
  return {
    token: token.token,
    token_type: keyBound ? 'DPoP' : 'Bearer',
    expires_in: token.expiresIn,
    expires_at: token.expiresAt.toISOString(),
    status: decision.status,
    workload,
    reference_version: referenceVersion,
    decision: decision.id,
    warnings,
  };
}
