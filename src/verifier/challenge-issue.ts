/** Use case: hand out a challenge. Reads the audience, writes nothing. */
import { base64urlOf, hexOf } from '../bytes/encoding.js';
import { refuse } from '../rats/refusal.js';
import { refuseKeyless } from '../rats/shared-refusals.js';
import { CHALLENGE_LIFETIME_SECONDS, challengeSealOf, nonceLength } from './challenge.js';
import type { Tenant } from './ports.js';
import type { Audience } from './reference-ports.js';
import type { Binding, ChallengeReply, ChallengeRequest } from './requests.js';
import type { VerifierParts } from './service.js';

export async function issueChallenge(
  parts: VerifierParts,
  tenant: Tenant,
  request: ChallengeRequest,
): Promise<ChallengeReply> {
  const audience = await requireAudience(parts, tenant, request.audience);
  requireBindingAllowed(audience, request.binding);
  const nonce = parts.entropy.bytes(nonceLength(request.binding));
  const expiresAt = new Date(parts.clock.now().getTime() + CHALLENGE_LIFETIME_SECONDS * 1000);
  const challenge = challengeSealOf(parts.challengeSecret, tenant.issuer).seal({
    audience: audience.name,
    binding: request.binding,
    nonce,
    rpNonce: request.rpNonce,
    expiresAt,
  });
  return {
    challenge,
    nonce: base64urlOf(nonce),
    issuer: tenant.issuer,
    audience: audience.name,
    binding: request.binding,
    expires_at: expiresAt.toISOString(),
    ...(request.binding === 'raw-nonce' ? { report_data: hexOf(nonce) } : {}),
  };
}

/** Refuses `audience_unknown`. */
export async function requireAudience(parts: VerifierParts, tenant: Tenant, name: string): Promise<Audience> {
  const audience = await parts.stores.audiences.get(tenant.name, name);
  if (audience === null) {
    refuse('audience_unknown', 'request', 'This issuer has no such audience.');
  }
  return audience;
}

/** A raw nonce binds no key, so it is only for audiences that take unbound tokens. */
export function requireBindingAllowed(audience: Audience, binding: Binding): void {
  if (binding === 'raw-nonce' && audience.keyBinding === 'required') {
    refuseKeyless('This audience takes key-bound tokens only: use the binding v1 and send keys.sig.');
  }
}
