/** Quotes that end where something belongs: each place is named. */
import { describe, expect, test } from '@jest/globals';
import { answerTo, sketchQuote } from './sample-quote.js';

const HEAD = 48 + 584;
const SOUND = sketchQuote();

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The sketch with other signature data, their size told rightly. */
const withData = (data: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.concat([SOUND.subarray(0, HEAD), u32(data.length), data]));
const DATA = SOUND.subarray(HEAD + 4);
/** The same with other data of the outer certification. */
const withOuter = (outer: Uint8Array): Uint8Array =>
  withData(Buffer.concat([DATA.subarray(0, 130), u32(outer.length), outer]));
const OUTER = DATA.subarray(134);

describe('a quote that ends', () => {
  test('nowhere too early is read', () => {
    for (const bytes of [SOUND, withData(DATA), withOuter(OUTER)])
      expect(answerTo(bytes)).toEqual(['read', '']);
  });

  test.each<[string, Uint8Array]>([
    ['it ends before the size of its signature data', SOUND.subarray(0, HEAD + 3)],
    ['it ends within the signature: 64 bytes belong there, 0 are left', withData(new Uint8Array())],
    ['it ends within the signature: 64 bytes belong there, 63 are left', withData(DATA.subarray(0, 63))],
    [
      'it ends within the attestation key: 64 bytes belong there, 63 are left',
      withData(DATA.subarray(0, 127)),
    ],
    ['it ends before the certification data', withData(DATA.subarray(0, 133))],
    ['it ends within the QE report: 384 bytes belong there, 383 are left', withOuter(OUTER.subarray(0, 383))],
    [
      'it ends within the signature of the QE report: 64 bytes belong there, 63 are left',
      withOuter(OUTER.subarray(0, 447)),
    ],
    ['it ends before the QE authentication data', withOuter(OUTER.subarray(0, 448))],
    ['it ends before the QE authentication data', withOuter(OUTER.subarray(0, 449))],
    ['it ends within the QE authentication data: 32 bytes', withOuter(OUTER.subarray(0, 450))],
  ])('%s (%#)', (words, bytes) => {
    const [code, detail] = answerTo(bytes);
    expect(code).toBe('tdx_quote_malformed');
    expect(detail).toContain(words);
  });

  test('before or behind what version 5 says of its body', () => {
    const later = sketchQuote({ version: 5 });
    expect(answerTo(later.subarray(0, 48 + 5))[1]).toContain('it ends before its body');
    expect(answerTo(later.subarray(0, 48 + 6))[1]).toContain(
      'it ends within the TD report: 648 bytes belong there, 0 are left',
    );
  });
});
