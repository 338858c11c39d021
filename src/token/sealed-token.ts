/**
 * A token as it goes to its attester alone: a JWE (RFC 7516) around the signed one, to the encryption key that the
 * evidence binds. Whoever carries the reply, the host for one, cannot take the token out of it.
 */
import { CompactEncrypt, importJWK } from 'jose';
import { jwkThumbprint, type PublicJwk } from '../rats/binding.js';

/** RFC 7518, section 4.6: an ephemeral key of ours agrees with the attester’s. */
const KEY_ALGORITHM = 'ECDH-ES+A256KW';
const CONTENT_ALGORITHM = 'A256GCM';

/** Compact JWE. Its `kid` is the thumbprint of the key (RFC 7638), and inside is a JWT (`cty`; RFC 7519, section 5.2). */
export async function sealToken(token: string, key: PublicJwk): Promise<string> {
  return new CompactEncrypt(Buffer.from(token, 'ascii'))
    .setProtectedHeader({
      alg: KEY_ALGORITHM,
      enc: CONTENT_ALGORITHM,
      kid: jwkThumbprint(key),
      typ: 'JWT',
      cty: 'JWT',
    })
    .encrypt(await importJWK(key, KEY_ALGORITHM));
}
