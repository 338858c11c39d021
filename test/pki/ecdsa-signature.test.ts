import { createPublicKey, type KeyObject } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  forgetVerifiedSignatures,
  keyFitsAlgorithm,
  p256KeyOf,
  type SignatureAlgorithm,
  type SigningAuthority,
  signatureAlgorithmOf,
  verifySigned,
} from '../../src/pki/signature.js';
import { pointOf, signEcdsa, signEcdsaDer, signPss, spkiOf } from '../../src/simulator/key-pair.js';
import { flipped } from './miniature.js';
import { type KeyKind, keyOf } from './miniature-ec.js';

const MESSAGE = Buffer.from('what the authority says');
const DER = 'ecdsa-p256-sha256';
const RAW = 'ecdsa-p256-sha256-raw';

const authorityOf = (key: KeyObject): SigningAuthority => ({
  publicKey: createPublicKey(key),
  spki: spkiOf(key),
});
const holds = (
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
  key = keyOf('signer'),
): Promise<boolean> => verifySigned({ algorithm, tbs: MESSAGE, signature }, authorityOf(key));

let raw: Uint8Array;
let der: Uint8Array;
beforeAll(async () => {
  raw = await signEcdsa(MESSAGE, keyOf('signer'), 'sha256');
  der = await signEcdsaDer(MESSAGE, keyOf('signer'));
});
beforeEach(() => forgetVerifiedSignatures());

/** r and s as a SEQUENCE of INTEGERs whose contents are given octet by octet. */
function sequenceOf(r: Uint8Array, s: Uint8Array): Uint8Array {
  const integer = (content: Uint8Array) => Buffer.concat([Uint8Array.of(2, content.length), content]);
  const content = Buffer.concat([integer(r), integer(s)]);
  return new Uint8Array(Buffer.concat([Uint8Array.of(0x30, content.length), content]));
}
/** The shortest content of an INTEGER that is not negative. */
function minimal(value: Uint8Array): Uint8Array {
  const first = value.findIndex((octet) => octet !== 0);
  const digits = value.subarray(first === -1 ? value.length - 1 : first);
  return (digits[0] ?? 0) >= 0x80 ? Uint8Array.from([0, ...digits]) : digits;
}

describe.each([
  ['in DER', DER],
  ['raw', RAW],
] as const)('an ECDSA signature %s', (_name, algorithm) => {
  const good = (): Uint8Array => (algorithm === DER ? der : raw);

  test.each(['cold', 'warm'])('verifies, and no changed octet does (%s)', async (cache) => {
    expect(await holds(algorithm, good())).toBe(true);
    for (let index = 0; index < good().length; index += 1) {
      if (cache === 'cold') forgetVerifiedSignatures();
      expect([index, await holds(algorithm, flipped(good(), index))]).toEqual([index, false]);
    }
    for (let index = 0; index < MESSAGE.length; index += 1) {
      const document = { algorithm, tbs: flipped(MESSAGE, index), signature: good() };
      expect(await verifySigned(document, authorityOf(keyOf('signer')))).toBe(false);
    }
    expect(await holds(algorithm, good())).toBe(true);
  });

  test('of another key is none, known before or not', async () => {
    expect(await holds(algorithm, good())).toBe(true);
    expect(await holds(algorithm, good(), keyOf('other'))).toBe(false);
  });

  test('is not one of the other form, known before or not', async () => {
    const other = algorithm === DER ? RAW : DER;
    expect(await holds(algorithm, good())).toBe(true);
    expect(await holds(other, good())).toBe(false);
  });

  test('is not made with another curve, with RSA, or over another hash', async () => {
    const sign = algorithm === DER ? signEcdsaDer : signEcdsa;
    expect(
      await holds(algorithm, await sign(MESSAGE, keyOf('signer', 'P-384')), keyOf('signer', 'P-384')),
    ).toBe(false);
    const wide = await signEcdsa(MESSAGE, keyOf('signer', 'P-384'), 'sha256');
    expect(await holds(algorithm, wide, keyOf('signer', 'P-384'))).toBe(false);
    const pss = await signPss(MESSAGE, keyOf('signer', 'RSA'));
    expect(await holds(algorithm, pss, keyOf('signer', 'RSA'))).toBe(false);
    expect(await holds(algorithm, pss)).toBe(false);
    expect(await holds('rsassa-pss-sha384', good(), keyOf('signer', 'RSA'))).toBe(false);
    expect(await holds('rsassa-pss-sha384', pss)).toBe(false);
    expect(await holds('rsassa-pss-sha384', pss, keyOf('signer', 'RSA'))).toBe(true);
    expect(await holds(RAW, await signEcdsa(MESSAGE, keyOf('signer'), 'sha384'))).toBe(false);
  });
});

describe('a raw signature', () => {
  test.each([0, 1, 32, 63, 65, 96, 128])('has 64 bytes and not %i', async (length) => {
    const other = new Uint8Array(length);
    other.set(raw.subarray(0, length));
    expect(await holds(RAW, other)).toBe(false);
    const shifted = new Uint8Array(length);
    shifted.set(raw.subarray(0, length), Math.max(0, length - 64));
    expect(await holds(RAW, shifted)).toBe(false);
  });

  test('has r and s within the order, and none is zero', async () => {
    const [r, s] = [raw.subarray(0, 32), raw.subarray(32)];
    const [zero, top] = [new Uint8Array(32), new Uint8Array(32).fill(0xff)];
    for (const [first, second] of [
      [zero, s],
      [r, zero],
      [zero, zero],
      [top, s],
      [r, top],
      [s, r],
    ] as const) {
      expect(await holds(RAW, new Uint8Array(Buffer.concat([first, second])))).toBe(false);
    }
  });
});

describe('a signature in DER', () => {
  test('is r and s as integers', async () => {
    const [r, s] = [raw.subarray(0, 32), raw.subarray(32)];
    expect(await holds(DER, sequenceOf(minimal(r), minimal(s)))).toBe(true);
  });

  test('has one encoding: integers no longer than needed, nothing behind, no long lengths', async () => {
    const [r, s] = [minimal(raw.subarray(0, 32)), minimal(raw.subarray(32))];
    const longer = (digits: Uint8Array): Uint8Array => Uint8Array.from([0, ...digits]);
    const good = sequenceOf(r, s);
    for (const other of [
      sequenceOf(longer(r), s),
      sequenceOf(r, longer(s)),
      sequenceOf(longer(longer(r)), s),
      Uint8Array.from([...good, 0]),
      Uint8Array.from([0x30, 0x81, ...good.subarray(1)]),
      Uint8Array.from([0x31, ...good.subarray(1)]),
      good.subarray(0, -1),
      new Uint8Array(),
      sequenceOf(r, Uint8Array.of(0)),
      sequenceOf(Uint8Array.of(0), s),
    ]) {
      expect(await holds(DER, other)).toBe(false);
    }
  });

  test('has no negative integers: what a leading zero keeps positive cannot lose it', async () => {
    // As often signed as it takes to find an r that needs its leading zero.
    for (;;) {
      const fresh = await signEcdsa(MESSAGE, keyOf('signer'), 'sha256');
      const [r, s] = [fresh.subarray(0, 32), fresh.subarray(32)];
      if ((r[0] ?? 0) < 0x80) continue;
      expect(await holds(DER, sequenceOf(minimal(r), minimal(s)))).toBe(true);
      expect(await holds(DER, sequenceOf(r, minimal(s)))).toBe(false);
      return;
    }
  });
});

describe('the algorithm', () => {
  const known = Buffer.from('300a06082a8648ce3d040302', 'hex');

  test('is ecdsa-with-SHA256 without parameters, and any octet changed is another one', () => {
    expect(signatureAlgorithmOf(known)).toBe(DER);
    for (let index = 0; index < known.length; index += 1) {
      expect(signatureAlgorithmOf(flipped(known, index))).toBeNull();
    }
    for (const other of [
      '300c06082a8648ce3d0403020500',
      '300a06082a8648ce3d040303',
      '300906072a8648ce3d0401',
      '',
    ]) {
      expect(signatureAlgorithmOf(Buffer.from(other, 'hex'))).toBeNull();
    }
  });

  test.each<readonly [KeyKind, boolean, boolean]>([
    ['P-256', true, false],
    ['P-384', false, false],
    ['RSA', false, true],
  ])('fits the kind of key: %s', (kind, ecdsa, pss) => {
    const key = createPublicKey(keyOf('signer', kind));
    expect(
      [DER, RAW, 'rsassa-pss-sha384'].map((one) => keyFitsAlgorithm(key, one as SignatureAlgorithm)),
    ).toEqual([ecdsa, ecdsa, pss]);
  });
});

describe('a key from a point', () => {
  const point = (): Uint8Array => Uint8Array.from(pointOf(keyOf('signer')));
  const PRIME = 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff';
  const B = '5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b';

  test('is that key, and verifies with it', () => {
    const key = p256KeyOf(point());
    expect(key?.equals(createPublicKey(keyOf('signer')))).toBe(true);
  });

  test('is none for another length', () => {
    for (const length of [0, 32, 63, 65, 96, 128]) {
      const other = new Uint8Array(length);
      other.set(point().subarray(0, length));
      expect(p256KeyOf(other)).toBeNull();
    }
    expect(p256KeyOf(Uint8Array.from([4, ...point()]))).toBeNull();
  });

  test('is none for what is no point of the curve', () => {
    for (const hex of ['00'.repeat(64), 'ff'.repeat(64), '11'.repeat(64), PRIME + PRIME]) {
      expect(p256KeyOf(Uint8Array.from(Buffer.from(hex, 'hex')))).toBeNull();
    }
    for (let index = 0; index < 64; index += 1) {
      const other = p256KeyOf(flipped(point(), index));
      // Half of all x have a y, and hardly ever this one.
      expect([index, other]).toEqual([index, null]);
    }
    const swapped = Uint8Array.from([...point().subarray(32), ...point().subarray(0, 32)]);
    expect(p256KeyOf(swapped)).toBeNull();
    expect(p256KeyOf(Uint8Array.from(pointOf(keyOf('signer', 'P-384'))).subarray(0, 64))).toBeNull();
  });

  test('is none for a coordinate beyond the field, though it names a point again', () => {
    const [prime, b] = [BigInt(`0x${PRIME}`), BigInt(`0x${B}`)];
    const power = (base: bigint, exponent: bigint): bigint => {
      let result = 1n;
      for (let [square, rest] = [base % prime, exponent]; rest > 0n; rest >>= 1n) {
        if (rest & 1n) result = (result * square) % prime;
        square = (square * square) % prime;
      }
      return result;
    };
    const encoded = (x: bigint, y: bigint): Uint8Array =>
      Uint8Array.from(Buffer.from([x, y].map((one) => one.toString(16).padStart(64, '0')).join(''), 'hex'));
    // The first x with a y; so small that x + p has 32 octets too.
    for (let x = 1n; ; x += 1n) {
      const square = (x ** 3n - 3n * x + b + prime) % prime;
      const y = power(square, (prime + 1n) / 4n);
      if ((y * y) % prime !== square) continue;
      expect(p256KeyOf(encoded(x, y))).not.toBeNull();
      expect(p256KeyOf(encoded(x, prime - y))).not.toBeNull();
      expect(p256KeyOf(encoded(x + prime, y))).toBeNull();
      return;
    }
  });
});
