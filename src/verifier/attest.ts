/**
 * Use case: evidence for a token. Cheap before dear: parse, challenge, REPORT_DATA, replay, leaf chain; only
 * then vendor documents, signatures and reference values. Challenge, decision and token commit together.
 */
import { sha256 } from '../bytes/digest.js';
import { mergeChecks } from '../rats/check.js';
import type { ParsedEvidence } from '../rats/evidence.js';
import { RefusalError, refuse } from '../rats/refusal.js';
import { parseEvidence } from '../tee/registry.js';
import { earClaims } from '../token/ear.js';
import { type IssuedToken, issueToken } from '../token/issuer.js';
import { decisionOf } from './decision.js';
import { denialOf, shortfall } from './denial.js';
import { naming } from './naming.js';
import type { Decision, Tenant } from './ports.js';
import type { Recording } from './record.js';
import { findReferences } from './references.js';
import type { AttestReply, AttestRequest } from './requests.js';
import type { VerifierParts } from './service.js';
import { openSubmission, type Submission } from './submission.js';
import {
  appraiseBound,
  authenticateBound,
  type BoundEvidence,
  challengeChecks,
  reportDataMismatch,
} from './verify.js';

/** How often reference values may change under one submission before it is told to come back. */
const EPOCH_ATTEMPTS = 8;

export async function attest(
  parts: VerifierParts,
  tenant: Tenant,
  request: AttestRequest,
  recording: Recording,
): Promise<AttestReply> {
  recording.entered('parse');
  const { type, bytes, certificates } = request.evidence;
  const evidence = parseEvidence(type, bytes, certificates);
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
  const submission = await openSubmission(parts, tenant, request);
  if (!evidence.matchesReportData(submission.expectedReportData)) {
    throw new RefusalError(reportDataMismatch(evidence));
  }
  if (await parts.stores.decisions.isSpent(tenant.name, sha256(submission.challenge.nonce))) refuseReplay();

  recording.entered('authenticate');
  const bound = await authenticate(parts, tenant, evidence, submission);
  recording.assessed(bound.authenticated.tcb);

  for (let attempt = 0; attempt < EPOCH_ATTEMPTS; attempt += 1) {
    const reply = await decide(parts, tenant, { submission, bound, recording });
    if (reply !== null) return reply;
  }
  return refuse(
    'overloaded',
    'appraise',
    'Reference values kept changing while this evidence was appraised.',
    {
      retryAfter: 1,
    },
  );
}

/** An envelope whose freshness is a vTPM quote has nothing of ours in REPORT_DATA. */
function requireReportDataBinding(evidence: ParsedEvidence): void {
  if (evidence.binding === 'report-data') return;
  refuse(
    'binding_unsupported',
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

async function authenticate(
  parts: VerifierParts,
  tenant: Tenant,
  evidence: ParsedEvidence,
  submission: Submission,
): Promise<BoundEvidence> {
  const anchors = parts.anchorsFor(tenant.realm);
  await evidence.screen(anchors, parts.clock.now());
  const endorsements = await parts.collect(evidence.requirements, {
    realm: tenant.realm,
    at: parts.clock.now(),
    tense: 'now',
  });
  // One instant for all that follows, read once everything is at hand.
  const at = parts.clock.now();
  const bound = await authenticateBound({
    evidence,
    expectedReportData: submission.expectedReportData,
    endorsements,
    anchors,
    at,
    revocation: 'required',
  });
  if (!('verdict' in bound)) return bound;
  if (bound.refusal === null) throw new TypeError('evidence that is not bound carries its refusal');
  throw new RefusalError(bound.refusal);
}

interface Deciding {
  readonly submission: Submission;
  readonly bound: BoundEvidence;
  readonly recording: Recording;
}

/** Appraises, signs, commits. Null when reference values changed meanwhile: nothing was written. */
async function decide(
  parts: VerifierParts,
  tenant: Tenant,
  { submission, bound, recording }: Deciding,
): Promise<AttestReply | null> {
  recording.entered('appraise');
  const { audience, challenge, workload } = submission;
  const found = await findReferences(parts, tenant, bound, { named: workload, taken: audience.workloads });
  const verification = appraiseBound(bound, { policy: parts.policy, references: found.query });
  const denial = denialOf(verification, { audience, matchedElsewhere: found.matchedElsewhere });
  const decision = decisionOf(
    {
      verification,
      act: 'attest',
      tenant: tenant.name,
      audience: audience.name,
      code: denial?.refusal.code ?? null,
      checks: mergeChecks(denial?.checks ?? verification.verdict.checks, challengeChecks()),
      policy: parts.policy,
      recordedAt: parts.clock.now(),
    },
    parts.entropy,
  );

  recording.entered('issue');
  const token = denial === null ? await tokenFor(parts, tenant, { decision, submission, bound }) : null;
  const outcome = await parts.stores.decisions.commit({
    decision,
    spend: { nonceDigest: sha256(challenge.nonce), expiresAt: challenge.expiresAt },
    token: token === null ? null : { jti: token.jti, kid: token.kid, expiresAt: token.expiresAt },
    epoch: found.epoch,
  });
  if (outcome === 'replayed') refuseReplay();
  if (outcome === 'epoch_moved') return null;
  if (denial !== null) {
    throw new RefusalError({ ...denial.refusal, facts: { decision: decision.id } });
  }
  if (token === null) throw new TypeError('a decision without a denial has a token');
  parts.record.tokenIssued(audience.profile, audience.alg);
  return replyOf(decision, token, {
    keyBound: submission.keyThumbprint !== null,
    warnings: decision.status === 'warning' ? shortfall(verification) : [],
  });
}

/** The token leaves only after the decision committed; until then it is a string nobody has seen. */
async function tokenFor(
  parts: VerifierParts,
  tenant: Tenant,
  {
    decision,
    submission,
    bound,
  }: { readonly decision: Decision; readonly submission: Submission; readonly bound: BoundEvidence },
): Promise<IssuedToken> {
  const { audience, challenge, keyThumbprint } = submission;
  const claims = earClaims({
    tenant: tenant.name,
    issuer: tenant.issuer,
    verifierId: parts.verifierId,
    decision: { ...decision, ...matchOf(decision) },
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
      trustUntil: bound.authenticated.trustUntil,
    },
    { signer: await parts.signerFor(tenant.name), entropy: parts.entropy },
  );
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
