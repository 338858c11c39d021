/** From a decision to the token that leaves for it, and to the reply around that token. */
import { type IssuedToken, issueToken } from '../token/issuer.js';
import { claimsOf } from '../token/profile.js';
import type { Decision } from './decision-ports.js';
import type { Delivered } from './delivery.js';
import type { TokenHeader, TokenSigner } from './key-ports.js';
import type { Tenant } from './ports.js';
import type { Audience } from './reference-ports.js';
import type { AttestReply } from './requests.js';
import type { VerifierParts } from './service.js';
import type { Submission } from './submission.js';
import type { BoundEvidence } from './verify.js';

export interface Issuance {
  readonly decision: Decision;
  readonly submission: Pick<Submission, 'keyThumbprint' | 'encryptionKey'> & {
    readonly challenge: Pick<Submission['challenge'], 'rpNonce'>;
  };
  readonly audience: Audience;
  readonly bound: { readonly authenticated: Pick<BoundEvidence['authenticated'], 'trustUntil'> };
  readonly graceUntil: Date | null;
  /** When the token begins. */
  readonly at: Date;
}

/** The token leaves only after the decision committed; until then it is a string nobody has seen. */
export async function tokenFor(
  parts: VerifierParts,
  tenant: Tenant,
  { decision, submission, audience, bound, graceUntil, at }: Issuance,
): Promise<IssuedToken> {
  const { challenge, encryptionKey, keyThumbprint } = submission;
  const claims = claimsOf({
    tenant: tenant.name,
    issuer: tenant.issuer,
    verifierId: parts.verifierId,
    decision: { ...decision, ...matchOf(decision) },
    tcbInGrace: graceUntil !== null,
    audience: audience.name,
    rpNonce: challenge.rpNonce,
    keyThumbprint,
    encryptionKey,
    profile: audience.profile,
    clientId: audience.clientId,
    awsTags: audience.awsTags,
  });
  const signer = await parts.signerFor(tenant.name, audience.alg);
  const { header, until } = await headerFor(parts, tenant, audience, signer);
  return issueToken(
    {
      issuer: tenant.issuer,
      claims,
      header,
      at,
      lifetime: audience.lifetime,
      trustUntil: earliest(bound.authenticated.trustUntil, graceUntil, until),
    },
    { signer, entropy: parts.entropy },
  );
}

/** What the header says beside the algorithm; `until`: the end of a certificate in it. */
async function headerFor(
  { authorities }: VerifierParts,
  tenant: Tenant,
  { name, keyHeader, typ }: Audience,
  signer: TokenSigner,
): Promise<{ readonly header: TokenHeader; readonly until: Date | null }> {
  if (keyHeader === 'kid') return { header: { typ }, until: null };
  const { x5c, notAfter } = await authorities.certificateFor(tenant.name, name, signer);
  const { kid, alg, publicJwk } = signer;
  return { header: { typ, jwk: { ...publicJwk, kid, alg, use: 'sig', x5c } }, until: notAfter };
}

/** No token outlives what it rests on. */
function earliest(first: Date, ...others: readonly (Date | null)[]): Date {
  return others.reduce<Date>(
    (before, other) => (other !== null && other.getTime() < before.getTime() ? other : before),
    first,
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

export function replyOf(
  decision: Decision,
  token: Delivered,
  { keyBound, warnings }: { readonly keyBound: boolean; readonly warnings: readonly string[] },
): AttestReply {
  const { workload, referenceVersion } = matchOf(decision);
  return {
    token: token.token,
    ...(token.encrypted ? { token_format: 'jwe' } : {}),
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
