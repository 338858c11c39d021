/**
 * Use case: evidence for a token. Cheap before dear: parse, challenge, REPORT_DATA; then one look into the database
 * for all that it knows of the request; then the leaf chain, signatures, vendors where something lacks, and reference
 * values. Challenge, decision and token commit together.
 */
import { sha256 } from '../bytes/digest.js';
import type { ParsedEvidence } from '../rats/evidence.js';
import type { ProblemDetail } from '../rats/problem-detail.js';
import { type Refusal, RefusalError, refuse } from '../rats/refusal.js';
import { refuseBinding } from '../rats/shared-refusals.js';
import { EPOCH_ATTEMPTS, refuseRestlessness } from './appraise.js';
import { reportDataMismatch } from './binding-checks.js';
import { conclude } from './conclusion.js';
import { deliver, recipientOf } from './delivery.js';
import { shortfall } from './denial.js';
import {
  AS_PARSED,
  authenticateEndorsed,
  collectFor,
  type Endorsed,
  type EndorsedQuestion,
  settleAnew,
  trackFor,
  type Unsettled,
} from './endorsed.js';
import type { CollectedEndorsements } from './endorsement-ports.js';
import { type Epochs, findGrounds, refuseWhileStanding } from './grounds.js';
import { replyOf } from './issuance.js';
import { naming } from './naming.js';
import type { Aside, Tenant } from './ports.js';
import type { Recording } from './record.js';
import type { Audience } from './reference-ports.js';
import { renewalTerms } from './renewal-terms.js';
import type { Attested, AttestRequest } from './requests.js';
import type { VerifierParts } from './service.js';
import { noteSighting } from './sightings.js';
import { graceWarnings } from './stale-documents.js';
import { admitSubmission, openSubmission, requireKeyHeld, type Submission } from './submission.js';
import { parseSubmitted } from './submitted.js';
import { toldDenial, toldUndecided } from './told-denial.js';
import { appraiseBound, type BoundEvidence } from './verify.js';

export async function attest(
  parts: VerifierParts,
  tenant: Tenant,
  request: AttestRequest,
  { recording, aside }: { readonly recording: Recording; readonly aside: Aside },
): Promise<Attested> {
  recording.entered('parse');
  const evidence = parseSubmitted(request.evidence);
  recording.recognised(evidence.tee);
  return naming(evidence.tee, () => attestParsed(parts, tenant, { request, evidence, recording, aside }));
}

interface Parsed {
  readonly request: AttestRequest;
  readonly evidence: ParsedEvidence;
  readonly recording: Recording;
  readonly aside: Aside;
}

async function attestParsed(
  parts: VerifierParts,
  tenant: Tenant,
  { request, evidence, recording, aside }: Parsed,
): Promise<Attested> {
  requireReportDataBinding(evidence);

  recording.entered('bind');
  const submission = openSubmission(parts, tenant, request);
  if (!evidence.matchesReportData(submission.expectedReportData)) {
    throw new RefusalError(reportDataMismatch(evidence));
  }
  const question: EndorsedQuestion = {
    evidence,
    expectedReportData: submission.expectedReportData,
    at: null,
    aside,
    track: AS_PARSED,
  };
  const { audience: found, collected } = await lookUp(parts, tenant, question, submission);

  recording.entered('authenticate');
  await evidence.screen(parts.anchorsFor(tenant.realm), parts.clock.now());
  await requireKeyHeld(submission);
  let endorsed = requireBound(await authenticateEndorsed(parts, tenant, question, collected));

  let audience = found;
  for (let attempt = 0; attempt < EPOCH_ATTEMPTS; attempt += 1) {
    const reply = await decide(parts, tenant, { submission, audience, endorsed, recording });
    if (typeof reply !== 'string') return reply;
    // It may be the audience that moved.
    if (reply === 'moved') audience = await admitSubmission(parts, tenant, submission);
    endorsed = requireBound(await settleAnew(parts, tenant, question, { before: endorsed, why: reply }));
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
  question: EndorsedQuestion,
  submission: Submission,
): Promise<{ readonly audience: Audience; readonly collected: CollectedEndorsements }> {
  const spent = parts.stores.decisions.isSpent(tenant.name, sha256(submission.challenge.nonce));
  const collected = collectFor(parts, tenant, question);
  // Whichever is not awaited because another one refused has nothing to add.
  for (const asked of [spent, collected]) asked.catch(() => {});
  const audience = await admitSubmission(parts, tenant, submission);
  if (await spent) refuseReplay();
  return { audience, collected: await collected };
}

function requireBound({ result, ...rest }: Endorsed): Endorsed<BoundEvidence> {
  if (!('verdict' in result)) return { result, ...rest };
  if (result.refusal === null) throw new TypeError('evidence that is not bound carries its refusal');
  throw new RefusalError(result.refusal);
}

interface Deciding {
  readonly submission: Submission;
  readonly audience: Audience;
  readonly endorsed: Endorsed<BoundEvidence>;
  readonly recording: Recording;
}

/** Appraises, signs, commits; or nothing was written. */
async function decide(
  parts: VerifierParts,
  tenant: Tenant,
  { submission, audience, endorsed, recording }: Deciding,
): Promise<Attested | Unsettled> {
  recording.entered('appraise');
  const { result: bound, collected, underWay } = endorsed;
  const { challenge, workload } = submission;
  const scope = { named: workload, taken: audience.workloads };
  const { epoch, outcome, matchedElsewhere } = await findGrounds(parts, tenant, bound, {
    scope,
    chosen: null,
  });
  const epochs = { epoch, endorsements: collected.epoch };
  const track = outcome.ok ? trackFor(bound.evidence, outcome.value.policy) : endorsed.track;
  if (track !== endorsed.track) return track;
  recording.assessed(bound.authenticated.tcb);
  if (!outcome.ok) return refuseUndecided(parts, tenant, epochs, outcome.refusal);
  const { policy } = outcome.value;
  const verification = appraiseBound(bound, outcome.value);
  if (verification.refusal !== null && underWay !== null) return 'wanting';
  if (verification.refusal !== null) return refuseUndecided(parts, tenant, epochs, verification.refusal);

  recording.entered('issue');
  const { decision, token, denial } = await conclude(parts, tenant, {
    verification,
    bound,
    policy,
    submission,
    audience,
    matchedElsewhere,
  });
  const told = denial === null ? null : toldDenial(denial, await detailFor(parts, tenant));
  const delivered =
    token === null ? null : await deliver(token, recipientOf(audience, submission.encryptionKey));
  const { build } = parts.verifierId;
  const committed = await parts.stores.decisions.commit({
    decision,
    spend: { nonceDigest: sha256(challenge.nonce), expiresAt: challenge.expiresAt },
    token: token === null ? null : { jti: token.jti, kid: token.kid, expiresAt: token.expiresAt },
    ...epochs,
    named: workload,
    audienceSince: audience.createdAt,
    renewal:
      token === null ? null : renewalTerms({ decision, audience, submission, bound, verification, build }),
  });
  if (committed === 'replayed') refuseReplay();
  if (committed === 'key_moved') parts.signerMoved(tenant.name);
  if (committed !== 'committed') return 'moved';
  noteSighting(parts, verification, { tenant: tenant.name, policy: null });
  if (told !== null) throw new RefusalError({ ...told, facts: { decision: decision.id } });
  if (delivered === null) throw new TypeError('a decision without a denial has a token');
  parts.record.tokenIssued(audience.profile, audience.alg);
  const reply = replyOf(decision, delivered, {
    keyBound: submission.keyThumbprint !== null,
    warnings: [
      ...graceWarnings(bound.authenticated),
      ...(decision.status === 'warning' ? shortfall(verification) : []),
    ],
  });
  return { reply, profile: audience.profile };
}

async function refuseUndecided(
  parts: VerifierParts,
  tenant: Tenant,
  epochs: Epochs,
  refused: Refusal,
): Promise<'moved'> {
  const told = toldUndecided(refused, await detailFor(parts, tenant));
  return refuseWhileStanding(parts, tenant, epochs, told);
}

/** Asked for before the commit: a denial that was recorded is told in any case. */
async function detailFor({ stores }: VerifierParts, tenant: Tenant): Promise<ProblemDetail> {
  return (await stores.tenants.settings(tenant.name)).problemDetail;
}
