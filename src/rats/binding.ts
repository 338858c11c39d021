/**
 * The v1 binding: what an attester puts into REPORT_DATA so that its evidence counts for one challenge, one
 * issuer, one audience and its own keys. Attester and verifier share this file.
 *
 * REPORT_DATA = SHA-384( JCS({aud, enc?, iss, nonce, sig?, typ}) ) followed by 16 zero bytes.
 * Sources: RFC 8785 (JCS), RFC 7638 (JWK thumbprint).
 */
import { createHash, createPrivateKey, createPublicKey, diffieHellman, ECDH } from 'node:crypto';
import canonicalize from 'canonicalize';
import { refuse } from './refusal.js';
import type { JsonObject, JsonValue } from './result.js';

export const BINDING_TYPE = 'assay-binding-v1';

export interface BindingInput {
  readonly issuer: string;
  readonly audience: string;
  /** base64url of the challenge's 32 bytes. */
  readonly nonce: string;
  /** RFC 7638 SHA-256 thumbprints of the attester's keys; null: not sent. */
  readonly sig: string | null;
  readonly enc: string | null;
}

/** The text that is hashed (RFC 8785). */
export function bindingText({ issuer, audience, nonce, sig, enc }: BindingInput): string {
  return canonicalJson({
    aud: audience,
    ...(enc === null ? {} : { enc }),
    iss: issuer,
    nonce,
    ...(sig === null ? {} : { sig }),
    typ: BINDING_TYPE,
  });
}

/** The 64 bytes of REPORT_DATA. */
export function bindingDigest(input: BindingInput): Uint8Array {
  const reportData = new Uint8Array(64);
  reportData.set(createHash('sha384').update(bindingText(input), 'utf8').digest());
  return reportData;
}

/** JSON in its one canonical spelling (RFC 8785). */
export function canonicalJson(value: JsonValue): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('a JSON value always has a canonical form');
  return text;
}

/** Coordinate length in bytes per curve, and what the curve can be used for. */
const CURVES: ReadonlyMap<string, { kty: 'EC' | 'OKP'; length: number; uses: readonly KeyUse[] }> = new Map([
  ['P-256', { kty: 'EC' as const, length: 32, uses: ['sig', 'enc'] as const }],
  ['P-384', { kty: 'EC' as const, length: 48, uses: ['sig', 'enc'] as const }],
  ['Ed25519', { kty: 'OKP' as const, length: 32, uses: ['sig'] as const }],
  ['X25519', { kty: 'OKP' as const, length: 32, uses: ['enc'] as const }],
]);
/** Public members that say nothing about the key itself; the thumbprint leaves them out. */
const DESCRIPTIVE = new Set(['kid', 'alg', 'use', 'key_ops', 'ext']);

/** `sig`: the attester proves possession by signing; `enc`: something is encrypted to it. */
export type KeyUse = 'sig' | 'enc';

/** A checked public key, reduced to the members that RFC 7638 hashes. */
export interface PublicJwk {
  readonly [member: string]: string;
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
}

/** The key is none that a token can be bound to, or not sent in a form that says so. */
export function refuseKey(use: KeyUse, reason: string): never {
  return refuse('key_invalid', 'request', `The key keys.${use} is not usable: ${reason}.`);
}

/**
 * Requires a public JWK: EC P-256 or P-384, Ed25519 (sig) or X25519 (enc), on its curve, coordinates of exact
 * length in base64url without padding. Refuses `key_invalid`, above all when a private member came along.
 */
export function requirePublicJwk(jwk: JsonObject, use: KeyUse): PublicJwk {
  const invalid = (reason: string): never => refuseKey(use, reason);
  const { kty, crv } = jwk;
  const curve = typeof crv === 'string' ? CURVES.get(crv) : undefined;
  if (curve === undefined || kty !== curve.kty || !curve.uses.includes(use)) {
    return invalid(
      use === 'sig'
        ? 'it must be EC P-256, EC P-384 or OKP Ed25519'
        : 'it must be EC P-256, EC P-384 or OKP X25519',
    );
  }
  const coordinates = curve.kty === 'EC' ? ['x', 'y'] : ['x'];
  for (const member of Object.keys(jwk)) {
    if (['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].includes(member)) {
      return invalid(`it carries the private member ${member}; send the public half and replace the key`);
    }
    if (!['kty', 'crv', ...coordinates].includes(member) && !DESCRIPTIVE.has(member)) {
      return invalid('it has a member that is not part of such a key');
    }
  }
  if (typeof jwk.use === 'string' && jwk.use !== use) return invalid(`its "use" is not "${use}"`);
  const reduced = { kty: curve.kty, crv: String(crv) } as Record<string, string>;
  for (const name of coordinates) {
    const text = jwk[name];
    if (typeof text !== 'string' || !isBase64url(text, curve.length)) {
      return invalid(`${name} must be base64url of ${curve.length} bytes`);
    }
    reduced[name] = text;
  }
  if (!isOnCurve(reduced)) return invalid('its point is not on the curve');
  if (crv === 'X25519' && !contributes(reduced)) {
    return invalid('its point is of small order, so that anybody knows what is agreed with it');
  }
  return reduced as PublicJwk;
}

/** RFC 7638, SHA-256, base64url. */
export function jwkThumbprint(jwk: PublicJwk): string {
  return createHash('sha256')
    .update(canonicalJson({ ...jwk }), 'utf8')
    .digest('base64url');
}

/** Uncompressed (SEC 1, 2.3.3): 4, x, y. */
function pointOf({ x = '', y = '' }: Record<string, string>): Uint8Array {
  return Buffer.concat([Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}

function isBase64url(text: string, length: number): boolean {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === length && bytes.toString('base64url') === text;
}

/** In OpenSSL's words. Reading a point checks that it lies on the curve; importing a key costs many times as much. */
const POINT_CURVES: ReadonlyMap<string, string> = new Map([
  ['P-256', 'prime256v1'],
  ['P-384', 'secp384r1'],
]);

function isOnCurve(jwk: Record<string, string>): boolean {
  const curve = POINT_CURVES.get(jwk.crv ?? '');
  try {
    if (curve === undefined) createPublicKey({ key: jwk, format: 'jwk' });
    else ECDH.convertKey(pointOf(jwk), curve, undefined, 'hex', 'compressed');
    return true;
  } catch {
    return false;
  }
}

/**
 * A key of X25519 in PKCS #8 (RFC 8410, section 7), any: with a point of small order each of them agrees on zero (RFC 7748,
 * section 6.1), which OpenSSL refuses.
 */
const ANY_X25519 = Buffer.concat([
  Buffer.from('302e020100300506032b656e04220420', 'hex'),
  Buffer.alloc(32, 1),
]);

function contributes(jwk: Record<string, string>): boolean {
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
  const privateKey = createPrivateKey({ key: ANY_X25519, format: 'der', type: 'pkcs8' });
  try {
    diffieHellman({ privateKey, publicKey });
    return true;
  } catch {
    return false;
  }
}
