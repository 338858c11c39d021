import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { digestOf, keepDigest, sha256, sha256Hex, sha384 } from '../../src/bytes/digest.js';

const BYTES = Uint8Array.from({ length: 300 }, (_, index) => index & 0xff);
const expected = (name: string): Buffer => createHash(name).update(BYTES).digest();

describe('digests', () => {
  test('are those of the bytes, as plain arrays of their own', () => {
    expect(sha256(BYTES)).toEqual(Uint8Array.from(expected('sha256')));
    expect(sha384(BYTES)).toEqual(Uint8Array.from(expected('sha384')));
    expect(digestOf('sha512', BYTES)).toEqual(Uint8Array.from(expected('sha512')));
    expect(sha256Hex(BYTES)).toBe(expected('sha256').toString('hex'));
    expect(sha256(BYTES).buffer.byteLength).toBe(32);
  });

  test('of a view are those of the view alone', () => {
    const view = BYTES.subarray(10, 20);
    expect(sha256Hex(view)).toBe(createHash('sha256').update(view).digest('hex'));
  });

  test('are computed anew when bytes change, unless they were kept', () => {
    const bytes = BYTES.slice();
    const before = sha256Hex(bytes);
    bytes[0] = 1;
    expect(sha256Hex(bytes)).not.toBe(before);
  });

  test('that are kept belong to that very array and to no copy of it', () => {
    const bytes = keepDigest(BYTES.slice());
    const kept = sha256Hex(bytes);
    expect(kept).toBe(expected('sha256').toString('hex'));
    const copy = bytes.slice();
    copy[0] = 1;
    expect(sha256Hex(copy)).toBe(createHash('sha256').update(copy).digest('hex'));
    expect(sha256Hex(keepDigest(bytes))).toBe(kept);
  });

  test('once kept stay what they were, also when kept again', () => {
    const bytes = keepDigest(BYTES.slice());
    bytes[0] = 1;
    expect(sha256Hex(bytes)).toBe(expected('sha256').toString('hex'));
    expect(sha256Hex(keepDigest(bytes))).toBe(expected('sha256').toString('hex'));
  });
});
