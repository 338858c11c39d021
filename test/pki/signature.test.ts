import { createPublicKey, type KeyObject } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  forgetVerifiedSignatures,
  reverseBytes,
  type SignedDocument,
  signatureAlgorithmOf,
  verifyEcdsaRaw,
  verifySigned,
} from '../../src/pki/signature.js';
import { makeEcKey, signEcdsa, signPss, spkiOf } from '../../src/simulator/key-pair.js';
import { flipped, keyNamed } from './miniature.js';

const MESSAGE = Buffer.from('what the authority says');

describe('signatures of authorities', () => {
  let document: SignedDocument;
  let signer: { publicKey: KeyObject; spki: Uint8Array };

  beforeAll(async () => {
    const key = await keyNamed('root');
    const signature = await signPss(MESSAGE, key);
    document = { algorithm: 'rsassa-pss-sha384', tbs: MESSAGE, signature };
    signer = { publicKey: createPublicKey(key), spki: spkiOf(key) };
  });

  beforeEach(() => forgetVerifiedSignatures());

  test.each(['cold', 'warm'])('verifies, and no changed octet does (%s)', async (cache) => {
    expect(await verifySigned(document, signer)).toBe(true);
    if (cache === 'cold') forgetVerifiedSignatures();
    for (let index = 0; index < document.signature.length; index += 1) {
      const forged = { ...document, signature: flipped(document.signature, index) };
      expect(await verifySigned(forged, signer)).toBe(false);
    }
    for (let index = 0; index < MESSAGE.length; index += 1) {
      expect(await verifySigned({ ...document, tbs: flipped(MESSAGE, index) }, signer)).toBe(false);
    }
    expect(await verifySigned(document, signer)).toBe(true);
  });

  test('a remembered signature is remembered for its key only', async () => {
    expect(await verifySigned(document, signer)).toBe(true);
    const other = await keyNamed('other root');
    expect(await verifySigned(document, { publicKey: createPublicKey(other), spki: spkiOf(other) })).toBe(
      false,
    );
  });

  test('parts do not run into each other in what is remembered', async () => {
    expect(await verifySigned(document, signer)).toBe(true);
    const shifted = {
      ...document,
      tbs: Buffer.concat([document.tbs, document.signature.subarray(0, 1)]),
      signature: document.signature.subarray(1),
    };
    expect(await verifySigned(shifted, signer)).toBe(false);
  });

  test('a signature one octet longer or shorter does not verify', async () => {
    const { signature } = document;
    for (const changed of [
      signature.subarray(1),
      signature.subarray(0, -1),
      Buffer.concat([signature, Uint8Array.of(0)]),
      Buffer.concat([Uint8Array.of(0), signature]),
      new Uint8Array(),
    ]) {
      expect(await verifySigned({ ...document, signature: changed }, signer)).toBe(false);
    }
  });

  test('exponent_mismatch_fails', async () => {
    const jwk = signer.publicKey.export({ format: 'jwk' });
    const twin = createPublicKey({ key: { ...jwk, e: 'Aw' }, format: 'jwk' });
    expect(twin.export({ format: 'jwk' }).n).toBe(jwk.n);
    expect(await verifySigned(document, signer)).toBe(true);
    expect(
      await verifySigned(document, { publicKey: twin, spki: twin.export({ type: 'spki', format: 'der' }) }),
    ).toBe(false);
  });

  test('an EC key is no authority’s', async () => {
    const key = await keyNamed('leaf');
    expect(await verifySigned(document, { publicKey: createPublicKey(key), spki: spkiOf(key) })).toBe(false);
  });
});

describe('the algorithm', () => {
  const inner = '300d06096086480165030402020500';
  const parameters = `a00f${inner}a11c301a06092a864886f70d010108${inner}a203020130`;
  const short = Buffer.from(`304106092a864886f70d01010a3034${parameters}`, 'hex');
  const spelledOut = Buffer.from(`304606092a864886f70d01010a3039${parameters}a303020101`, 'hex');

  test('is RSASSA-PSS with SHA-384, in both encodings', () => {
    expect(signatureAlgorithmOf(short)).toBe('rsassa-pss-sha384');
    expect(signatureAlgorithmOf(spelledOut)).toBe('rsassa-pss-sha384');
  });

  test('is nothing else: any octet of it changed is another one', () => {
    for (const known of [short, spelledOut]) {
      for (let index = 0; index < known.length; index += 1) {
        expect(signatureAlgorithmOf(flipped(known, index))).toBeNull();
      }
    }
    expect(signatureAlgorithmOf(Buffer.from('300d06092a864886f70d01010c0500', 'hex'))).toBeNull();
  });
});

describe('raw ECDSA', () => {
  test('takes r and s big endian and as wide as the field', async () => {
    const privateKey = await makeEcKey('P-384');
    const key = createPublicKey(privateKey);
    const raw = await signEcdsa(MESSAGE, privateKey);
    const [r, s] = [raw.subarray(0, 48), raw.subarray(48)];
    const good = { key, hash: 'sha384', message: MESSAGE, r, s } as const;
    expect(await verifyEcdsaRaw(good)).toBe(true);
    expect(await verifyEcdsaRaw({ ...good, r: reverseBytes(reverseBytes(r)) })).toBe(true);
    expect(await verifyEcdsaRaw({ ...good, r: reverseBytes(r), s: reverseBytes(s) })).toBe(false);
    expect(await verifyEcdsaRaw({ ...good, r: s, s: r })).toBe(false);
    expect(await verifyEcdsaRaw({ ...good, r: new Uint8Array(48), s: new Uint8Array(48) })).toBe(false);
    expect(await verifyEcdsaRaw({ ...good, r: Buffer.concat([new Uint8Array(24), r]) })).toBe(false);
    expect(await verifyEcdsaRaw({ ...good, r: raw.subarray(0, 47), s: raw.subarray(47) })).toBe(false);
    expect(await verifyEcdsaRaw({ ...good, hash: 'sha256' })).toBe(false);
    expect(await verifyEcdsaRaw({ ...good, key: createPublicKey(await keyNamed('root')) })).toBe(false);
    for (let index = 0; index < raw.length; index += 1) {
      const forged = flipped(raw, index);
      expect(await verifyEcdsaRaw({ ...good, r: forged.subarray(0, 48), s: forged.subarray(48) })).toBe(
        false,
      );
    }
  });
});
