/** A key's way from its making to a token, for both algorithms. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { CompactSign, calculateJwkThumbprint, compactVerify, decodeProtectedHeader, importJWK } from 'jose';
import { createKeyWrap } from '../../src/storage/key-wrap.js';
import { mintSigningKey, openPrivateKey, tokenSignerOf } from '../../src/token/signing-key.js';
import type { TokenAlg } from '../../src/verifier/key-ports.js';

const NOW = new Date('2026-11-20T12:00:00Z');
const PLACE = { tenant: 'acme', purpose: 'token' } as const;
const BEGIN = { state: 'active', publishedAt: NOW, activeFrom: NOW } as const;

const kek = createKeyWrap(randomBytes(32));
const minted = (alg: TokenAlg) => mintSigningKey(PLACE, { alg, begin: BEGIN, kek });

describe.each<[TokenAlg, readonly string[]]>([
  ['ES256', ['crv', 'kty', 'x', 'y']],
  ['RS256', ['e', 'kty', 'n']],
])('%s', (alg, members) => {
  test('has a thumbprint for a name, public members only, and signs what its public half verifies', async () => {
    const key = await minted(alg);
    expect(Object.keys(key.publicJwk).sort()).toEqual(members);
    expect(key.kid).toBe(await calculateJwkThumbprint({ ...key.publicJwk }, 'sha256'));
    const signer = tokenSignerOf(key, openPrivateKey(key, kek));
    const token = await signer.sign({ iss: 'https://attest.example' });
    expect(decodeProtectedHeader(token)).toEqual({ alg, kid: key.kid, typ: 'JWT' });
    const verified = await compactVerify(token, await importJWK({ ...signer.publicJwk }, alg));
    expect(JSON.parse(Buffer.from(verified.payload).toString())).toEqual({ iss: 'https://attest.example' });
  });

  test('signs under another header when asked', async () => {
    const key = await minted(alg);
    const signer = tokenSignerOf(key, openPrivateKey(key, kek));
    const jwk = { ...signer.publicJwk, alg };
    const header = decodeProtectedHeader(await signer.sign({}, { typ: 'at+jwt', jwk }));
    expect(header).toEqual({ alg, kid: key.kid, typ: 'at+jwt', jwk });
  });

  test('writes header and claims as jose does, the second time too', async () => {
    const key = await minted(alg);
    const privateKey = openPrivateKey(key, kek);
    const signer = tokenSignerOf(key, privateKey);
    const claims = { iss: 'https://attest.example', att: { workload: 'größer ≥ „7“', debug: false } };
    const jwk = { ...signer.publicJwk, kid: key.kid };
    for (const header of [{}, { typ: 'at+jwt' }, { typ: 'JWT', jwk }, { typ: 'at+jwt' }]) {
      const theirs = await new CompactSign(Buffer.from(JSON.stringify(claims), 'utf8'))
        .setProtectedHeader({ alg, kid: key.kid, typ: 'JWT', ...header })
        .sign(privateKey);
      const ours = await signer.sign(claims, header);
      expect(ours.split('.').slice(0, 2)).toEqual(theirs.split('.').slice(0, 2));
      expect(ours.split('.')[2]).toHaveLength(theirs.split('.')[2]?.length ?? 0);
      await compactVerify(ours, await importJWK({ ...signer.publicJwk }, alg));
    }
  });

  test('is no signer with a key of the other algorithm', async () => {
    const other = alg === 'ES256' ? 'RS256' : 'ES256';
    const key = await minted(alg);
    const privateKey = openPrivateKey(await minted(other), kek);
    expect(() => tokenSignerOf(key, privateKey)).toThrow(`no key for ${alg}`);
  });

  test('does not open in another place, nor once its private half is gone', async () => {
    const key = await minted(alg);
    expect(() => openPrivateKey({ ...key, tenant: 'other' }, kek)).toThrow(/does not open/);
    expect(() => openPrivateKey({ ...key, purpose: 'bundle' }, kek)).toThrow(/does not open/);
    expect(() => openPrivateKey({ ...key, state: 'retired', wrapped: null }, kek)).toThrow(/retired/);
  });
});

test.each([1024, 2040])('RSA of %i bits signs nothing', async (modulusLength) => {
  const key = await minted('RS256');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength });
  expect(() => tokenSignerOf(key, privateKey)).toThrow('no key for RS256');
});

test('no two keys are one', async () => {
  const [one, two] = await Promise.all([minted('ES256'), minted('ES256')]);
  expect(one.kid).not.toBe(two.kid);
});
