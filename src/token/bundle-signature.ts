/**
 * Signatures over the manifests of bundles: JWS whose payload is detached (RFC 7515, appendix F), of a type of its own,
 * so that no token and no other signature of a service passes for one.
 */
import type { KeyObject } from 'node:crypto';
import { CompactSign, calculateJwkThumbprint, compactVerify, errors, importJWK } from 'jose';
import { base64urlOf } from '../bytes/encoding.js';
import { parseJson } from '../bytes/json.js';
import { RefusalError } from '../rats/refusal.js';
import type { JsonObject, JsonValue } from '../rats/result.js';
import type { BundleKeys, BundleSigner } from '../verifier/key-ports.js';

const TYPE = 'assay-bundle+jws';
const ALGORITHM = 'ES256';

export function bundleSignerOf({
  kid,
  privateKey,
}: {
  readonly kid: string;
  readonly privateKey: KeyObject;
}): BundleSigner {
  return {
    kid,
    async sign(manifest) {
      const whole = await new CompactSign(manifest)
        .setProtectedHeader({ alg: ALGORITHM, kid, typ: TYPE })
        .sign(privateKey);
      const [header = '', , signature = ''] = whole.split('.');
      return `${header}..${signature}`;
    },
  };
}

/** What is wrong with a file of keys, in words for the operator. */
export class UnusableBundleKeys extends Error {
  override readonly name = 'UnusableBundleKeys';
}

/** A JWK set (RFC 7517) of EC P-256 public keys. Throws UnusableBundleKeys. */
export async function readBundleKeys(bytes: Uint8Array): Promise<BundleKeys> {
  const jwks = keysIn(bytes);
  if (jwks.length === 0) throw new UnusableBundleKeys('holds no key');
  const keys = await Promise.all(jwks.map(readKey));
  return {
    async signerOf(manifest, signature) {
      const whole = attached(manifest, signature);
      if (whole === null) return null;
      // The header's kid is a hint from whoever made the bundle; the few keys are all tried.
      for (const { kid, key } of keys) if (await signed(whole, key)) return kid;
      return null;
    },
  };
}

function keysIn(bytes: Uint8Array): readonly JsonValue[] {
  try {
    const set = parseJson(bytes);
    const keys = isObject(set) ? set.keys : undefined;
    if (Array.isArray(keys)) return keys;
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
  }
  throw new UnusableBundleKeys('is no JWK set: a JSON object with a list `keys`');
}

async function readKey(jwk: JsonValue): Promise<{ kid: string; key: Awaited<ReturnType<typeof importJWK>> }> {
  if (!isObject(jwk) || jwk.kty !== 'EC' || jwk.crv !== 'P-256') {
    throw new UnusableBundleKeys('holds something other than EC keys on P-256');
  }
  if ('d' in jwk) throw new UnusableBundleKeys('holds a private key: take the public half alone');
  const { x, y } = jwk;
  if (typeof x !== 'string' || typeof y !== 'string')
    throw new UnusableBundleKeys('holds a key without x or y');
  const point = { kty: 'EC', crv: 'P-256', x, y };
  try {
    return { kid: await calculateJwkThumbprint(point, 'sha256'), key: await importJWK(point, ALGORITHM) };
  } catch {
    throw new UnusableBundleKeys('holds a key that is no point of P-256');
  }
}

/** With the payload where it belongs; null: not of the form `header..signature`. */
function attached(manifest: Uint8Array, signature: string): string | null {
  const match = /^(?<header>[\w-]{1,512})\.\.(?<value>[\w-]{86})$/.exec(signature.trim());
  const { header, value } = match?.groups ?? {};
  return header === undefined || value === undefined ? null : `${header}.${base64urlOf(manifest)}.${value}`;
}

async function signed(whole: string, key: Awaited<ReturnType<typeof importJWK>>): Promise<boolean> {
  try {
    const { protectedHeader } = await compactVerify(whole, key, { algorithms: [ALGORITHM] });
    return protectedHeader.typ === TYPE;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
