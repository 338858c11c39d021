/** A token of ours that comes back: whether it is one, of this issuer, that still counts, and for which key. Pure. */
import { compactVerify, decodeProtectedHeader, errors, importJWK } from 'jose';
import { parseJsonObject } from '../bytes/json.js';
import { RefusalError } from '../rats/refusal.js';
import type { JsonObject } from '../rats/result.js';
import type { StoredSigningKey } from '../verifier/key-ports.js';

/** Characters; twice what any token of ours may have. */
const MAX_LENGTH = 16_384;
/** Seconds that the clocks of two replicas may lie apart. */
const TOLERANCE = 5;

/** The token does not count here; `message` says why, without anything of the token in it. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

export interface PresentedToken {
  readonly jti: string;
  /** `cnf.jkt`: RFC 7638 SHA-256 thumbprint of the key that it is bound to. */
  readonly thumbprint: string;
}

export interface TokenQuestion {
  readonly token: string;
  readonly issuer: string;
  /** Public token keys of the issuer whose signatures count. */
  readonly keys: readonly Pick<StoredSigningKey, 'kid' | 'alg' | 'publicJwk'>[];
  readonly at: Date;
}

/** Throws TokenRefused. */
export async function readPresentedToken({
  token,
  issuer,
  keys,
  at,
}: TokenQuestion): Promise<PresentedToken> {
  const claims = await verifiedClaims(token, keys);
  const now = at.getTime() / 1000;
  const { iss, exp, nbf, jti, cnf } = claims;
  if (iss !== issuer) fail('it is not a token of this issuer');
  if (typeof exp !== 'number' || exp <= now) fail('it has ended: attest again');
  if (typeof nbf !== 'number' || nbf > now + TOLERANCE) fail('it has not begun');
  const thumbprint = isObject(cnf) ? cnf.jkt : undefined;
  if (typeof thumbprint !== 'string') return fail('it is bound to no key');
  if (typeof jti !== 'string') return fail('it has no `jti`');
  return { jti, thumbprint };
}

function fail(why: string): never {
  throw new TokenRefused(`The token does not count here: ${why}.`);
}

async function verifiedClaims(token: string, keys: TokenQuestion['keys']): Promise<JsonObject> {
  if (token.length > MAX_LENGTH) fail('it is longer than any of this service');
  if (token.split('.').length === 5) fail('it is encrypted to you: decrypt it and show what is inside');
  try {
    const { kid } = decodeProtectedHeader(token);
    const key = keys.find((known) => known.kid === kid);
    if (key === undefined) return fail('no key of this issuer that is in use signed it');
    const { payload } = await compactVerify(token, await importJWK(key.publicJwk, key.alg), {
      algorithms: [key.alg],
    });
    return parseJsonObject(payload);
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return fail('its signature is broken');
    // jose reports a header that it cannot read as a TypeError.
    const unreadable =
      error instanceof errors.JOSEError || error instanceof RefusalError || error instanceof TypeError;
    if (unreadable) return fail('it is not a signed JWT');
    throw error;
  }
}

function isObject(value: JsonObject[string] | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
