/** The claims that are the same in every profile: whom a token is about and for, whose key it is, and `att`. Pure. */
import type { JsonObject } from '../rats/result.js';

export interface PublicClaims {
  readonly tenant: string;
  readonly issuer: string;
  readonly decision: {
    readonly id: string;
    readonly workload: string;
    readonly referenceVersion: number;
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

export function publicClaims(input: PublicClaims): JsonObject {
  const { audience, decision, keyThumbprint, rpNonce, tenant } = input;
  return {
    sub: `tenant:${tenant}:workload:${decision.workload}`,
    aud: audience,
    ...(rpNonce === null ? {} : { eat_nonce: rpNonce }),
    ...(keyThumbprint === null ? {} : { cnf: { jkt: keyThumbprint } }),
    att: attClaims(input),
  };
}

/** Scalars only, always all present, nothing secret. */
function attClaims({ decision, tenant, rpNonce, tcbInGrace }: PublicClaims): JsonObject {
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
