/** One signing key: made and wrapped, and opened again as a handle that cannot be exported. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { CompactSign, calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose';
import type { JsonObject } from '../rats/result.js';
import type { KeyWrap, StoredSigningKey, TokenAlg, TokenSigner } from '../verifier/key-ports.js';

/**
 * The least that every verifier of RS256 takes, and enough for a key that signs for weeks what lives for minutes. With 3072
 * bits each token would cost three times as much.
 */
const RSA_BITS = 2048;

/** Where a key belongs: what its wrapping is bound to. */
export type KeyPlace = Pick<StoredSigningKey, 'tenant' | 'purpose'>;

/** Instants of its life, in the state that it begins with. */
export type KeyBeginning = Pick<StoredSigningKey, 'state' | 'publishedAt' | 'activeFrom'>;

export async function mintSigningKey(
  place: KeyPlace,
  { alg, begin, kek }: { readonly alg: TokenAlg; readonly begin: KeyBeginning; readonly kek: KeyWrap },
): Promise<StoredSigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, {
    extractable: true,
    modulusLength: RSA_BITS,
  });
  const publicJwk = publicMembers(await exportJWK(publicKey));
  const kid = await calculateJwkThumbprint(publicJwk, 'sha256');
  const pkcs8 = Buffer.from(await exportPKCS8(privateKey), 'utf8');
  return {
    ...place,
    ...begin,
    kid,
    alg,
    publicJwk: { ...publicJwk },
    wrapped: kek.wrap({ ...place, kid }, pkcs8),
    retiredAt: null,
    removedAt: null,
    reason: null,
  };
}

type PublicJwk =
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string };

/** Named one by one, so that no private member can come along. */
function publicMembers({ kty, crv, x, y, n, e }: JWK): PublicJwk {
  if (kty === 'EC' && crv !== undefined && x !== undefined && y !== undefined) {
    return { kty: 'EC', crv, x, y };
  }
  if (kty === 'RSA' && n !== undefined && e !== undefined) return { kty: 'RSA', n, e };
  throw new TypeError('a public key has kty, and either crv, x and y or n and e');
}

/** Throws WrongKek when the KEK does not open it. */
export function openPrivateKey(
  { tenant, purpose, kid, state, wrapped }: StoredSigningKey,
  kek: KeyWrap,
): KeyObject {
  if (wrapped === null) throw new Error(`key ${kid} is ${state}: its private half is gone`);
  return createPrivateKey(Buffer.from(kek.unwrap({ tenant, purpose, kid }, wrapped)));
}

export function tokenSignerOf({ kid, alg, publicJwk }: StoredSigningKey, privateKey: KeyObject): TokenSigner {
  return {
    kid,
    alg,
    publicJwk,
    sign(claims: JsonObject, { typ = 'JWT', jwk } = {}) {
      const header = { alg, kid, typ, ...(jwk === undefined ? {} : { jwk }) };
      return new CompactSign(Buffer.from(JSON.stringify(claims), 'utf8'))
        .setProtectedHeader(header)
        .sign(privateKey);
    },
  };
}
