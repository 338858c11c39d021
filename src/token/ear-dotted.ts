/**
 * The older names of an EAR, with dots, which Veraison’s libraries and Trustee’s policies read. Used alone they are the
 * profile `ear-legacy`, beside those of draft-ietf-rats-ear-04 the profile `ear-compat`. Pure.
 */
import type { JsonObject } from '../rats/result.js';
import { PROFILE_TAGS } from '../rats/token-form.js';
import { appraisalOf, CPU, type EarInput, policyIdOf, verifierIdOf } from './ear.js';
import { publicClaims } from './public-claims.js';

/** The dialect has no overall status: readers look at each submodule. */
export function legacyClaims(input: EarInput): JsonObject {
  return {
    ...publicClaims(input),
    eat_profile: PROFILE_TAGS['ear-legacy'],
    'ear.verifier-id': verifierIdOf(input),
    submods: { [CPU]: dottedAppraisal(input) },
  };
}

export interface CompatInput extends EarInput {
  /** The attester’s public key that secrets are encrypted to, as it was bound; null: it sent none. */
  readonly encryptionKey: JsonObject | null;
}

/** A valid EAR of the draft, of which each dotted name repeats a value. */
export function compatClaims(input: CompatInput): JsonObject {
  return {
    ...publicClaims(input),
    eat_profile: PROFILE_TAGS['ear-compat'],
    ear_verifier_id: verifierIdOf(input),
    'ear.verifier-id': verifierIdOf(input),
    ear_status: input.decision.status,
    ...(input.encryptionKey === null ? {} : { 'tee-pubkey': teePublicKey(input.encryptionKey) }),
    submods: { [CPU]: { ...appraisalOf(input), ...dottedAppraisal(input) } },
  };
}

function dottedAppraisal(input: EarInput): JsonObject {
  const { status, vector } = input.decision;
  return {
    'ear.status': status,
    'ear.trustworthiness-vector': { ...vector },
    'ear.appraisal-policy-id': policyIdOf(input),
  };
}

/** Where a Trustee key broker looks for the key that it wraps a secret to; it reads the algorithm from the key. */
function teePublicKey(encryptionKey: JsonObject): JsonObject {
  return { ...encryptionKey, alg: 'ECDH-ES+A256KW' };
}
