/** One signing key: made and wrapped, and opened again as a handle that cannot be exported. */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose';
import { base64urlOf } from '../bytes/encoding.js';
import { Memory } from '../bytes/memory.js';
import type { KeyWrap, StoredSigningKey, TokenAlg, TokenHeader, TokenSigner } from '../verifier/key-ports.js';

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

/** Headers without a key of their own differ by `typ` alone, and there are few of these. */
const HEADERS = { entries: 16, bytes: 16 * 1024 };

export function tokenSignerOf({ kid, alg, publicJwk }: StoredSigningKey, privateKey: KeyObject): TokenSigner {
  requireSigning(privateKey, alg);
  const encode = (header: TokenHeader): string => encodeJson({ alg, kid, ...header });
  const encoded = new Memory<string>(HEADERS);
  function headerOf({ typ = 'JWT', jwk }: TokenHeader): string {
    if (jwk !== undefined) return encode({ typ, jwk });
    const known = encoded.recall(typ);
    if (known !== null) return known;
    const header = encode({ typ });
    encoded.remember(typ, header, header.length);
    return header;
  }
  return {
    kid,
    alg,
    publicJwk,
    async sign(claims, header = {}) {
      const signed = `${headerOf(header)}.${encodeJson(claims)}`;
      const signature = await SIGN[alg](Buffer.from(signed, 'ascii'), privateKey);
      return `${signed}.${base64urlOf(signature)}`;
    },
  };
}

function encodeJson(value: object): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}

/**
 * JWS signatures (RFC 7518, sections 3.3 and 3.4). P-256 is signed in place: it is done in 0.03 ms, and the way to the thread
 * pool and back costs more. RSA takes thirty times as long, and would hold everybody up.
 */
const SIGN: Readonly<
  Record<TokenAlg, (data: Uint8Array, key: KeyObject) => Uint8Array | Promise<Uint8Array>>
> = {
  ES256: (data, key) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
  RS256: (data, key) =>
    new Promise((resolve, reject) => {
      sign('sha256', data, key, (error, signature) => (error === null ? resolve(signature) : reject(error)));
    }),
};

/** Another kind of key would sign without complaint, and what nobody can verify; a shorter one, what others can sign too. */
function requireSigning(
  { asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject,
  alg: TokenAlg,
): void {
  const fits =
    alg === 'ES256'
      ? type === 'ec' && details?.namedCurve === 'prime256v1'
      : type === 'rsa' && (details?.modulusLength ?? 0) >= RSA_BITS;
  if (!fits) throw new TypeError(`no key for ${alg}`);
}
