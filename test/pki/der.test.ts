import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  MalformedDer,
  readDer,
  readDerBits,
  readDerInteger,
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
  const twins: [why: string, good: string, bad: string][] = [
    ['something behind the value', '3000', '300000'],
    ['an indefinite length', '3000', '30800000'],
    ['a length with a zero in front', `0481 80${'00'.repeat(128)}`, `0482 0080${'00'.repeat(128)}`],
    ['a long length where a short one does', '040100', '04810100'],
    ['a length beyond the end', '040100', '040200'],
    ['a length of five octets', '040100', '0485 0000000001 00'],
    ['a tag of several octets', '040100', '1f810100'],
    ['an integer with a needless zero', '02020080', '0202007f'],
    ['an integer with a needless sign', '0202ff7f', '0202ff80'],
    ['an integer without octets', '020100', '0200'],
    ['a boolean that is neither', '0101ff', '010101'],
    ['a boolean of two octets', '010100', '01020000'],
    ['a NULL with contents', '0500', '050100'],
    ['a bit string without its count', '030100', '0300'],
    ['a count of unused bits beyond seven', '03020700', '03020800'],
    ['unused bits without octets', '030100', '030101'],
    ['unused bits that are set', '03020280', '03020281'],
    ['an identifier with a needless octet', '06032a8103', '06032a8003'],
    ['an identifier cut short', '06022a03', '06022a83'],
    ['an identifier without arcs', '06012a', '0600'],
    ['an identifier of more than 32 octets', `0620${'2a'.repeat(32)}`, `0621${'2a'.repeat(33)}`],
    ['an octet string in pieces', '0403040100', '2403040100'],
    ['a sequence without structure', '3000', '1000'],
    ['a set out of order', '3106 020101 020102', '3106 020102 020101'],
    ['the same deep inside', '3005 3003 0101ff', '3005 3003 010101'],
  ];

  test.each(twins)('refuses %s', (_why, good, bad) => {
    expect(() => canonical(good)).not.toThrow();
    expect(() => canonical(bad)).toThrow(MalformedDer);
  });

  test('refuses nesting beyond sixteen levels', () => {
    const nested = (levels: number): string => {
      let hex = '';
      for (let level = 0; level < levels; level += 1)
        hex = `30${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`;
      return hex;
    };
    expect(() => canonical(nested(17))).not.toThrow();
    expect(() => canonical(nested(18))).toThrow(/levels/);
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

  test('a value of another type is refused', () => {
    expect(() => readDerInteger(readDer(bytes('040100')))).toThrow(MalformedDer);
    expect(() => readDerBits(readDer(bytes('040100')))).toThrow(MalformedDer);
    expect(() => readDerSequence(readDer(bytes('040100')))).toThrow(MalformedDer);
  });

  test('a signature has no unused bits', () => {
    expect(readDerBits(readDer(bytes('0303 00 abcd')))).toEqual(bytes('abcd'));
    expect(() => readDerBits(readDer(bytes('0303 01 abcc')))).toThrow(MalformedDer);
  });

  test('times in the one form of certificates', () => {
    expect(timeOf('17', '491231235959Z')).toEqual(new Date('2049-12-31T23:59:59Z'));
    expect(timeOf('17', '500101000000Z')).toEqual(new Date('1950-01-01T00:00:00Z'));
    expect(timeOf('18', '20500101000000Z')).toEqual(new Date('2050-01-01T00:00:00Z'));
    for (const [tag, text] of [
      ['17', '2601010000Z'],
      ['17', '260101000000+0100'],
      ['17', '260229000000Z'],
      ['17', '261301000000Z'],
      ['17', '260101240000Z'],
      ['17', '20260101000000Z'],
      ['18', '260101000000Z'],
      ['18', '20260101000000.5Z'],
      ['16', '260101000000Z'],
    ] as const) {
      expect(() => timeOf(tag, text)).toThrow(MalformedDer);
    }
  });
});
