/** What a token says, once it has been verified. Members of `att` have the names of the token's own claims. */
import type { JsonObject } from '../rats/result.js';

/** Statuses with which tokens exist: a token means yes. */
export type TokenStatus = 'affirming' | 'warning';

/** Facts about the attested guest, all of them from the recorded decision. */
export interface AttestationFacts {
  /** Version of this object. */
  readonly v: 1;
  readonly tenant: string;
  readonly workload: string;
  /** Which registered reference values matched; grows with each registration. */
  readonly reference_version: number;
  /** `sev-snp`, `tdx`, `az-sev-snp`, `az-tdx`. */
  readonly tee: string;
  readonly generation: string;
  /** True: the host can read the guest's memory. */
  readonly debug: boolean;
  /** True: anybody could have made the evidence. */
  readonly simulated: boolean;
  readonly tcb_status: string;
  readonly tcb_source: string;
  readonly tcb_date: string;
  /** The level or a vendor document counts only while a grace of the policy lasts. */
  readonly tcb_in_grace: boolean;
  /** Lowercase hex. */
  readonly measurement: string;
  /** `standard@7` */
  readonly policy: string;
  readonly policy_digest: string;
  /** Names the record of the verdict: `dec_…`. */
  readonly decision: string;
  readonly evidence_digest: string;
  readonly devices: string;
  /** `challenge` or `rp-nonce`. */
  readonly fresh: string;
}

export interface VerifiedToken {
  readonly issuer: string;
  /** `tenant:…:workload:…`: the same for every instance of the workload. */
  readonly subject: string;
  readonly audience: string;
  /** `jti`. */
  readonly id: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** `eat_profile`. */
  readonly profile: string;
  readonly status: TokenStatus;
  /** The relying party's own nonce, where one was sealed into the challenge. */
  readonly nonce: string | null;
  /** RFC 7638 SHA-256 thumbprint of the attester's key; null: a bearer token. */
  readonly keyThumbprint: string | null;
  readonly att: AttestationFacts;
  /** Every claim, those above too. */
  readonly claims: JsonObject;
}
