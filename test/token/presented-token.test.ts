/** Tokens that come back: only ours, only while they count, only those with a key. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CompactSign } from 'jose';
import type { JsonObject } from '../../src/rats/result.js';
import { parsePresentedToken, readPresentedToken, TokenRefused } from '../../src/token/presented-token.js';

const ISSUER = 'https://attest.example/t/acme';
const AT = new Date('2026-11-20T12:00:00Z');
const NOW = AT.getTime() / 1000;
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const KEY = {
  kid: 'ours',
  alg: 'ES256',
  publicJwk: publicKey.export({ format: 'jwk' }) as JsonObject,
} as const;
const CLAIMS = {
  iss: ISSUER,
  aud: 'kms',
  iat: NOW - 10,
  nbf: NOW - 10,
  exp: NOW + 290,
  jti: 'j',
  cnf: { jkt: 'thumb' },
};

function sign(payload: string, header: object = {}): Promise<string> {
  return new CompactSign(Buffer.from(payload))
    .setProtectedHeader({ alg: 'ES256', kid: 'ours', typ: 'JWT', ...header })
    .sign(privateKey);
}

const read = (token: string, keys: readonly (typeof KEY)[] = [KEY]) =>
  readPresentedToken({ token: parsePresentedToken(token), issuer: ISSUER, keys, at: AT });

async function refusedBy(token: string): Promise<string> {
  try {
    await read(token);
    return 'nothing';
  } catch (error) {
    if (error instanceof TokenRefused) return error.message;
    throw error;
  }
}

describe('a presented token', () => {
  test('tells what it is about, whatever its type is', async () => {
    const found = { jti: 'j', kid: 'ours', audience: 'kms', thumbprint: 'thumb' };
    for (const typ of ['JWT', 'at+jwt', 'eat+jwt']) {
      expect(await read(await sign(JSON.stringify(CLAIMS), { typ }))).toEqual(found);
    }
    // The clocks of two replicas may lie apart a little.
    expect(await read(await sign(JSON.stringify({ ...CLAIMS, nbf: NOW + 5 })))).toEqual(found);
  });

  test.each<[string, object, RegExp]>([
    ['of another issuer', { iss: 'https://attest.example' }, /issuer/u],
    ['without an issuer', { iss: undefined }, /issuer/u],
    ['that ends now', { exp: NOW }, /has ended/u],
    ['that never ends', { exp: undefined }, /has ended/u],
    ['that ends in words', { exp: '2030' }, /has ended/u],
    ['that begins later', { nbf: NOW + 6 }, /not begun/u],
    ['without a beginning', { nbf: undefined }, /not begun/u],
    ['bound to no key', { cnf: undefined }, /no key/u],
    ['bound to a key that it does not name', { cnf: { jwk: {} } }, /no key/u],
    ['bound to a list', { cnf: ['thumb'] }, /no key/u],
    ['without jti', { jti: undefined }, /jti/u],
  ])('is refused: %s', async (_what, changes, words) => {
    expect(await refusedBy(await sign(JSON.stringify({ ...CLAIMS, ...changes })))).toMatch(words);
  });

  test('is refused by its form', async () => {
    const good = await sign(JSON.stringify(CLAIMS));
    expect(await refusedBy(good)).toBe('nothing');
    expect(await refusedBy(`${good}.a.b`)).toMatch(/encrypted to you/u);
    expect(await refusedBy(`${good}${'A'.repeat(16_384)}`)).toMatch(/longer/u);
    expect(await refusedBy(await sign('{"iss":"a","iss":"a"}'))).toMatch(/not a signed JWT/u);
    expect(await refusedBy(await sign('[]'))).toMatch(/not a signed JWT/u);
    expect(await refusedBy(await sign(JSON.stringify(CLAIMS), { kid: 'theirs' }))).toMatch(
      /no key of this issuer/u,
    );
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicJwk = other.publicKey.export({ format: 'jwk' }) as JsonObject;
    await expect(read(good, [{ ...KEY, publicJwk }])).rejects.toThrow(/signature/u);
    await expect(read(good, [])).rejects.toThrow(TokenRefused);
  });

  test('is refused and nothing worse, whatever it is', async () => {
    const segment = fc.oneof(
      fc.string(),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
      fc.constant(Buffer.from('{"alg":"ES256","kid":"ours"}').toString('base64url')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(segment, { maxLength: 6 }), async (parts) => {
        expect(await refusedBy(parts.join('.'))).not.toBe('nothing');
      }),
    );
  });
});
