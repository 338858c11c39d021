/** SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) in certificates and in requests for them. */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { hexOf } from '../bytes/encoding.js';
import { type PublicJwk, requirePublicJwk } from '../rats/binding.js';
import { DER_TAG, type DerNode, MalformedDer, readDerSequence, requireCount } from './der.js';

/** id-ecPublicKey (RFC 5480, 2.1.1), DER. */
const EC_PUBLIC_KEY = '06072a8648ce3d0201';
/** First octet of a point with both coordinates (SEC 1, 2.3.3); in a BIT STRING it follows the count of unused bits. */
const UNCOMPRESSED = 4;

/**
 * Parameters are a name or nothing: curves and groups of one's own making are forbidden (RFC 5480, 2.1.1) and
 * would make the library compute with them. EC points are uncompressed, as both vendors write them: OpenSSL also
 * takes the point at infinity for a key, and Node 20 ends the process when it is asked about such a key.
 */
export function readPublicKey(spki: DerNode): KeyObject {
  const [algorithm, key] = requireCount(readDerSequence(spki), 2, 'not a public key');
  const [kind, parameters] = readDerSequence(algorithm);
  if (parameters !== undefined && parameters.tag !== DER_TAG.oid && parameters.tag !== DER_TAG.nothing) {
    throw new MalformedDer('a public key with parameters of its own');
  }
  if (kind !== undefined && hexOf(kind.der) === EC_PUBLIC_KEY && key.content[1] !== UNCOMPRESSED) {
    throw new MalformedDer('a public key whose point is not uncompressed');
  }
  try {
    return createPublicKey({ key: Buffer.from(spki.der), format: 'der', type: 'spki' });
  } catch {
    throw new MalformedDer('not a public key');
  }
}

/** Kinds that Node can write as a JWK and tokens may be bound to. */
const JWK_KINDS: ReadonlySet<string> = new Set(['ec', 'ed25519']);

/** As a key that tokens can be bound to. Refuses `key_invalid`. */
export function publicJwkOf(key: KeyObject): PublicJwk {
  const { kty = '', crv = '', x = '', y } = exportJwk(key);
  return requirePublicJwk({ kty, crv, x, ...(y === undefined ? {} : { y }) }, 'sig');
}

function exportJwk(key: KeyObject): JsonWebKey {
  if (!JWK_KINDS.has(key.asymmetricKeyType ?? '')) return {};
  try {
    return key.export({ format: 'jwk' });
  } catch {
    // A curve without a name in JOSE.
    return {};
  }
}
