/**
 * Use case: another token for evidence that was judged minutes ago, for whoever holds the key that it binds. Nothing is
 * judged again, since the evidence is not kept; so all that the decision rests on must stand as it stood then, and where
 * anything moved the answer is to attest again.
 */
import { sha256 } from '../bytes/digest.js';
import { type PublicJwk, requirePublicJwk } from '../rats/binding.js';
import { reservations } from '../rats/check.js';
import { refuse } from '../rats/refusal.js';
import { DPOP_ALGS, type DpopProof, DpopRefused, verifyDpopProof } from '../token/dpop.js';
import { canonicalHttpUri } from '../token/http-uri.js';
import {
  type PresentedToken,
  parsePresentedToken,
  readPresentedToken,
  TokenRefused,
} from '../token/presented-token.js';
import { EPOCH_ATTEMPTS, refuseRestlessness } from './appraise.js';
import type { Decision } from './decision-ports.js';
import { deliver, recipientOf } from './delivery.js';
import { replyOf, tokenFor } from './issuance.js';
import type { Tenant } from './ports.js';
import type { Recording } from './record.js';
import type { Audience } from './reference-ports.js';
import type { RenewableDecision } from './renewal-ports.js';
import type { Attested, RenewRequest } from './requests.js';
import type { VerifierParts } from './service.js';
import { recordedGraceWarnings } from './stale-documents.js';

/** Under the issuer. */
export const RENEWAL_PATH = '/v1/tokens/renew';
/** What a proof may be signed with. */
export const PROOF_ALGS: readonly string[] = DPOP_ALGS;
/** Seconds that a proof may be old, or ahead of this clock. */
export const PROOF_WINDOW = 60;

export async function renew(
  parts: VerifierParts,
  tenant: Tenant,
  request: RenewRequest,
  recording: Recording,
): Promise<Attested> {
  recording.entered('authenticate');
  const at = parts.clock.now();
  const token = await requireToken(parts, tenant, request.token, at);
  const proof = await requireProof(tenant, request, token, at);

  recording.entered('appraise');
  const renewable = await requireRenewable(parts, tenant, token, at);
  const { decision } = renewable;
  recording.recognised(decision.tee);
  const audience = await parts.stores.audiences.get(tenant.name, decision.audience ?? '');
  if (audience === null) return refuseMoved();

  recording.entered('issue');
  const renewal = { token, proof, renewable, audience, at };
  for (let attempt = 0; attempt < EPOCH_ATTEMPTS; attempt += 1) {
    const attested = await issueAnew(parts, tenant, renewal);
    if (attested !== null) return attested;
  }
  return refuseRestlessness();
}

interface Renewal {
  readonly token: PresentedToken;
  readonly proof: DpopProof;
  readonly renewable: RenewableDecision;
  readonly audience: Audience;
  /** The one instant by which it was found renewable, so that the end of that is never the issuer's to refuse. */
  readonly at: Date;
}

/** Signs and commits. Null when another key signs by now: nothing was written. */
async function issueAnew(
  parts: VerifierParts,
  tenant: Tenant,
  { token, proof, renewable: { decision, terms }, audience, at }: Renewal,
): Promise<Attested | null> {
  const encryptionKey = encryptionKeyOf(terms);
  const issued = await tokenFor(parts, tenant, {
    decision,
    submission: { challenge: { rpNonce: null }, keyThumbprint: terms.keyThumbprint, encryptionKey },
    audience,
    bound: { authenticated: { trustUntil: terms.until } },
    graceUntil: terms.inGrace ? terms.until : null,
    at,
  });
  const delivered = await deliver(issued, recipientOf(audience, encryptionKey));
  const committed = await parts.stores.renewals.commit({
    tenant: tenant.name,
    realm: tenant.realm,
    decision: decision.id,
    audience,
    renews: token.jti,
    proof: spentProof(proof),
    token: { jti: issued.jti, kid: issued.kid, expiresAt: issued.expiresAt },
  });
  if (committed === 'key_moved') {
    parts.signerMoved(tenant.name);
    return null;
  }
  if (committed === 'replayed') {
    refuse('dpop_proof_replayed', 'bind', 'This DPoP proof was shown before.');
  }
  if (committed === 'moved') refuseMoved();
  parts.record.tokenIssued(audience.profile, audience.alg);
  const reply = replyOf(decision, delivered, { keyBound: true, warnings: warningsOf(decision) });
  return { reply, profile: audience.profile };
}

async function requireToken(
  parts: VerifierParts,
  tenant: Tenant,
  token: string | null,
  at: Date,
): Promise<PresentedToken> {
  if (token === null) return refuseToken('The request has no `Authorization: DPoP` with the token to renew.');
  try {
    const form = parsePresentedToken(token);
    const keys = await parts.tokenKeys(tenant.name);
    return await readPresentedToken({ token: form, issuer: tenant.issuer, keys, at });
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    return refuseToken(error.message);
  }
}

function refuseToken(detail: string): never {
  refuse('token_invalid', 'authenticate', detail);
}

/** Only after the token: what a proof is about is known from there. */
async function requireProof(
  tenant: Tenant,
  { token, proof }: RenewRequest,
  { thumbprint }: PresentedToken,
  at: Date,
): Promise<DpopProof> {
  if (proof === null) return refuseProof('The request has no header `DPoP` with a proof of possession.');
  const url = canonicalHttpUri(tenant.issuer + RENEWAL_PATH);
  if (url === null) throw new TypeError('an issuer is an HTTP URI');
  const question = { proof, method: 'POST', url, token, thumbprint, at, window: PROOF_WINDOW };
  try {
    return await verifyDpopProof(question);
  } catch (error) {
    if (!(error instanceof DpopRefused)) throw error;
    return refuseProof(error.message);
  }
}

function refuseProof(detail: string): never {
  refuse('dpop_proof_invalid', 'bind', detail);
}

async function requireRenewable(
  { stores, verifierId }: VerifierParts,
  tenant: Tenant,
  token: PresentedToken,
  at: Date,
): Promise<RenewableDecision> {
  const found = await stores.renewals.find(tenant.name, token.jti);
  if (found === null) {
    return refuseRenewal(
      'Nothing is kept to renew this token by: its audience does not take renewals, or not any more.',
    );
  }
  requireAsRecorded(token, found);
  const { decision, terms } = found;
  if (terms.until.getTime() < at.getTime() + 1000) {
    refuseRenewal(
      `Tokens for this evidence may be renewed until ${terms.until.toISOString()}, and no longer.`,
    );
  }
  if (terms.build !== verifierId.build) {
    refuseRenewal('Another version of this service judged the evidence.');
  }
  if (!(await isInWindow(stores, decision, at))) {
    refuseRenewal('The reference value that the evidence matched does not hold any more.');
  }
  return found;
}

/** What the new token says is the record's word: a signature alone, by a key in other hands say, is not enough. */
function requireAsRecorded(
  { kid, audience, thumbprint }: PresentedToken,
  { decision, signedBy, terms }: RenewableDecision,
): void {
  if (kid === signedBy && audience === decision.audience && thumbprint === terms.keyThumbprint) return;
  refuseToken('The token does not count here: it is not the one that was issued under its `jti`.');
}

/** Ends that are known in advance raise no epoch when they come. */
async function isInWindow(
  { referenceValues }: VerifierParts['stores'],
  { tenant, workload, referenceVersion }: Decision,
  at: Date,
): Promise<boolean> {
  if (workload === null || referenceVersion === null) return false;
  const version = await referenceValues.get(tenant, workload, referenceVersion);
  return version !== null && (version.notAfter === null || at.getTime() <= version.notAfter.getTime());
}

function refuseRenewal(detail: string): never {
  refuse('evidence_required', 'appraise', detail);
}

function refuseMoved(): never {
  refuseRenewal(
    'Policies, reference values, machines, vendor documents or the audience have changed since the evidence was judged.',
  );
}

function encryptionKeyOf({ encryptionKey }: RenewableDecision['terms']): PublicJwk | null {
  return encryptionKey === null ? null : requirePublicJwk(encryptionKey, 'enc');
}

/** A proof of one key says nothing of another's with the same `jti`. Nobody takes it once its window has passed. */
function spentProof({ thumbprint, jti, iat }: DpopProof): { digest: Uint8Array; expiresAt: Date } {
  const digest = sha256(Buffer.from(`${thumbprint}\0${jti}`, 'utf8'));
  return { digest, expiresAt: new Date((iat + PROOF_WINDOW + 1) * 1000) };
}

/** What was said beside the first token, from the record. */
function warningsOf({ status, checks, endorsements }: Decision): readonly string[] {
  const graced = recordedGraceWarnings(endorsements);
  if (status !== 'warning') return graced;
  return [...graced, ...reservations(checks).map(({ id, remedy }) => `${id}: ${remedy}`)];
}
