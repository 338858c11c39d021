/** What is kept so that a token can be renewed on a proof of possession, and the transaction that renews it. */
import type { Realm } from '../rats/endorsement.js';
import type { JsonObject } from '../rats/result.js';
import type { Decision } from './decision-ports.js';

/** What a decision stands on while its tokens may be renewed. Kept with it where its audience takes renewals. */
export interface RenewalTerms {
  /** No token for the decision lives longer. */
  readonly until: Date;
  /** Whether the decision rests on a grace of the policy. */
  readonly inGrace: boolean;
  /** That of the vendor documents. */
  readonly endorsementEpoch: bigint;
  /** Of the service that decided. */
  readonly build: string;
  /** RFC 7638 SHA-256 thumbprint of the key that the evidence binds. */
  readonly keyThumbprint: string;
  /** The public JWK that the attester sent for what only it may read; null: none. */
  readonly encryptionKey: JsonObject | null;
}

export interface RenewableDecision {
  readonly decision: Decision;
  /** kid of the key that signed the token that it was found by. */
  readonly signedBy: string;
  readonly terms: RenewalTerms;
}

export interface RenewalCommit {
  readonly tenant: string;
  /** Whose vendor documents the decision rests on. */
  readonly realm: Realm;
  readonly decision: string;
  /** By which the token was made, as it was read: it must be there still, and be the decision's. */
  readonly audience: { readonly name: string; readonly createdAt: Date };
  /** jti of the token that was shown. */
  readonly renews: string;
  /** SHA-256 that tells the proof from every other, and the instant from which on nobody would take it anyway. */
  readonly proof: { readonly digest: Uint8Array; readonly expiresAt: Date };
  /** The token that leaves if, and only if, this commits. */
  readonly token: { readonly jti: string; readonly kid: string; readonly expiresAt: Date };
}

export interface RenewalStore {
  /** By the jti of a token; null: none such left, or nothing is kept to renew it by. */
  find(tenant: string, jti: string): Promise<RenewableDecision | null>;
  /**
   * Spent proof and new token in one transaction. `replayed`: the proof was spent before. `moved`: policies, reference
   * values, machines, vendor documents or the audience are not what they were at the decision, or the key that signed the
   * token that was shown is removed; the proof is spent, no token was written. `key_moved`: the key that signed the new token
   * is not, or no longer, the one that signs; nothing was written.
   */
  commit(entry: RenewalCommit): Promise<'renewed' | 'replayed' | 'moved' | 'key_moved'>;
  /** Removes proofs and terms that ended ten minutes ago, by this clock and the database's; returns how many. */
  purge(now: Date): Promise<number>;
}
