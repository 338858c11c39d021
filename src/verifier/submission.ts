/** What a submission claims about its freshness: challenge, audience, keys, and the REPORT_DATA they come to. */
import { base64urlOf } from '../bytes/encoding.js';
import { bindingDigest, jwkThumbprint, requirePublicJwk } from '../rats/binding.js';
import { refuse } from '../rats/refusal.js';
import { type Challenge, createChallengeSeal } from './challenge.js';
import { requireAudience, requireBindingAllowed } from './challenge-issue.js';
import type { Audience, Tenant } from './ports.js';
import { requireWorkload } from './references.js';
import type { AttestRequest } from './requests.js';
import type { VerifierParts } from './service.js';

/** A submission whose challenge, keys and REPORT_DATA fit together. */
export interface Submission {
  readonly audience: Audience;
  readonly challenge: Challenge;
  readonly workload: string | null;
  readonly keyThumbprint: string | null;
  readonly expectedReportData: Uint8Array;
}

/** Refuses what does not fit together, before anything dear was done. */
export async function openSubmission(
  parts: VerifierParts,
  tenant: Tenant,
  request: AttestRequest,
): Promise<Submission> {
  const seal = createChallengeSeal(parts.challengeSecret, tenant.issuer);
  const challenge = seal.open(request.challenge, parts.clock.now());
  if (challenge.audience !== request.audience) {
    refuse(
      'challenge_audience_mismatch',
      'bind',
      'The challenge was made for another audience than the request names.',
    );
  }
  if (request.binding !== null && request.binding !== challenge.binding) {
    refuse(
      'binding_unsupported',
      'request',
      `This form of request is for challenges with the binding ${request.binding}; this one has ${challenge.binding}: send it as JSON.`,
    );
  }
  const audience = await requireAudience(parts, tenant, request.audience);
  requireBindingAllowed(audience, challenge.binding);
  await requireWorkload(parts, tenant, request.workload);
  const keys = thumbprintsOf(request, audience, challenge);
  return {
    audience,
    challenge,
    workload: request.workload,
    keyThumbprint: keys.sig,
    expectedReportData:
      challenge.binding === 'raw-nonce'
        ? challenge.nonce
        : bindingDigest({
            issuer: tenant.issuer,
            audience: audience.name,
            nonce: base64urlOf(challenge.nonce),
            ...keys,
          }),
  };
}

function thumbprintsOf(
  { keys }: AttestRequest,
  audience: Audience,
  challenge: Challenge,
): { readonly sig: string | null; readonly enc: string | null } {
  if (challenge.binding === 'raw-nonce' && (keys.sig !== null || keys.enc !== null)) {
    refuse(
      'binding_unsupported',
      'request',
      'A raw nonce leaves no room for keys: use the binding v1 to send keys.',
    );
  }
  if (keys.sig === null && audience.keyBinding === 'required') {
    refuse('key_binding_required', 'request', 'This audience takes key-bound tokens only: send keys.sig.');
  }
  return {
    sig: keys.sig === null ? null : jwkThumbprint(requirePublicJwk(keys.sig, 'sig')),
    enc: keys.enc === null ? null : jwkThumbprint(requirePublicJwk(keys.enc, 'enc')),
  };
}
