/**
 * A data key on its way to the TEE: encrypted to a key that the workload made for this one request (JWE, RFC 7516), so that
 * neither a host that carries the reply nor whoever ends the TLS connection reads it.
 */
import { CompactEncrypt, calculateJwkThumbprint, importJWK } from 'jose';
import { readPlainJson } from './plain-json.mjs';
import { Refused } from './refused.mjs';

/** RFC 7518, sections 4.6 and 5.3. */
export const WRAPPING = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM' };
/** What kinds of key it is encrypted to, and the members that such a key has. */
const CURVES = {
  'P-256': ['kty', 'crv', 'x', 'y'],
  'P-384': ['kty', 'crv', 'x', 'y'],
  X25519: ['kty', 'crv', 'x'],
};

/**
 * The key in the body `{"enc": JWK}`. The proof of possession covers method and path, not the body; so the path names this key by its
 * thumbprint (RFC 7638), and whoever puts another key into the body is found out here. Throws Refused.
 */
export async function requireEncKey(body, thumbprint) {
  const jwk = readEncKey(body);
  const key = await importJWK(jwk, WRAPPING.alg).catch(() => {
    throw new Refused('enc_invalid', '`enc` is no point of its curve');
  });
  if ((await calculateJwkThumbprint(jwk)) !== thumbprint) {
    throw new Refused(
      'enc_swapped',
      '`enc` is not the key that the path names, for which the proof was made',
    );
  }
  return { key, thumbprint };
}

function readEncKey(body) {
  let document;
  try {
    document = readPlainJson(body);
  } catch {
    throw new Refused('enc_invalid', 'the body is not {"enc": {…}} in plain JSON');
  }
  const { enc, ...rest } = document;
  if (typeof enc !== 'object' || enc === null || Object.keys(rest).length > 0) {
    throw new Refused('enc_invalid', 'the body has the member `enc`, a public JWK, and no other');
  }
  // A list of one name would be taken for the name.
  const isCurve = typeof enc.crv === 'string' && Object.hasOwn(CURVES, enc.crv);
  const members = isCurve ? CURVES[enc.crv] : null;
  if (members === null || enc.kty !== (enc.crv === 'X25519' ? 'OKP' : 'EC')) {
    throw new Refused('enc_invalid', `\`enc\` is a key of ${Object.keys(CURVES).join(', ')}`);
  }
  const stray = Object.keys(enc).find((name) => !members.includes(name));
  if (stray !== undefined)
    throw new Refused('enc_invalid', `\`enc\` has ${members.join(', ')} and nothing else`);
  return enc;
}

/**
 * Compact JWE of the data key. `apu` and `apv` go into the agreement (RFC 7518, section 4.6.2): the reply belongs to this token and
 * to the key of this name, and opens as nothing else.
 */
export async function wrapDataKey(jwk, { enc, tokenId, name }) {
  try {
    return await new CompactEncrypt(Buffer.from(JSON.stringify(jwk)))
      .setProtectedHeader({ ...WRAPPING, kid: enc.thumbprint, cty: 'jwk+json' })
      .setKeyManagementParameters({ apu: Buffer.from(tokenId, 'utf8'), apv: Buffer.from(name, 'utf8') })
      .encrypt(enc.key);
  } catch {
    // A point of small order, with which everybody agrees on the same secret (RFC 7748, section 6.1).
    throw new Refused('enc_invalid', 'nothing can be encrypted to `enc`');
  }
}
