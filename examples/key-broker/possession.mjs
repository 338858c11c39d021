/**
 * Proof of possession in the manner of DPoP (RFC 9449): whoever presents a token signs, with the key that the
 * token is bound to, a statement about this very request and a nonce of ours. A stolen token alone opens nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify } from 'jose';
import { Refused } from './refused.mjs';

const ALGORITHMS = ['ES256', 'ES384', 'EdDSA'];
const NONCE_LIFETIME_MS = 60_000;
const MAX_NONCES = 10_000;

/** Nonces that are good once, for a minute. Bounded: the oldest give way. */
export function createNonces(now = () => Date.now()) {
  const open = new Map();
  return {
    issue() {
      const nonce = randomBytes(24).toString('base64url');
      if (open.size >= MAX_NONCES) open.delete(open.keys().next().value);
      open.set(nonce, now() + NONCE_LIFETIME_MS);
      return nonce;
    },
    /** True once per nonce, while it lives. */
    spend(nonce) {
      const until = open.get(nonce);
      open.delete(nonce);
      return until !== undefined && now() < until;
    },
  };
}

/**
 * Throws Refused unless the proof is a fresh signature, by the key with thumbprint `jkt`, over this request.
 * @param {string | undefined} proof JWT from the `DPoP` header
 * @param {{ token: string, jkt: string, method: string, url: string, nonces: ReturnType<typeof createNonces> }} request
 */
export async function requirePossession(proof, { token, jkt, method, url, nonces }) {
  if (proof === undefined) throw new Refused('no_proof', 'a DPoP proof is required');
  const { payload, protectedHeader } = await verifyProof(proof);
  if ((await calculateJwkThumbprint(protectedHeader.jwk)) !== jkt) {
    throw new Refused('other_key', 'the proof was made with another key than the token is bound to');
  }
  if (payload.htm !== method || payload.htu !== url) {
    throw new Refused('other_request', 'the proof was made for another request');
  }
  if (payload.ath !== createHash('sha256').update(token, 'ascii').digest('base64url')) {
    throw new Refused('other_token', 'the proof was made for another token');
  }
  if (typeof payload.nonce !== 'string' || !nonces.spend(payload.nonce)) {
    throw new Refused('nonce', 'the proof does not carry a nonce of this broker that is still open');
  }
}

async function verifyProof(proof) {
  try {
    return await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ALGORITHMS,
      maxTokenAge: NONCE_LIFETIME_MS / 1000,
      requiredClaims: ['jti', 'htm', 'htu', 'ath', 'nonce'],
    });
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new Refused('proof', error.message);
  }
}
