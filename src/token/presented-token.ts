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
  /** Of the key that signed it. */
  readonly kid: string;
  /** `aud`, as the token has it. */
  readonly audience: JsonObject[string] | undefined;
  /** `cnf.jkt`: RFC 7638 SHA-256 thumbprint of the key that it is bound to. */
  readonly thumbprint: string;
}

/** A token that has the form of ours. Nothing of it is verified. */
export interface TokenForm {
  readonly token: string;
  /** The key that it names. */
  readonly kid: string;
}

/** Throws TokenRefused. Asks nobody, so that what is no token costs nothing. */
export function parsePresentedToken(token: string): TokenForm {
  if (token.length > MAX_LENGTH) fail('it is longer than any of this service');
  const parts = token.split('.').length;
  if (parts === 5) fail('it is encrypted to you: decrypt it and show what is inside');
  if (parts !== 3) failForm();
  return { token, kid: kidOf(token) };
}

function kidOf(token: string): string {
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === 'string' ? kid : fail('it names no key');
  } catch (error) {
    // jose reports a header that it cannot read as a TypeError.
    if (error instanceof TypeError) return failForm();
    throw error;
  }
}

export interface TokenQuestion {
  readonly token: TokenForm;
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
  const { iss, aud: audience, exp, nbf, jti, cnf } = claims;
  if (iss !== issuer) fail('it is not a token of this issuer');
  if (typeof exp !== 'number' || exp <= now) fail('it has ended: attest again');
  if (typeof nbf !== 'number' || nbf > now + TOLERANCE) fail('it has not begun');
  const thumbprint = isObject(cnf) ? cnf.jkt : undefined;
  if (typeof thumbprint !== 'string') return fail('it is bound to no key');
  if (typeof jti !== 'string') return fail('it has no `jti`');
  return { jti, kid: token.kid, audience, thumbprint };
}

function fail(why: string): never {
  throw new TokenRefused(`The token does not count here: ${why}.`);
}

function failForm(): never {
  fail('it is not a signed JWT');
}

async function verifiedClaims({ token, kid }: TokenForm, keys: TokenQuestion['keys']): Promise<JsonObject> {
  const key = keys.find((known) => known.kid === kid);
  if (key === undefined) return fail('no key of this issuer that is in use signed it');
  try {
    const { payload } = await compactVerify(token, await importJWK(key.publicJwk, key.alg), {
      algorithms: [key.alg],
    });
    return parseJsonObject(payload);
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return fail('its signature is broken');
    const unreadable =
      error instanceof errors.JOSEError || error instanceof RefusalError || error instanceof TypeError;
    if (unreadable) return failForm();
    throw error;
  }
}

function isObject(value: JsonObject[string] | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
