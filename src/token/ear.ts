/**
 * The claims set of a token in the profile `ear`: an EAT attestation result (draft-ietf-rats-ear-04) with one flat object
 * of our own, `att`, for brokers whose policies read scalars. Pure; whoever signs stamps issuer, times and jti.
 */
import type { JsonObject, TrustTier, TrustVector } from '../rats/result.js';
import { PROFILE_TAGS } from '../rats/token-form.js';
import { type PublicClaims, publicClaims } from './public-claims.js';

/** Label of the one attester there is: the machine that the evidence speaks of. Other verifiers call it so too. */
export const CPU = 'cpu0';

/** Everything comes from the recorded decision, so that a token never says more than its record. */
export interface EarInput extends PublicClaims {
  /** Who appraised: developer URI and build. */
  readonly verifierId: { readonly developer: string; readonly build: string };
  readonly decision: PublicClaims['decision'] & {
    readonly status: TrustTier;
    readonly vector: TrustVector;
  };
}

export function earClaims(input: EarInput): JsonObject {
  return {
    ...publicClaims(input),
    eat_profile: PROFILE_TAGS.ear,
    ear_verifier_id: verifierIdOf(input),
    ear_status: input.decision.status,
    submods: { [CPU]: appraisalOf(input) },
  };
}

/** One attester, so its appraisal is the whole: the overall status is its own. */
export function appraisalOf(input: EarInput): JsonObject {
  const { status, vector } = input.decision;
  return {
    ear_status: status,
    ear_trustworthiness_vector: { ...vector },
    ear_appraisal_policy_ids: [policyIdOf(input)],
  };
}

export function verifierIdOf({ verifierId: { developer, build } }: EarInput): JsonObject {
  return { developer, build };
}

/** A URI that names policy and version. */
export function policyIdOf({ issuer, decision }: EarInput): string {
  return `${issuer}/policies/${decision.policy.replace('@', '/')}`;
}
