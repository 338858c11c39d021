/** The public half of the signing keys as a JWK set (RFC 7517). */
import type { JsonObject } from '../rats/result.js';
import type { StoredSigningKey } from '../verifier/key-ports.js';

/** Each key with kid, alg and use; no private member can be in it, because none is stored in the clear. */
export function jwksDocument(keys: readonly StoredSigningKey[]): JsonObject {
  return {
    keys: keys.map((key) => ({ ...key.publicJwk, kid: key.kid, alg: key.alg, use: 'sig' })),
  };
}
