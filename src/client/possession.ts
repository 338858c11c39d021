/** Who presents a token must hold the key that it is bound to: shown by a proof (DPoP, RFC 9449) that counts once. */
import { sha256 } from '../bytes/digest.js';
import { base64urlOf } from '../bytes/encoding.js';
import { type DpopReason, DpopRefused, verifyDpopProof } from '../token/dpop.js';
import { canonicalHttpUri } from '../token/http-uri.js';
import { LEEWAY } from './claims.js';
import { refuseRequest } from './presentation.js';
import { refuseToken } from './refused.js';
import { ReplayMemoryFull, type ReplayStore } from './replay-memory.js';
import type { VerifiedToken } from './verified-token.js';

/** Seconds that a proof's `iat` may lie before the clock; docs/clients.md names it. After it: no more than clocks may differ. */
export const PROOF_WINDOW = 60;

/** How a token came. */
export interface Presentation {
  /** A proof, and the request that it came with. */
  readonly dpop?: ShownProof;
  /**
   * RFC 7638 SHA-256 thumbprint of a key that the caller has seen the other side use, as that of a TLS connection; then no
   * proof is needed.
   */
  readonly provenThumbprint?: string;
}

export interface ShownProof {
  /** Value of the header `DPoP`. */
  readonly proof: string;
  readonly method: string;
  /** Of the request, as it is reached from outside; its query does not count. */
  readonly url: string;
}

export interface PossessionQuestion {
  readonly token: string;
  readonly verified: VerifiedToken;
  readonly presentation: Presentation;
  readonly allowBearer: boolean;
  readonly at: Date;
}

/** A proof that was good, to be spent once everything else is; null: none was needed. */
export interface SoundProof {
  /** Differs between keys, so that nobody can spend another's. */
  readonly id: string;
  readonly until: Date;
  /** As it says itself, in whole seconds. */
  readonly madeAt: Date;
  /** Thumbprint of its key. */
  readonly holder: string;
}

/** Throws TokenRefused. A thumbprint that does not fit is refused even beside a good proof. */
export async function requirePossession(question: PossessionQuestion): Promise<SoundProof | null> {
  const { verified, presentation, allowBearer } = question;
  const { dpop, provenThumbprint } = presentation;
  const { keyThumbprint } = verified;
  if (keyThumbprint === null) {
    if (allowBearer && dpop === undefined && provenThumbprint === undefined) return null;
    return refuseToken(
      'token_unbound',
      'The token is bound to no key, and bearer tokens are not taken here.',
    );
  }
  if (provenThumbprint !== undefined && provenThumbprint !== keyThumbprint) {
    refuseMismatch('The token is bound to another key than the one in use.');
  }
  if (dpop !== undefined) return requireProof(question, dpop, keyThumbprint);
  if (provenThumbprint !== undefined) return null;
  return refuseToken('proof_missing', 'The token is bound to a key, and no proof came with it.');
}

async function requireProof(
  { token, at }: PossessionQuestion,
  { proof, method, url }: ShownProof,
  thumbprint: string,
): Promise<SoundProof> {
  const canonical = canonicalHttpUri(url);
  if (canonical === null) return refuseRequest('The address of the request is no plain http or https URL.');
  try {
    const { jti, iat } = await verifyDpopProof({
      ...{ proof, method, url: canonical, token, thumbprint, at },
      window: PROOF_WINDOW,
    });
    // One from the future could be kept until a memory has begun anew that does not know it.
    if (iat * 1000 > at.getTime() + LEEWAY * 1000) {
      return refuseProof('The proof was made in the future.', 'time');
    }
    return {
      id: base64urlOf(sha256(Buffer.from(`${thumbprint}.${jti}`, 'utf8'))),
      until: new Date((iat + PROOF_WINDOW) * 1000),
      madeAt: new Date(iat * 1000),
      holder: thumbprint,
    };
  } catch (error) {
    if (!(error instanceof DpopRefused)) throw error;
    if (error.reason === 'thumbprint') return refuseMismatch(error.message, error.reason);
    return refuseProof(error.message, error.reason);
  }
}

/** Remembers the proof. Throws TokenRefused when it was used before, or may have been. */
export async function spendProof(
  { id, until, madeAt, holder }: SoundProof,
  at: Date,
  store: ReplayStore,
): Promise<void> {
  if (store.since !== undefined && madeAt <= store.since) {
    refuseProof('The proof is older than the memory of those that were used.', 'time');
  }
  let first: boolean;
  try {
    first = await store.spend(id, until, at, holder);
  } catch (error) {
    if (!(error instanceof ReplayMemoryFull)) throw error;
    return refuseToken('replay_memory_full', 'More proofs are in use than this verifier can remember.');
  }
  if (!first) refuseToken('proof_replayed', 'This proof has been used before.');
}

function refuseProof(detail: string, reason: DpopReason): never {
  return refuseToken('proof_invalid', detail, { reason });
}

/** Whoever is on the other side has another key than it should. */
export function refuseMismatch(detail: string, reason?: string): never {
  return refuseToken('key_mismatch', detail, reason === undefined ? {} : { reason });
}
