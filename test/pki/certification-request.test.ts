import 'reflect-metadata';
import { createPublicKey, generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { parseCertificationRequest, requireOwnSignature } from '../../src/pki/certification-request.js';
import { jwkThumbprint } from '../../src/rats/binding.js';
import { RefusalError } from '../../src/rats/refusal.js';
import { utf8 } from '../../src/simulator/asn1.js';
import { makeTlsKey } from '../tls-authority.js';
import { mintRequest, type RequestDraft } from './miniature-request.js';

/** `accepted`, or the words of the refusal. */
async function outcomeOf(der: Uint8Array): Promise<string> {
  try {
    await requireOwnSignature(parseCertificationRequest(der));
    return 'accepted';
  } catch (error) {
    if (error instanceof RefusalError && error.refusal.code === 'key_invalid') return error.refusal.detail;
    throw error;
  }
}

const thumbprintOf = (key: KeyObject) =>
  calculateJwkThumbprint(createPublicKey(key).export({ format: 'jwk' }) as JWK);

describe('a certification request', () => {
  test.each<['P-256' | 'P-384' | 'Ed25519', NonNullable<RequestDraft['hash']>]>([
    ['P-256', 'sha256'],
    ['P-256', 'sha512'],
    ['P-384', 'sha384'],
    ['P-384', 'sha256'],
    ['Ed25519', 'sha256'],
  ])('for %s, by its own key, names that key (%s)', async (kind, hash) => {
    const key = makeTlsKey(kind);
    const der = mintRequest({ key, hash });
    expect(await outcomeOf(der)).toBe('accepted');
    expect(jwkThumbprint(parseCertificationRequest(der).publicJwk)).toBe(await thumbprintOf(key));
  });

  test('of another program, with names and extensions in it, is read too', async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' };
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const request = await x509.Pkcs10CertificateRequestGenerator.create(
      {
        name: 'CN=model.example, O=Example',
        keys,
        signingAlgorithm: algorithm,
        extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'model.example' }])],
      },
      webcrypto as Parameters<typeof x509.Pkcs10CertificateRequestGenerator.create>[1],
    );
    expect(await outcomeOf(new Uint8Array(request.rawData))).toBe('accepted');
  });

  test.each<[string, () => Uint8Array, string]>([
    [
      'with bytes behind it',
      () => Buffer.concat([mintRequest({ key: makeTlsKey() }), Buffer.from([0])]),
      'behind',
    ],
    [
      'for an RSA key',
      () => mintRequest({ key: makeTlsKey('RSA') }),
      'must be EC P-256, EC P-384 or OKP Ed25519',
    ],
    [
      'for a key on another curve',
      () => mintRequest({ key: generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).privateKey }),
      'must be EC P-256',
    ],
    [
      'for a key on a curve that JOSE does not name',
      () => mintRequest({ key: generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }).privateKey }),
      'must be EC P-256',
    ],
    ['by SHA-1', () => mintRequest({ key: makeTlsKey(), hash: 'sha1' }), 'not signed by ECDSA with SHA-2'],
    [
      'that names an algorithm of another kind of key',
      () => mintRequest({ key: makeTlsKey('Ed25519'), algorithm: '1.2.840.10045.4.3.2' }),
      'not signed by ECDSA with SHA-2',
    ],
    [
      'signed by another key',
      () => mintRequest({ key: makeTlsKey(), signingKey: makeTlsKey() }),
      'does not hold under its own key',
    ],
    ['of a version that does not exist', () => mintRequest({ key: makeTlsKey(), version: 2 }), 'version 1'],
    [
      'without attributes',
      () => mintRequest({ key: makeTlsKey(), withAttributes: false }),
      'not what a request',
    ],
    [
      'with a text for its name',
      () => mintRequest({ key: makeTlsKey(), name: utf8('model.example') }),
      'PKCS #10',
    ],
    ['of more bytes than any has', () => new Uint8Array(8193), '8192 bytes'],
    ['of no bytes', () => new Uint8Array(0), 'PKCS #10'],
  ])('%s is refused in words', async (_name, mint, words) => {
    expect(await outcomeOf(mint())).toContain(words);
  });

  test('is refused with any byte changed, and cut at any length', async () => {
    const der = mintRequest({ key: makeTlsKey() });
    for (let at = 0; at < der.length; at += 1) {
      const changed = Buffer.from(der);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      expect([at, await outcomeOf(changed)]).not.toEqual([at, 'accepted']);
      expect([at, await outcomeOf(der.subarray(0, at))]).not.toEqual([at, 'accepted']);
    }
  });
});
