/**
 * The claims set of a token: an EAT attestation result (draft-ietf-rats-ear-04) with one flat object of our
 * own, `att`, for brokers whose policies read scalars. Pure; whoever signs stamps issuer, times and jti.
 */
import type { JsonObject, TrustTier, TrustVector } from '../rats/result.js';

export const EAR_PROFILE = 'tag:ietf.org,2026:rats/ear#04';

/** Everything comes from the recorded decision, so that a token never says more than its record. */
export interface EarInput {
  readonly tenant: string;
  readonly issuer: string;
  /** Who appraised: developer URI and build. */
  readonly verifierId: { readonly developer: string; readonly build: string };
  readonly decision: {
    readonly id: string;
    readonly workload: string;
    readonly referenceVersion: number;
    readonly status: TrustTier;
    readonly vector: TrustVector;
    readonly tee: string;
    readonly generation: string;
    readonly debug: boolean;
    readonly simulated: boolean;
    readonly measurement: string;
    readonly evidenceDigest: string;
    /** `standard@1` */
    readonly policy: string;
    readonly policyDigest: string;
    readonly tcb: { readonly status: string; readonly source: string; readonly date: string };
  };
  /**
   * A TCB status, or a document past its nextUpdate, is accepted only while a grace of the policy lasts; the record’s check
   * entry says which and until when.
   */
  readonly tcbInGrace: boolean;
  readonly audience: string;
  /** The relying party's own nonce, when one was sealed into the challenge. */
  readonly rpNonce: string | null;
  /** RFC 7638 thumbprint of the attester's signing key; null: a bearer token. */
  readonly keyThumbprint: string | null;
}

export function earClaims(input: EarInput): JsonObject {
  const { decision, issuer, tenant } = input;
  return {
    sub: `tenant:${tenant}:workload:${decision.workload}`,
    aud: input.audience,
    eat_profile: EAR_PROFILE,
    ...(input.rpNonce === null ? {} : { eat_nonce: input.rpNonce }),
    ear_verifier_id: { developer: input.verifierId.developer, build: input.verifierId.build },
    ear_status: decision.status,
    ...(input.keyThumbprint === null ? {} : { cnf: { jkt: input.keyThumbprint } }),
    att: attClaims(input),
    submods: {
      cpu0: {
        ear_status: decision.status,
        ear_trustworthiness_vector: { ...decision.vector },
        ear_appraisal_policy_ids: [`${issuer}/policies/${decision.policy.replace('@', '/')}`],
      },
    },
  };
}

/** Scalars only, always all present, nothing secret. */
function attClaims({ decision, tenant, rpNonce, tcbInGrace }: EarInput): JsonObject {
  return {
    v: 1,
    tenant,
    workload: decision.workload,
    reference_version: decision.referenceVersion,
    tee: decision.tee,
    generation: decision.generation,
    debug: decision.debug,
    simulated: decision.simulated,
    tcb_status: decision.tcb.status,
    tcb_source: decision.tcb.source,
    tcb_date: decision.tcb.date,
    tcb_in_grace: tcbInGrace,
    measurement: decision.measurement,
    policy: decision.policy,
    policy_digest: decision.policyDigest,
    decision: decision.id,
    evidence_digest: decision.evidenceDigest,
    // Device evidence cannot be submitted in this version, so there is none.
    devices: 'none',
    fresh: rpNonce === null ? 'challenge' : 'rp-nonce',
  };
}
