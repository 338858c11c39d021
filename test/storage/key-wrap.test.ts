import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createKeyWrap, WrongKek } from '../../src/storage/key-wrap.js';

const CONTEXT = { tenant: 'acme', purpose: 'token', kid: 'thumbprint' };
const SECRET = Buffer.from('the private key of a tenant', 'utf8');

describe('key wrap', () => {
  const kek = createKeyWrap(randomBytes(32));

  test('opens what it sealed, and seals differently each time', () => {
    const [first, second] = [kek.wrap(CONTEXT, SECRET), kek.wrap(CONTEXT, SECRET)];
    expect(Buffer.from(kek.unwrap(CONTEXT, first))).toEqual(SECRET);
    expect(Buffer.from(kek.unwrap(CONTEXT, second))).toEqual(SECRET);
    expect(Buffer.from(first).equals(Buffer.from(second))).toBe(false);
    expect(Buffer.from(first).includes(SECRET)).toBe(false);
  });

  test('an empty secret has a seal too', () => {
    const wrapped = kek.wrap(CONTEXT, new Uint8Array());
    expect(kek.unwrap(CONTEXT, wrapped)).toHaveLength(0);
  });

  test.each([
    ['another tenant', { ...CONTEXT, tenant: 'other' }],
    ['another purpose', { ...CONTEXT, purpose: 'status' }],
    ['another kid', { ...CONTEXT, kid: 'other' }],
    ['an audience', { ...CONTEXT, audience: 'kbs' }],
    ['the same letters in other fields', { tenant: 'acm', purpose: 'etoken', kid: 'thumbprint' }],
  ])('does not open in the row of %s', (_, context) => {
    const wrapped = kek.wrap(CONTEXT, SECRET);
    expect(() => kek.unwrap(context, wrapped)).toThrow(WrongKek);
  });

  test('another KEK is told apart from an altered row', () => {
    const wrapped = kek.wrap(CONTEXT, SECRET);
    const other = createKeyWrap(randomBytes(32));
    expect(() => other.unwrap(CONTEXT, wrapped)).toThrow(/another key-encryption key.*ASSAY_KEK/s);
    const altered = Buffer.from(wrapped);
    altered[altered.length - 1] = (altered[altered.length - 1] ?? 0) ^ 1;
    expect(() => kek.unwrap(CONTEXT, altered)).toThrow(/was altered/);
  });

  test('a previous KEK opens what is there, and what is wrapped anew needs it no more', () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const wrapped = createKeyWrap(old).wrap(CONTEXT, SECRET);
    const both = createKeyWrap(fresh, old);
    expect(Buffer.from(both.unwrap(CONTEXT, wrapped))).toEqual(SECRET);
    const anew = both.rewrap(CONTEXT, wrapped) ?? Buffer.alloc(0);
    expect(Buffer.from(createKeyWrap(fresh).unwrap(CONTEXT, anew))).toEqual(SECRET);
    expect(both.rewrap(CONTEXT, anew)).toBeNull();
    expect(() => both.rewrap({ ...CONTEXT, tenant: 'other' }, wrapped)).toThrow(/was altered/);
    expect(() => createKeyWrap(randomBytes(32), fresh).unwrap(CONTEXT, wrapped)).toThrow(
      /another key-encryption key \(id [0-9a-f]{16}, given: [0-9a-f]{16} and [0-9a-f]{16}\)/,
    );
  });

  test('no byte can be changed and none left out', () => {
    const wrapped = Buffer.from(kek.wrap(CONTEXT, SECRET));
    for (let at = 0; at < wrapped.length; at += 1) {
      const altered = Buffer.from(wrapped);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(() => kek.unwrap(CONTEXT, altered)).toThrow(WrongKek);
      expect(() => kek.unwrap(CONTEXT, wrapped.subarray(0, at))).toThrow(WrongKek);
    }
  });

  test('a KEK has 32 bytes', () => {
    for (const length of [0, 16, 31, 33, 64]) {
      expect(() => createKeyWrap(randomBytes(length))).toThrow(/ASSAY_KEK .*must have 32 bytes/);
      expect(() => createKeyWrap(randomBytes(32), randomBytes(length))).toThrow(/ASSAY_KEK_PREVIOUS /);
    }
  });
});
