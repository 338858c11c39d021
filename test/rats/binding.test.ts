import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { calculateJwkThumbprint } from 'jose';
import { bindingDigest, bindingText, jwkThumbprint, requirePublicJwk } from '../../src/rats/binding.js';
import { RefusalError } from '../../src/rats/refusal.js';
import type { JsonObject } from '../../src/rats/result.js';

/** The P-256 key of RFC 7515, appendix A.3. */
const RFC7515_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};
const NONCE = Buffer.from(Uint8Array.from({ length: 32 }, (_, index) => index)).toString('base64url');

function jwkOf(kind: 'P-256' | 'P-384' | 'P-521' | 'Ed25519' | 'X25519'): {
  publicJwk: JsonObject;
  privateJwk: JsonObject;
} {
  const pair =
    kind === 'Ed25519'
      ? generateKeyPairSync('ed25519')
      : kind === 'X25519'
        ? generateKeyPairSync('x25519')
        : generateKeyPairSync('ec', { namedCurve: kind });
  return {
    publicJwk: pair.publicKey.export({ format: 'jwk' }) as JsonObject,
    privateJwk: pair.privateKey.export({ format: 'jwk' }) as JsonObject,
  };
}

function detailOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RefusalError && error.refusal.code === 'key_invalid') return error.refusal.detail;
    throw error;
  }
  return 'accepted';
}

describe('the v1 binding', () => {
  test('first worked example: no keys', () => {
    const input = {
      issuer: 'http://localhost:8080',
      audience: 'vault-prod',
      nonce: NONCE,
      sig: null,
      enc: null,
    };
    expect(bindingText(input)).toBe(
      `{"aud":"vault-prod","iss":"http://localhost:8080","nonce":"${NONCE}","typ":"assay-binding-v1"}`,
    );
    expect(Buffer.from(bindingDigest(input)).toString('hex')).toBe(
      '70e50503a0bd46f4af6660375e4d9afbdef98de58060aa3f9de52fe4c0d86ef65b5fadaf9e5442313e6bf63e1acd98e600000000000000000000000000000000',
    );
  });

  test('second worked example: both keys', () => {
    const thumbprint = jwkThumbprint(requirePublicJwk(RFC7515_KEY, 'sig'));
    expect(thumbprint).toBe('oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U');
    const digest = bindingDigest({
      issuer: 'https://attest.example/t/acme',
      audience: 'vault-prod',
      nonce: NONCE,
      sig: thumbprint,
      enc: thumbprint,
    });
    expect(Buffer.from(digest).toString('hex')).toBe(
      '87d76583cb759eec7067bb7b3a90211c14aad1919db4c893e40f4317c482346772ce77627eb23b55bb91f26786e141de00000000000000000000000000000000',
    );
  });

  test('every input changes the digest', () => {
    const input = { issuer: 'https://a.example', audience: 'kms', nonce: NONCE, sig: 's', enc: null };
    const digests = [
      input,
      { ...input, issuer: 'https://b.example' },
      { ...input, audience: 'kms2' },
      { ...input, nonce: `${NONCE}A` },
      { ...input, sig: 't' },
      { ...input, sig: null },
      { ...input, sig: null, enc: 's' },
      { ...input, enc: 's' },
    ].map((each) => Buffer.from(bindingDigest(each)).toString('hex'));
    expect(new Set(digests).size).toBe(digests.length);
  });
});

describe('keys of the attester', () => {
  test.each(['P-256', 'P-384', 'Ed25519'] as const)(
    '%s signs, and its thumbprint is RFC 7638’s',
    async (kind) => {
      const { publicJwk } = jwkOf(kind);
      const key = requirePublicJwk({ ...publicJwk, kid: 'mine', use: 'sig' }, 'sig');
      expect(jwkThumbprint(key)).toBe(await calculateJwkThumbprint({ ...key }, 'sha256'));
    },
  );

  test.each(['P-256', 'P-384', 'Ed25519'] as const)('a private %s key is refused by its member', (kind) => {
    expect(detailOf(() => requirePublicJwk(jwkOf(kind).privateJwk, 'sig'))).toContain('private member d');
  });

  test('X25519 encrypts only, Ed25519 signs only, P-521 and RSA do neither', () => {
    expect(detailOf(() => requirePublicJwk(jwkOf('X25519').publicJwk, 'enc'))).toBe('accepted');
    expect(detailOf(() => requirePublicJwk(jwkOf('X25519').publicJwk, 'sig'))).toContain('Ed25519');
    expect(detailOf(() => requirePublicJwk(jwkOf('Ed25519').publicJwk, 'enc'))).toContain('X25519');
    expect(detailOf(() => requirePublicJwk(jwkOf('P-521').publicJwk, 'sig'))).toContain('P-256');
    expect(detailOf(() => requirePublicJwk({ kty: 'RSA', n: 'AQAB', e: 'AQAB' }, 'sig'))).toContain('P-256');
  });

  test.each([0, 1])('a point of X25519 that agrees on nothing secret is refused: %d', (first) => {
    const x = Buffer.concat([Buffer.of(first), Buffer.alloc(31)]).toString('base64url');
    expect(detailOf(() => requirePublicJwk({ kty: 'OKP', crv: 'X25519', x }, 'enc'))).toContain(
      'small order',
    );
  });

  test.each([
    ['a short coordinate', { ...RFC7515_KEY, x: RFC7515_KEY.x.slice(0, -2) }],
    ['standard base64', { ...RFC7515_KEY, y: RFC7515_KEY.y.replace('_', '/') }],
    ['a missing coordinate', { kty: 'EC', crv: 'P-256', x: RFC7515_KEY.x }],
    ['a point off the curve', { ...RFC7515_KEY, x: RFC7515_KEY.y }],
    ['another family', { ...RFC7515_KEY, kty: 'OKP' }],
    ['an unknown member', { ...RFC7515_KEY, x5u: 'https://example.org' }],
    ['a key for another use', { ...RFC7515_KEY, use: 'enc' }],
    ['nothing', {}],
  ])('%s is refused', (_name, jwk) => {
    expect(detailOf(() => requirePublicJwk(jwk, 'sig'))).toMatch(/not usable/);
  });
});
