/** Authorities of audiences: whoever trusts one takes every token whose key it certified, so each audience has its own. */
import type { TokenSigner } from './key-ports.js';

/** One audience's authority. Certificate and key stay the same for as long as they last, unless an emergency removes it. */
export interface StoredAuthority {
  readonly tenant: string;
  readonly audience: string;
  /** What its key is for, and nothing else: the wrapping is bound to it. */
  readonly purpose: 'audience-authority';
  /** RFC 7638 SHA-256 thumbprint of its key. */
  readonly kid: string;
  /** X.509, self-signed, DER. */
  readonly certificate: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The private key, encrypted; opened by storage/key-wrap.ts only. */
  readonly wrapped: Uint8Array;
}

export interface AuthorityStore {
  /**
   * The authority of an audience. Makes it with `mint` under an advisory lock, so that replicas that need it at one moment
   * end with one.
   */
  ensure(tenant: string, audience: string, mint: () => Promise<StoredAuthority>): Promise<StoredAuthority>;
  /** Throws away the keys of all of the tenant's; the certificates stay as a record. Returns what it removed. */
  removeAll(tenant: string, reason: string, at: Date): Promise<readonly RemovedAuthority[]>;
}

/** An authority that certifies nothing any more. Whoever trusts its certificate must be given the next one. */
export interface RemovedAuthority {
  readonly audience: string;
  readonly kid: string;
  readonly removedAt: Date;
}

/** What vouches for a signing key, towards those who trust the authority of one audience. */
export interface KeyCertificate {
  /** Value of `x5c` (RFC 7515, 4.1.6): base64 of DER. The authority itself is left out: a reader must have it. */
  readonly x5c: readonly string[];
  readonly notAfter: Date;
}

/** The authority of an audience, as its readers get it. */
export type PublicAuthority = Pick<StoredAuthority, 'certificate' | 'notBefore' | 'notAfter'>;

export interface Authorities {
  /** Made at first use. Throws WrongKek when the KEK does not open its key. */
  authorityOf(tenant: string, audience: string): Promise<PublicAuthority>;
  /** A certificate for the key that a signer signs with, good for longer than any token that is signed now. */
  certificateFor(
    tenant: string,
    audience: string,
    signer: Pick<TokenSigner, 'kid' | 'alg' | 'publicJwk'>,
  ): Promise<KeyCertificate>;
  /**
   * Ends the tenant's authorities: whoever asks for a certificate after this resolved, at any replica, gets one by another
   * authority, made at next use. Returns what it removed.
   */
  removeAll(tenant: string, reason: string): Promise<readonly RemovedAuthority[]>;
}
