import { describe, expect, test } from '@jest/globals';
import { Reader, ShortRead } from '../../src/bytes/reader.js';

describe('the cursor', () => {
  const bytes = Uint8Array.of(0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88, 0x00, 0x00);

  test('reads integers in the order that the name says and counts what it took', () => {
    const reader = new Reader(bytes);
    expect(reader.u8()).toBe(0x01);
    expect(reader.u16le()).toBe(0x0302);
    expect(reader.u16be()).toBe(0x0405);
    expect(reader.offset).toBe(5);
    expect(reader.remaining).toBe(5);
    expect(reader.take(3)).toEqual(Uint8Array.of(0x06, 0x07, 0x88));
    expect(reader.zeros(2)).toBe(true);
    expect(new Reader(bytes).u32le()).toBe(0x04030201);
    expect(new Reader(bytes).u32be()).toBe(0x01020304);
    expect(new Reader(bytes).u64le()).toBe(0x8807060504030201n);
    expect(new Reader(bytes).zeros(1)).toBe(false);
  });

  test('works on a view that does not begin where its buffer does', () => {
    const reader = new Reader(bytes.subarray(1, 3));
    expect(reader.u16le()).toBe(0x0302);
    expect(reader.remaining).toBe(0);
  });

  test.each([
    ['u8', (reader: Reader) => reader.u8()],
    ['u16le', (reader: Reader) => reader.u16le()],
    ['u32be', (reader: Reader) => reader.u32be()],
    ['u64le', (reader: Reader) => reader.u64le()],
    ['take', (reader: Reader) => reader.take(1)],
    ['a negative length', (reader: Reader) => reader.take(-1)],
    ['half a byte', (reader: Reader) => reader.take(0.5)],
  ])('%s past the end throws and moves nothing', (_name, read) => {
    const reader = new Reader(bytes);
    reader.take(bytes.length);
    expect(() => read(reader)).toThrow(ShortRead);
    expect(reader.offset).toBe(bytes.length);
  });

  test('may take nothing, also at the end', () => {
    const reader = new Reader(Uint8Array.of(1));
    expect(reader.take(0)).toHaveLength(0);
    expect(reader.u8()).toBe(1);
    expect(reader.zeros(0)).toBe(true);
  });

  test('says where it stood, what was wanted and what was left', () => {
    const reader = new Reader(bytes);
    reader.take(7);
    expect(() => reader.take(4)).toThrow(
      expect.objectContaining({
        name: 'ShortRead',
        message: '4 bytes wanted at offset 7, 3 left',
        offset: 7,
        wanted: 4,
        available: 3,
      }),
    );
  });
});
