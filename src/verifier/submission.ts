/**
 * What a submission claims about its freshness: challenge, audience, keys, and the REPORT_DATA they come to. And
 * whether whoever it is for takes it.
 */
import { base64urlOf } from '../bytes/encoding.js';
import { type CertificationRequest, requireOwnSignature } from '../pki/certification-request.js';
import { bindingDigest, jwkThumbprint, type PublicJwk, requirePublicJwk } from '../rats/binding.js';
import { refuse } from '../rats/refusal.js';
import { refuseBinding, refuseKeyless } from '../rats/shared-refusals.js';
import { readSigningKey, type SigningKey } from './attester-key.js';
import { type Challenge, challengeSealOf } from './challenge.js';
import { requireAudience, requireBindingAllowed } from './challenge-issue.js';
import type { Tenant } from './ports.js';
import type { Audience } from './reference-ports.js';
import { requireWorkload } from './references.js';
import type { AttestRequest } from './requests.js';
import type { VerifierParts } from './service.js';

/** A submission whose challenge and keys fit together, by its own word and that of the seal. */
export interface Submission {
  /** The name that the challenge was sealed for. */
  readonly audience: string;
  readonly challenge: Challenge;
  readonly workload: string | null;
  readonly keyThumbprint: string | null;
  /** Null: the key was sent by itself, or not at all. */
  readonly certificationRequest: CertificationRequest | null;
  /** The attester’s public key that secrets are encrypted to, reduced to its own members. */
  readonly encryptionKey: PublicJwk | null;
  readonly expectedReportData: Uint8Array;
}

/** Refuses what does not fit together; asks nobody. */
export function openSubmission(parts: VerifierParts, tenant: Tenant, request: AttestRequest): Submission {
  const seal = challengeSealOf(parts.challengeSecret, tenant.issuer);
  const challenge = seal.open(request.challenge, parts.clock.now());
  if (challenge.audience !== request.audience) {
    refuse(
      'challenge_audience_mismatch',
      'bind',
      'The challenge was made for another audience than the request names.',
    );
  }
  if (request.binding !== null && request.binding !== challenge.binding) {
    refuseBinding(
      'request',
      `This form of request is for challenges with the binding ${request.binding}; this one has ${challenge.binding}: send it as JSON.`,
    );
  }
  const { sig, enc } = publicKeysOf(request, challenge);
  const keyThumbprint = sig === null ? null : jwkThumbprint(sig.jwk);
  return {
    audience: challenge.audience,
    challenge,
    workload: request.workload,
    keyThumbprint,
    certificationRequest: sig?.request ?? null,
    encryptionKey: enc,
    expectedReportData:
      challenge.binding === 'raw-nonce'
        ? challenge.nonce
        : bindingDigest({
            issuer: tenant.issuer,
            audience: challenge.audience,
            nonce: base64urlOf(challenge.nonce),
            sig: keyThumbprint,
            enc: enc === null ? null : jwkThumbprint(enc),
          }),
  };
}

function publicKeysOf(
  { keys }: AttestRequest,
  challenge: Challenge,
): { readonly sig: SigningKey | null; readonly enc: PublicJwk | null } {
  if (challenge.binding === 'raw-nonce' && (keys.sig !== null || keys.enc !== null)) {
    refuseBinding('request', 'A raw nonce leaves no room for keys: use the binding v1 to send keys.');
  }
  return {
    sig: keys.sig === null ? null : readSigningKey(keys.sig),
    enc: keys.enc === null ? null : requirePublicJwk(keys.enc, 'enc'),
  };
}

/**
 * A certification request must be signed by its own key. Asked when evidence is known to cover the key, and the certificates that it
 * brought to lead to an anchor: until then anybody may have written both, and this signature costs us work. Refuses `key_invalid`.
 */
export async function requireKeyHeld({ certificationRequest }: Submission): Promise<void> {
  if (certificationRequest !== null) await requireOwnSignature(certificationRequest);
}

/** The audience, if it takes such a submission. Refuses also a workload that the tenant does not have. */
export async function admitSubmission(
  parts: VerifierParts,
  tenant: Tenant,
  { audience: name, challenge, workload, keyThumbprint }: Submission,
): Promise<Audience> {
  // Asked together; a workload that is missing is a matter only where there is an audience.
  const asked = requireWorkload(parts, tenant, workload);
  asked.catch(() => {});
  const audience = await requireAudience(parts, tenant, name);
  requireBindingAllowed(audience, challenge.binding);
  if (keyThumbprint === null && audience.keyBinding === 'required') {
    refuseKeyless('This audience takes key-bound tokens only: send keys.sig.');
  }
  await asked;
  return audience;
}
