import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  MalformedDer,
  readDer,
  readDerBits,
  readDerInteger,
  readDerOctets,
  readDerOid,
  readDerSequence,
  readDerTime,
  requireCanonical,
} from '../../src/pki/der.js';
import { derOf, integer } from '../../src/simulator/asn1.js';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const canonical = (hex: string): void => requireCanonical(readDer(bytes(hex)));
const timeOf = (tag: string, text: string): Date =>
  readDerTime(
    readDer(bytes(`${tag}${text.length.toString(16).padStart(2, '0')}${Buffer.from(text).toString('hex')}`)),
  );

describe('an object identifier', () => {
  const text = (hex: string): string => readDerOid(readDer(bytes(hex)));

  test('is read arc by arc', () => {
    expect(text('0603551d0e')).toBe('2.5.29.14');
    expect(text('06092b060104019c780102')).toBe('1.3.6.1.4.1.3704.1.2');
    expect(text('06022a03')).toBe('1.2.3');
    expect(text('06038837 03'.replace(' ', ''))).toBe('2.999.3');
    expect(text('06042a818001')).toBe('1.2.16385');
    expect(text(`0614ff${'ff'.repeat(18)}7f`)).toBe(`2.${2n ** 140n - 81n}`);
  });

  test('of absurd length, or not in its one encoding, is not spelled out', () => {
    expect(text(`0620${'ff'.repeat(31)}7f`)).toMatch(/^2\.\d+$/);
    for (const hex of [`0621${'ff'.repeat(32)}7f`, '06032a8003', '06022a83', '0600', '040101']) {
      expect(() => text(hex)).toThrow(MalformedDer);
    }
  });
});

describe('one encoding per value', () => {
  const LONGER = 'a length longer than needed';
  const ABSURD = 'an indefinite or absurd length';
  const BOOLEAN = 'a boolean that is neither';
  const NO_COUNT = 'a bit string without its count';
  const ARCS = 'an object identifier longer than needed';
  const ARCS_CUT = 'an object identifier cut short';
  const INTEGER = 'an integer longer than needed';
  const twins: [why: string, good: string, bad: string, says: string][] = [
    ['something behind the value', '3000', '300000', '1 bytes behind the value'],
    ['an indefinite length', '3000', '30800000', ABSURD],
    ['a length with a zero in front', `0481 80${'00'.repeat(128)}`, `0482 0080${'00'.repeat(128)}`, LONGER],
    ['a length of 255 in two octets', `0481 ff${'00'.repeat(255)}`, `0482 00ff${'00'.repeat(255)}`, LONGER],
    [
      'a length of 256 in three octets',
      `0482 0100${'00'.repeat(256)}`,
      `0483 000100${'00'.repeat(256)}`,
      LONGER,
    ],
    ['a long length where a short one does', '040100', '04810100', LONGER],
    ['a long length of 127', `047f${'00'.repeat(127)}`, `0481 7f${'00'.repeat(127)}`, LONGER],
    ['a length beyond the end', '040100', '040200', 'cut short'],
    ['a length beyond the end by what stands before', '0402 0000', '0404 0000', 'cut short'],
    ['a length of five octets', '040100', '0485 0000000001 00', ABSURD],
    ['a length of which an octet is missing', '0400', '0482 01', 'cut short'],
    ['a tag alone', '0400', '04', 'cut short'],
    ['a tag of several octets', '040100', '1f810100', 'a tag of several octets'],
    ['an integer with a needless zero', '02020080', '0202007f', INTEGER],
    ['an integer with a needless sign', '0202ff7f', '0202ff80', INTEGER],
    ['an integer without octets', '020100', '0200', 'an integer without octets'],
    ['a boolean that is neither', '0101ff', '010101', BOOLEAN],
    ['a boolean of two octets', '010100', '01020000', BOOLEAN],
    ['a NULL with contents', '0500', '050100', 'a NULL with contents'],
    ['a bit string without its count', '030100', '0300', NO_COUNT],
    ['a count of unused bits beyond seven', '03020700', '03020800', NO_COUNT],
    ['unused bits without octets', '030100', '030101', NO_COUNT],
    ['unused bits that are set', '03020280', '03020281', 'unused bits that are set'],
    ['unused bits of which the first is set', '03020280', '03020282', 'unused bits that are set'],
    ['an identifier with a needless octet', '06032a8103', '06032a8003', ARCS],
    ['an identifier that begins with a needless octet', '06028101', '06028001', ARCS],
    ['an identifier cut short', '06022a03', '06022a83', ARCS_CUT],
    ['an identifier cut short behind zeros', '06032a8100', '06032a8180', ARCS_CUT],
    ['no octets', '0400', '', 'cut short'],
    ['an identifier without arcs', '06012a', '0600', ARCS_CUT],
    [
      'an identifier of more than 32 octets',
      `0620${'2a'.repeat(32)}`,
      `0621${'2a'.repeat(33)}`,
      'an object identifier of absurd length',
    ],
    ['an octet string in pieces', '0403040100', '2403040100', 'a string in pieces'],
    ['a sequence without structure', '3000', '1000', 'a sequence without structure'],
    ['a set without structure', '3100', '1100', 'a sequence without structure'],
    ['a set out of order', '3106 020101 020102', '3106 020102 020101', 'a set out of order'],
    ['the same deep inside', '3005 3003 0101ff', '3005 3003 010101', BOOLEAN],
    ['the same in a context tag', 'a005 a103 0101ff', 'a005 a103 010101', BOOLEAN],
  ];

  test.each(twins)('refuses %s', (_why, good, bad, says) => {
    expect(() => canonical(good)).not.toThrow();
    expect(() => canonical(bad)).toThrow(new MalformedDer(says));
    expect(() => canonical(bad)).toThrow(expect.objectContaining({ name: 'MalformedDer' }));
  });

  test.each([
    ['a sequence may be in any order', '3006 020102 020101'],
    ['a set may repeat a value', '3106 020101 020101'],
    ['zero bits unused of octets that end in ones', '0302 00ff'],
    ['no bits at all', '0301 00'],
    ['an octet string that begins with zeros', '0402 0000'],
    ['what a context tag says of its contents is its own', '800101'],
    ['an integer zero, and two octets that need both', '3007 020100 02020100'],
  ])('allows what is no second encoding: %s', (_what, hex) => {
    expect(() => canonical(hex)).not.toThrow();
  });

  test('counts what it reads: 65,536 values and not one more', () => {
    const nulls = (count: number): Uint8Array =>
      Buffer.concat([
        Uint8Array.of(0x30, 0x83, (2 * count) >> 16, (2 * count) >> 8, 2 * count),
        Buffer.alloc(2 * count, '0500', 'hex'),
      ]);
    const children = readDerSequence(readDer(nulls(65_536)));
    expect(children).toHaveLength(65_536);
    expect(() => requireCanonical(readDer(nulls(65_535)))).not.toThrow();
    expect(() => requireCanonical(readDer(nulls(65_536)))).toThrow('more than 65536 values');
    expect(() => readDerSequence(readDer(nulls(65_537)))).toThrow('more than 65536 values');
  });

  test('refuses nesting beyond sixteen levels', () => {
    const nested = (levels: number): string => {
      let hex = '';
      for (let level = 0; level < levels; level += 1)
        hex = `30${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`;
      return hex;
    };
    expect(() => canonical(nested(17))).not.toThrow();
    expect(() => canonical(nested(18))).toThrow('more than 16 levels');
  });

  test('allows a length of four octets where it takes four', () => {
    const long = new Uint8Array(6 + 2 ** 24);
    long.set([0x04, 0x84, 0x01, 0, 0, 0]);
    expect(() => requireCanonical(readDer(long))).not.toThrow();
  });

  test('does not look into octet strings', () => {
    expect(() => canonical('0403 010101')).not.toThrow();
  });

  test('throws nothing but MalformedDer on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (input) => {
        try {
          requireCanonical(readDer(input));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedDer);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('values', () => {
  test('integers of any size and sign', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }), (value) => {
        expect(readDerInteger(readDer(derOf(integer(value))))).toBe(value);
      }),
    );
    expect(readDerInteger(readDer(bytes('020200d9')))).toBe(217n);
    expect(readDerInteger(readDer(bytes('0201ff')))).toBe(-1n);
  });

  test.each([
    ['an integer', readDerInteger, '040100', 'tag 4 where 2 belongs'],
    ['bits', readDerBits, '040100', 'tag 4 where 3 belongs'],
    ['a sequence', readDerSequence, '040100', 'tag 4 where 48 belongs'],
    ['an identifier', readDerOid, '04012a', 'tag 4 where 6 belongs'],
    ['octets', readDerOctets, '020100', 'tag 2 where 4 belongs'],
  ] as const)('a value of another type is not %s', (_what, read, hex, says) => {
    expect(() => read(readDer(bytes(hex)))).toThrow(new MalformedDer(says));
  });

  test('octets are the contents alone, as a view', () => {
    const der = bytes('0403 0a0b0c');
    expect(readDerOctets(readDer(der))).toEqual(bytes('0a0b0c'));
    expect(readDerOctets(readDer(der)).buffer).toBe(der.buffer);
  });

  test('the values of a set are read when a set is asked for', () => {
    const set = readDer(bytes('3106 020101 020102'));
    expect(readDerSequence(set, 0x31).map(readDerInteger)).toEqual([1n, 2n]);
    expect(() => readDerSequence(set)).toThrow('tag 49 where 48 belongs');
  });

  test('a signature has no unused bits', () => {
    expect(readDerBits(readDer(bytes('0303 00 abcd')))).toEqual(bytes('abcd'));
    expect(() => readDerBits(readDer(bytes('0303 01 abcc')))).toThrow(
      new MalformedDer('a bit string with unused bits'),
    );
  });

  test('times in the one form of certificates', () => {
    expect(timeOf('17', '491231235959Z')).toEqual(new Date('2049-12-31T23:59:59Z'));
    expect(timeOf('17', '500101000000Z')).toEqual(new Date('1950-01-01T00:00:00Z'));
    expect(timeOf('18', '20500101000000Z')).toEqual(new Date('2050-01-01T00:00:00Z'));
    for (const [tag, text, says] of [
      ['17', '2601010000Z', 'not a time'],
      ['17', '260101000000+0100', 'not a time'],
      ['17', '260229000000Z', 'no such time'],
      ['17', '261301000000Z', 'no such time'],
      ['17', '260101240000Z', 'no such time'],
      ['17', '20260101000000Z', 'not a time'],
      ['17', 'x260101000000Z', 'not a time'],
      ['17', '260101000000Zx', 'not a time'],
      ['18', '260101000000Z', 'not a time'],
      ['18', 'x20260101000000Z', 'not a time'],
      ['18', '20260101000000Zx', 'not a time'],
      ['18', '20260101000000.5Z', 'not a time'],
      ['16', '260101000000Z', 'not a time'],
      ['16', '20260101000000Z', 'not a time'],
    ] as const) {
      expect(() => timeOf(tag, text)).toThrow(new MalformedDer(says));
    }
  });
});
