/**
 * Proofs of possession for one request (DPoP, RFC 9449): who shows a token that is bound to a key signs method, address
 * and instant with that key. Pure: whoever asks brings the instant, and remembers which proofs it has seen.
 */
import { calculateJwkThumbprint, compactVerify, errors, importJWK } from 'jose';
import { splitCompactJws } from '../bytes/compact-jws.js';
import { sha256 } from '../bytes/digest.js';
import { base64urlOf, bytesOfBase64url } from '../bytes/encoding.js';
import { parseJsonObject } from '../bytes/json.js';
import { RefusalError } from '../rats/refusal.js';
import type { JsonObject, JsonValue } from '../rats/result.js';
import { canonicalHttpUri } from './http-uri.js';

export const DPOP_TYPE = 'dpop+jwt';
/** Characters. Proofs with the longest keys and addresses that are taken stay far below. */
export const MAX_PROOF_LENGTH = 8192;
/** UTF-16 units. Those who remember a `jti` keep its digest. */
const MAX_JTI_LENGTH = 256;

/** The kinds of key that tokens are bound to, and the only algorithm of each: coordinates of so many bytes. */
const KEY_KINDS = {
  ES256: { kty: 'EC', crv: 'P-256', coordinates: ['x', 'y'], length: 32 },
  ES384: { kty: 'EC', crv: 'P-384', coordinates: ['x', 'y'], length: 48 },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', coordinates: ['x'], length: 32 },
  // RFC 9864 names it by its curve; the signature is the same.
  Ed25519: { kty: 'OKP', crv: 'Ed25519', coordinates: ['x'], length: 32 },
} as const;
type DpopAlg = keyof typeof KEY_KINDS;

/** For `dpop_signing_alg_values_supported` of RFC 9449, section 5.1. */
export const DPOP_ALGS = Object.keys(KEY_KINDS) as readonly DpopAlg[];

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** What a proof fails by. Stable. */
export type DpopReason =
  | 'malformed'
  | 'type'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'method'
  | 'url'
  | 'time'
  | 'jti'
  | 'token'
  | 'thumbprint';

/** The proof does not show possession; `message` says why, without anything of the proof in it. */
export class DpopRefused extends Error {
  override readonly name = 'DpopRefused';
  constructor(
    readonly reason: DpopReason,
    message: string,
  ) {
    super(message);
  }
}

export interface DpopQuestion {
  /** The value of the one DPoP header. */
  readonly proof: string;
  /** Of the request, in upper case. */
  readonly method: string;
  /** Where the client believes to be, in the form of `canonicalHttpUri`; from configuration, never from a header. */
  readonly url: string;
  /** The token that came with it, as it came; null: none did. */
  readonly token: string | null;
  /** What the token is bound to, `cnf.jkt`; null: any key will do. */
  readonly thumbprint: string | null;
  readonly at: Date;
  /** Seconds that `iat` may lie before or after `at`. */
  readonly window: number;
}

export interface DpopProof {
  /** To be remembered for the window, so that nobody shows the proof again. */
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
  /** RFC 7638 SHA-256 thumbprint of the key that signed. */
  readonly thumbprint: string;
}

/** All of RFC 9449, section 4.3, but for `nonce`, which nobody hands out here. Throws DpopRefused. */
export async function verifyDpopProof(question: DpopQuestion): Promise<DpopProof> {
  const { header, claims } = readProof(question.proof);
  if (header.typ !== DPOP_TYPE) fail('type', `its type is not ${DPOP_TYPE}`);
  if (header.crit !== undefined) fail('malformed', 'its header has critical members, and none are known');
  const alg = algorithmOf(header);
  const jwk = publicJwkOf(header, alg);
  await requireSignature(question.proof, alg, jwk);
  const proof = requireClaims(claims, question);
  const thumbprint = await calculateJwkThumbprint(jwk, 'sha256');
  if (question.thumbprint !== null && thumbprint !== question.thumbprint) {
    fail('thumbprint', 'the token is bound to another key than the one that signed');
  }
  return { ...proof, thumbprint };
}

function fail(reason: DpopReason, why: string): never {
  throw new DpopRefused(reason, `The DPoP proof does not count: ${why}.`);
}

/** Compact JWS; neither of its JSON documents says a thing twice. */
function readProof(proof: string): { readonly header: JsonObject; readonly claims: JsonObject } {
  if (proof.length > MAX_PROOF_LENGTH) fail('malformed', `it is longer than ${MAX_PROOF_LENGTH} characters`);
  const jws = splitCompactJws(proof);
  if (jws === null) return fail('malformed', 'it is not one signed JWT in compact form');
  return { header: objectOf(jws.header), claims: objectOf(jws.payload) };
}

function objectOf(bytes: Uint8Array): JsonObject {
  try {
    return parseJsonObject(bytes);
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    return fail('malformed', 'its header or its claims are not one sound JSON object');
  }
}

function algorithmOf({ alg }: JsonObject): DpopAlg {
  const known = DPOP_ALGS.find((name) => name === alg);
  return known ?? fail('algorithm', `its algorithm is none of ${DPOP_ALGS.join(', ')}`);
}

/** What RFC 7638 hashes of the header's key, each coordinate in its one spelling. */
function publicJwkOf({ jwk }: JsonObject, alg: DpopAlg): Record<string, string> {
  const { kty, crv, coordinates, length } = KEY_KINDS[alg];
  if (!isObject(jwk)) return fail('key', 'its header has no `jwk`');
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) {
    fail('key', 'its key came with the private half; throw that key away');
  }
  if (jwk.kty !== kty || jwk.crv !== crv) fail('key', `${alg} is signed with a key of kind ${kty} ${crv}`);
  if (jwk.use !== undefined && jwk.use !== 'sig') fail('key', 'its key is not for signatures');
  const reduced: Record<string, string> = { kty, crv };
  for (const name of coordinates) {
    const text = jwk[name];
    if (typeof text !== 'string' || bytesOfBase64url(text)?.length !== length) {
      return fail('key', `\`${name}\` of its key is not base64url of ${length} bytes`);
    }
    reduced[name] = text;
  }
  return reduced;
}

async function requireSignature(proof: string, alg: DpopAlg, jwk: Record<string, string>): Promise<void> {
  const key = await importJWK(jwk, alg).catch(() => fail('key', 'its key is no point of its curve'));
  try {
    await compactVerify(proof, key, { algorithms: [alg] });
  } catch (error) {
    if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    fail('signature', 'its signature is not by the key that it names');
  }
}

function requireClaims(
  { htm, htu, iat, nbf, exp, jti, ath }: JsonObject,
  { method, url, token, at, window }: DpopQuestion,
): Omit<DpopProof, 'thumbprint'> {
  if (htm !== method) fail('method', '`htm` names another method than that of the request');
  if (typeof htu !== 'string' || canonicalHttpUri(htu) !== url) {
    fail('url', `\`htu\` does not name ${url}`);
  }
  const now = at.getTime() / 1000;
  if (typeof iat !== 'number' || !Number.isSafeInteger(iat) || Math.abs(now - iat) > window) {
    return fail('time', `\`iat\` is not a whole second within ${window} seconds of this clock`);
  }
  if (!isBoundary(nbf, (bound) => bound <= now + window) || !isBoundary(exp, (bound) => bound > now)) {
    fail('time', 'it has ended, or has not begun');
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) {
    return fail('jti', `\`jti\` is not a text of 1 to ${MAX_JTI_LENGTH} characters`);
  }
  if (token !== null && ath !== base64urlOf(sha256(Buffer.from(token, 'utf8')))) {
    fail('token', '`ath` is not the digest of the token that came with it');
  }
  return { jti, iat };
}

/** Claims that a proof need not have, and that count where it does (RFC 7519, sections 4.1.4 and 4.1.5). */
function isBoundary(value: JsonValue | undefined, holds: (seconds: number) => boolean): boolean {
  return value === undefined || (typeof value === 'number' && holds(value));
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
