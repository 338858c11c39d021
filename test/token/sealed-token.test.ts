/** Tokens encrypted to their attester: only its key opens them, and what is inside is what was signed. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { compactDecrypt, decodeProtectedHeader } from 'jose';
import { jwkThumbprint, requirePublicJwk } from '../../src/rats/binding.js';
import type { JsonObject } from '../../src/rats/result.js';
import { sealToken } from '../../src/token/sealed-token.js';

const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln';

const KINDS = {
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  X25519: () => generateKeyPairSync('x25519'),
} as const;

function keyOf(publicKey: KeyObject) {
  return requirePublicJwk({ ...publicKey.export({ format: 'jwk' }) } as JsonObject, 'enc');
}

describe.each(Object.entries(KINDS))('a token sealed to a key on %s', (_kind, make) => {
  test('is opened by that key alone', async () => {
    const { publicKey, privateKey } = make();
    const sealed = await sealToken(TOKEN, keyOf(publicKey));
    expect(sealed.split('.')).toHaveLength(5);
    expect(sealed).not.toContain(TOKEN.slice(20));
    const { plaintext } = await compactDecrypt(sealed, privateKey);
    expect(Buffer.from(plaintext).toString('ascii')).toBe(TOKEN);
    await expect(compactDecrypt(sealed, make().privateKey)).rejects.toThrow();
  });

  test('says how, to whom, and what is inside', async () => {
    const key = keyOf(make().publicKey);
    expect(decodeProtectedHeader(await sealToken(TOKEN, key))).toEqual({
      alg: 'ECDH-ES+A256KW',
      enc: 'A256GCM',
      kid: jwkThumbprint(key),
      typ: 'JWT',
      cty: 'JWT',
      epk: expect.objectContaining({ crv: key.crv }),
    });
  });

  test('is never the same twice', async () => {
    const key = keyOf(make().publicKey);
    expect(await sealToken(TOKEN, key)).not.toBe(await sealToken(TOKEN, key));
  });
});
