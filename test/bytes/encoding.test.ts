import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf, sha256, sha256Hex, sha384 } from '../../src/bytes/digest.js';
import {
  allZero,
  base64Of,
  base64urlOf,
  bytesOfBase64,
  bytesOfHex,
  equalBytes,
  hexOf,
  hexOfParts,
  zeroBetween,
} from '../../src/bytes/encoding.js';

describe('encodings', () => {
  test('every byte string survives each encoding, also as a view', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const view = Uint8Array.of(1, ...bytes, 2).subarray(1, bytes.length + 1);
        expect(bytesOfHex(hexOf(view))).toEqual(bytes);
        expect(bytesOfBase64(base64urlOf(view))).toEqual(bytes);
        expect(bytesOfBase64(base64Of(view))).toEqual(bytes);
      }),
    );
  });

  test('hex may be uppercase on the way in and is lowercase on the way out', () => {
    expect(bytesOfHex('0AfF')).toEqual(Uint8Array.of(0x0a, 0xff));
    expect(hexOf(Uint8Array.of(0x0a, 0xff))).toBe('0aff');
  });

  test.each(['0', '0g', ' 00', '0x00', '00 '])('%j is not hex', (text) => {
    expect(bytesOfHex(text)).toBeNull();
  });

  test.each([
    ['padding on base64url', '-_8='],
    ['no padding on standard base64', '+/8'],
    ['both alphabets', '-/8='],
    ['white space', 'AAAA\n'],
    ['bits that belong to no byte', 'AB'],
    ['one character', 'A'],
    ['too much padding', 'AAAA===='],
  ])('%s is not base64', (_what, text) => {
    expect(bytesOfBase64(text)).toBeNull();
  });

  test('bytes are equal in length and contents', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
    expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true);
    expect(allZero(new Uint8Array(3))).toBe(true);
    expect(allZero(Uint8Array.of(0, 1))).toBe(false);
  });
});

describe('parts of a byte string', () => {
  const whole = Uint8Array.from({ length: 96 }, (_, index) => (index * 37) & 0xff);

  test('are written as each would be alone, also those that lie elsewhere or begin outside', () => {
    const view = whole.subarray(16, 80);
    const hex = hexOfParts(view);
    const inside = [view, view.subarray(0, 1), view.subarray(7, 40), view.subarray(63), view.subarray(64)];
    const outside = [
      whole,
      whole.subarray(15, 20),
      whole.subarray(79, 81),
      new Uint8Array(view),
      Uint8Array.of(),
    ];
    for (const part of [...inside, ...outside]) expect(hex(part)).toBe(hexOf(part));
  });

  test('are zero where all of their own octets are', () => {
    const bytes = Uint8Array.of(1, 0, 0, 2);
    expect(zeroBetween(bytes, 1, 3)).toBe(true);
    expect(zeroBetween(bytes, 0, 3)).toBe(false);
    expect(zeroBetween(bytes, 1, 4)).toBe(false);
    expect(zeroBetween(bytes, 2, 2)).toBe(true);
  });
});

describe('digests', () => {
  /** FIPS 180-4 example: the message "abc". */
  const abc = new Uint8Array(Buffer.from('abc'));

  test('are those of FIPS 180-4', () => {
    expect(sha256Hex(abc)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(hexOf(sha256(abc))).toBe(sha256Hex(abc));
    expect(hexOf(sha384(abc)).slice(0, 32)).toBe('cb00753f45a35e8bb5a03d699ac65007');
    expect(digestOf('sha512', abc)).toHaveLength(64);
  });
});
