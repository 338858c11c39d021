import { describe, expect, test } from '@jest/globals';
import { type Certification, readQuote } from '../../../src/tee/tdx/quote.js';
import { concatenated } from './judged.js';
import { answerTo, bytesOfHex, type QuoteSketch, sketchHeader, sketchQuote, VENDOR } from './sample-quote.js';

function pckChainOf(bytes: Uint8Array): Extract<Certification, { kind: 'pck-chain' }> {
  const certification = readQuote(bytes).signature?.certification;
  if (certification?.kind !== 'pck-chain') throw new Error('a quote with a PCK chain was meant');
  return certification;
}

const LAYOUTS: readonly (readonly [string, QuoteSketch, size: number])[] = [
  ['version 4', {}, 584],
  ['version 5, TD report 1.0', { version: 5, bodyType: 2 }, 584],
  ['version 5, TD report 1.5', { version: 5, bodyType: 3 }, 648],
];

/** Where the signature data begin. */
const dataStart = ({ version = 4 }: QuoteSketch, size: number): number =>
  48 + (version === 5 ? 6 : 0) + size + 4;

describe.each(LAYOUTS)('a quote of %s', (_name, sketch, size) => {
  const whole = sketchQuote(sketch);
  const signedLength = dataStart(sketch, size) - 4;

  test('is read, and every part of it is where it belongs', () => {
    const quote = readQuote(whole);
    expect(quote).toMatchObject({ version: sketch.version ?? 4, attestationKeyType: 2, qeVendorId: VENDOR });
    expect(quote.userData).toEqual(new Uint8Array(20).fill(0x22));
    expect(quote.report.bodyType).toBe(sketch.bodyType ?? 2);
    expect(Buffer.from(quote.signed)).toEqual(Buffer.from(whole.subarray(0, signedLength)));
    expect(quote.signature?.signature).toEqual(new Uint8Array(64).fill(0x31));
    expect(quote.signature?.attestationKey).toEqual(new Uint8Array(64).fill(0x32));
    expect(pckChainOf(whole)).toEqual({
      kind: 'pck-chain',
      qeReport: new Uint8Array(384).fill(0x44),
      qeReportSignature: new Uint8Array(64).fill(0x55),
      qeAuthData: new Uint8Array(32).fill(0x66),
      chain: bytesOfHex('777777'),
    });
  });

  test('keeps what it gives when the caller’s bytes change', () => {
    const mine = Uint8Array.from(whole);
    const quote = readQuote(mine);
    mine.fill(0xff);
    expect(Buffer.from(quote.signed)).toEqual(Buffer.from(whole.subarray(0, signedLength)));
    expect(quote.signature?.attestationKey).toEqual(new Uint8Array(64).fill(0x32));
    expect(quote.qeVendorId).toEqual(VENDOR);
  });

  test('truncate_at_every_length_no_panic', () => {
    for (let length = 0; length < whole.length; length += 1) {
      expect([length, answerTo(whole.subarray(0, length))[0]]).toEqual([length, 'tdx_quote_malformed']);
    }
  });

  test('may be followed by zeros', () => {
    for (const count of [1, 2, 70, 4096]) {
      const padded = sketchQuote({ ...sketch, trailing: new Uint8Array(count) });
      expect(pckChainOf(padded).chain).toEqual(bytesOfHex('777777'));
      expect(readQuote(padded).signed).toHaveLength(signedLength);
    }
  });

  test('trailing_and_reserved_bytes_rejected: by anything else, wherever it stands', () => {
    for (let at = 0; at < 70; at += 1) {
      const trailing = new Uint8Array(70);
      trailing[at] = 1 << (at % 8);
      expect([at, ...answerTo(sketchQuote({ ...sketch, trailing }))]).toEqual([
        at,
        'tdx_quote_malformed',
        expect.stringContaining('bytes behind the signature data are not zero'),
      ]);
    }
  });
});

describe('sizes', () => {
  const DATA = 64 + 64 + 6 + 384 + 64 + 2 + 32 + 6 + 3;
  const OUTER = DATA - 134;

  test.each<readonly [string, QuoteSketch, RegExp]>([
    [
      'signature data one too many',
      { signatureSize: DATA + 1 },
      /within the signature data: \d+ bytes belong/,
    ],
    ['signature data far too many', { signatureSize: 0xffff_ffff }, /within the signature data/],
    [
      'signature data one too few',
      { signatureSize: DATA - 1 },
      /bytes behind the signature data are not zero/,
    ],
    ['no signature data', { signatureSize: 0 }, /bytes behind the signature data are not zero/],
    [
      'signature data one too few, ending in a zero',
      { signatureSize: DATA - 1, inner: bytesOfHex('777700') },
      /certification data announce \d+ bytes, and \d+ are there/,
    ],
    [
      'signature data one too many, with zeros behind',
      { signatureSize: DATA + 1, trailing: new Uint8Array(9) },
      /certification data announce \d+ bytes, and \d+ are there/,
    ],
    ['certification data one too many', { outerSize: OUTER + 1 }, /its certification data announce/],
    ['certification data one too few', { outerSize: OUTER - 1 }, /its certification data announce/],
    ['certification data far too many', { outerSize: 0xffff_ffff }, /its certification data announce/],
    ['no certification data', { outerSize: 0 }, /its certification data announce 0 bytes/],
    [
      'a byte behind certification data',
      { behindOuter: bytesOfHex('00') },
      /its certification data announce/,
    ],
    [
      'inner certification data one too many',
      { innerSize: 4 },
      /inner certification data announce 4 bytes, and 3/,
    ],
    [
      'inner certification data one too few',
      { innerSize: 2 },
      /inner certification data announce 2 bytes, and 3/,
    ],
    ['no inner certification data', { innerSize: 0 }, /inner certification data announce 0/],
    ['far too many of them', { innerSize: 0xffff_ffff }, /inner certification data announce 4294967295/],
    ['a byte behind inner certification data', { behindInner: bytesOfHex('00') }, /inner certification data/],
    // The six bytes that follow then begin one earlier or later.
    ['QE authentication data one too many', { qeAuthSize: 33 }, /inner certification data/],
    ['QE authentication data one too few', { qeAuthSize: 31 }, /inner certification data/],
    [
      'QE authentication data to the very end',
      { qeAuthSize: 41 },
      /ends before the inner certification data/,
    ],
    ['QE authentication data beyond the end', { qeAuthSize: 42 }, /within the QE authentication data/],
    ['QE authentication data beyond the bound', { qeAuthSize: 1025 }, /1025 bytes; at most 1024 are read/],
    ['QE authentication data as many as fit', { qeAuthSize: 0xffff }, /65535 bytes; at most 1024 are read/],
  ])('%s', (_what, sketch, words) => {
    expect(answerTo(sketchQuote(sketch))).toEqual(['tdx_quote_malformed', expect.stringMatching(words)]);
  });

  test.each([0, 1, 31, 32, 33, 1024])('QE authentication data may be %i bytes', (length) => {
    const qeAuthData = new Uint8Array(length).fill(0x99);
    expect(pckChainOf(sketchQuote({ qeAuthData })).qeAuthData).toEqual(qeAuthData);
  });

  test('and not 1025, though they are there', () => {
    expect(answerTo(sketchQuote({ qeAuthData: new Uint8Array(1025) }))[0]).toBe('tdx_quote_malformed');
  });

  test('inner certification data may be none', () => {
    expect(pckChainOf(sketchQuote({ inner: new Uint8Array() })).chain).toHaveLength(0);
  });

  test.each([
    [2, 583],
    [2, 585],
    [2, 648],
    [2, 0],
    [2, 0xffff_ffff],
    [3, 584],
    [3, 647],
    [3, 649],
    [3, 885],
    [3, 0x0288_0000],
    [4, 648],
    [4, 884],
    [4, 886],
  ])('body type %i is not of %i bytes', (bodyType, bodySize) => {
    const [code, words] = answerTo(sketchQuote({ version: 5, bodyType, bodySize }));
    expect([code, words]).toEqual([
      'tdx_quote_malformed',
      expect.stringContaining(`body of type ${bodyType} has ${bodySize} bytes`),
    ]);
    const there = new Uint8Array(Math.min(bodySize, 1000));
    expect(answerTo(sketchQuote({ version: 5, bodyType, bodySize, body: there }))[0]).toBe(
      'tdx_quote_malformed',
    );
  });

  test('64 KiB are read and not more, before anything else is looked at', () => {
    const whole = sketchQuote();
    const padded = (length: number) => concatenated(whole, new Uint8Array(length - whole.length));
    expect(answerTo(padded(65_536))).toEqual(['read', '']);
    expect(answerTo(padded(65_537))).toEqual([
      'evidence_too_large',
      'The quote has 65537 bytes; at most 65536 are read.',
    ]);
    expect(answerTo(new Uint8Array(65_537).fill(0xff))[0]).toBe('evidence_too_large');
  });
});

describe('the numbers of genuine quotes', () => {
  const qeAuthData = Uint8Array.from({ length: 32 }, (_, index) => index);
  const inner = new Uint8Array(3678).fill(0x41);
  inner[3677] = 0;

  test('of version 4: 5006 bytes, of which 70 are zeros behind the signature data', () => {
    const whole = sketchQuote({ qeAuthData, inner, trailing: new Uint8Array(70) });
    const view = Buffer.from(whole);
    expect([whole.length, view.readUInt32LE(632)]).toEqual([5006, 4300]);
    expect([view.readUInt16LE(636 + 128), view.readUInt32LE(636 + 130)]).toEqual([6, 4166]);
    expect([view.readUInt16LE(636 + 582), view.readUInt16LE(636 + 584 + 32)]).toEqual([32, 5]);
    expect(view.readUInt32LE(636 + 586 + 32)).toBe(3678);
    expect(readQuote(whole).signed).toHaveLength(632);
    expect(pckChainOf(whole)).toMatchObject({ qeAuthData, chain: inner });
    expect(readQuote(whole.subarray(0, 4936)).signed).toHaveLength(632);
    expect(answerTo(whole.subarray(0, 4935))[0]).toBe('tdx_quote_malformed');
  });

  test('of version 5, body type 3: 5006 bytes, its descriptor, its signature size', () => {
    const whole = sketchQuote({ version: 5, qeAuthData, inner });
    expect(Buffer.from(whole.subarray(48, 54)).toString('hex')).toBe('030088020000');
    expect([whole.length, Buffer.from(whole).readUInt32LE(54 + 648)]).toEqual([5006, 4300]);
    expect(readQuote(whole).signed).toHaveLength(54 + 648);
  });

  test('a header is 48 bytes', () => {
    expect(sketchHeader()).toHaveLength(48);
    expect(answerTo(new Uint8Array(47))).toEqual([
      'tdx_quote_malformed',
      expect.stringContaining('47 bytes, fewer than a header'),
    ]);
    expect(answerTo(Uint8Array.from(sketchHeader()))).toEqual([
      'tdx_quote_malformed',
      expect.stringContaining('within the TD report'),
    ]);
    expect(answerTo(Uint8Array.from(sketchHeader({ version: 5 })))).toEqual([
      'tdx_quote_malformed',
      expect.stringContaining('ends before its body'),
    ]);
  });
});
