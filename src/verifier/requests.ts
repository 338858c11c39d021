/** What the use cases take and give. Member names of replies are wire names. */
import type { JsonObject, TrustTier, Verdict } from '../rats/result.js';
import type { TokenProfile } from '../rats/token-form.js';
import type { Difference } from './decision-record.js';

export type Binding = 'v1' | 'raw-nonce';

/** Evidence as submitted. `type`: `auto` or a wire name of a TEE. */
export interface SubmittedEvidence {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** DER or PEM, any order. */
  readonly certificates: readonly Uint8Array[];
  /** Null: none was sent. */
  readonly eventLog: Uint8Array | null;
}

export interface ChallengeRequest {
  readonly audience: string;
  readonly binding: Binding;
  /** The relying party's own nonce, 8 to 88 characters, sealed in and echoed as `eat_nonce`. */
  readonly rpNonce: string | null;
}

export interface ChallengeReply {
  readonly challenge: string;
  /** base64url: 32 bytes for `v1`, 64 for `raw-nonce`. */
  readonly nonce: string;
  readonly issuer: string;
  readonly audience: string;
  readonly binding: Binding;
  readonly expires_at: string;
  /** Only for `raw-nonce`: the 64 bytes in hex. */
  readonly report_data?: string;
}

export interface AttestRequest {
  /** The one binding that this form of request can carry; null: whichever the challenge has. */
  readonly binding: Binding | null;
  readonly challenge: string;
  readonly audience: string;
  readonly workload: string | null;
  readonly evidence: SubmittedEvidence;
  /** The attester's public JWKs; `sig` may be `{"csr"}`, a certification request in base64. */
  readonly keys: { readonly sig: JsonObject | null; readonly enc: JsonObject | null };
}

export interface AttestReply {
  readonly token: string;
  /** Present where the token is encrypted to `keys.enc`. */
  readonly token_format?: 'jwe';
  readonly token_type: 'DPoP' | 'Bearer';
  readonly expires_in: number;
  readonly expires_at: string;
  readonly status: TrustTier;
  readonly workload: string;
  readonly reference_version: number;
  readonly decision: string;
  readonly warnings: readonly string[];
}

export interface Attested {
  readonly reply: AttestReply;
  /** Of the token. */
  readonly profile: TokenProfile;
}

/** Null: the header that carries it is not there. */
export interface RenewRequest {
  /** The token to renew, in the compact form that was signed. */
  readonly token: string | null;
  /** Of possession (RFC 9449). */
  readonly proof: string | null;
}

export interface AppraiseRequest {
  readonly evidence: SubmittedEvidence;
  /** Exactly 64 bytes. */
  readonly reportData: Uint8Array;
  readonly workload: string | null;
  /** Null: that of the workload. */
  readonly policy: PolicyName | null;
  /** Null: now. */
  readonly at: Date | null;
}

/** A policy by its name. */
export interface PolicyName {
  readonly name: string;
  /** Null: the one in force. */
  readonly version: number | null;
}

/** What a policy would make of evidence, beside the one in force. */
export interface SimulationRequest extends Omit<AppraiseRequest, 'policy'> {
  readonly proposed: PolicyName | { readonly document: JsonObject };
}

export interface SimulatedVerdict {
  /** `standard@1`. */
  readonly policy: string;
  readonly policyDigest: string;
  readonly verdict: AppraiseReply;
}

export interface SimulationReply {
  readonly inForce: SimulatedVerdict;
  readonly proposed: SimulatedVerdict;
}

/** A recorded decision, to be judged again. */
export interface ReplayRequest {
  readonly decision: string;
  readonly evidence: SubmittedEvidence;
}

export interface ReplayReply {
  /** Nothing of the record would be otherwise. */
  readonly identical: boolean;
  readonly differences: readonly Difference[];
  readonly verdict: AppraiseReply;
}

export type AppraiseReply = Verdict & { readonly decision: string | null };
