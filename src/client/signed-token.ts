/** A token's signature: nothing in a token is believed before it holds under a key that the issuer publishes. */
import { compactVerify, errors } from 'jose';
import { splitCompactJws } from '../bytes/compact-jws.js';
import { parseJsonObject } from '../bytes/json.js';
import { RefusalError } from '../rats/refusal.js';
import type { JsonObject } from '../rats/result.js';
import type { TokenAlg } from './discovery.js';
import type { KeySource } from './issuer-keys.js';
import { refuseToken } from './refused.js';

/** Characters: the hard limit of the service, whatever the profile. */
export const MAX_TOKEN_LENGTH = 8192;

/** Header types of attestation tokens (RFC 7519, section 5.1). A proof or a signed list is none. */
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt', 'eat+jwt']);

/** The claims of a token whose signature holds. Throws TokenRefused. */
export async function authenticateToken(
  token: string,
  { keys, algorithms }: { readonly keys: KeySource; readonly algorithms: readonly TokenAlg[] },
): Promise<JsonObject> {
  const { header, payload } = readToken(token);
  const alg = algorithms.find((name) => name === header.alg);
  if (alg === undefined) {
    return refuseAlgorithm(`The token is not signed by ${algorithms.join(' or ')}.`);
  }
  const { kid, typ } = header;
  if (typeof typ !== 'string' || !TYPES.has(typ.toLowerCase())) refuseForm('its header names another type');
  if (header.crit !== undefined) refuseForm('its header asks for what is not offered');
  // The key is the issuer's own: one that came along in the header would vouch for itself (RFC 8725, section 3.10).
  if (typeof kid !== 'string' || kid === '') return refuseForm('its header names no key id');
  const published = await keys.keyOf(kid);
  if (published.alg !== alg) {
    refuseAlgorithm(`The key that the token names signs by ${published.alg}.`);
  }
  try {
    await compactVerify(token, published.key, { algorithms: [alg] });
  } catch (error) {
    if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    refuseToken('token_signature', 'The signature does not hold under the key that the token names.');
  }
  return objectOf(payload, 'claims');
}

function readToken(token: string): { readonly header: JsonObject; readonly payload: Uint8Array } {
  if (token.length > MAX_TOKEN_LENGTH) refuseForm(`it is longer than ${MAX_TOKEN_LENGTH} characters`);
  if (token.split('.').length === 5) refuseForm('it is encrypted; whoever holds the key decrypts it first');
  const jws = splitCompactJws(token);
  if (jws === null) return refuseForm('it is not one signed JWT in compact form');
  return { header: objectOf(jws.header, 'header'), payload: jws.payload };
}

function objectOf(bytes: Uint8Array, what: string): JsonObject {
  try {
    return parseJsonObject(bytes);
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    return refuseForm(`its ${what} is not one sound JSON object`);
  }
}

function refuseForm(why: string): never {
  return refuseToken('token_malformed', `The token cannot be read: ${why}.`);
}

function refuseAlgorithm(detail: string): never {
  return refuseToken('token_algorithm', detail);
}
