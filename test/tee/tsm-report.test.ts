import { describe, expect, test } from '@jest/globals';
import { type RefusalCode, RefusalError } from '../../src/rats/refusal.js';
import { isJsonObject, readTsmReport } from '../../src/tee/tsm-report.js';

const OUTBLOB = Uint8Array.of(1, 2, 3);
const AUXBLOB = Uint8Array.of(4, 5);
const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
const json = (members: object): Uint8Array => text(JSON.stringify(members));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function codeOf(act: () => unknown): RefusalCode | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal.code;
    throw error;
  }
}

/** What is told whoever sent it. */
function detailOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal.detail;
    throw error;
  }
}

describe('the files of configfs-tsm in JSON', () => {
  test.each([
    ['short names', json({ report: base64(OUTBLOB), cert_table: base64(AUXBLOB) }), null],
    [
      'the kernel’s names, the provider with its line feed',
      json({ outblob: base64(OUTBLOB), auxblob: base64(AUXBLOB), provider: 'tdx_guest\n' }),
      'tdx_guest',
    ],
    [
      'white space around it',
      text(`\n ${JSON.stringify({ report: base64(OUTBLOB), auxblob: base64(AUXBLOB) })}\n`),
      null,
    ],
  ])('%s', (_form, bytes, provider) => {
    expect(isJsonObject(bytes)).toBe(true);
    expect(readTsmReport(bytes)).toEqual({ provider, outblob: OUTBLOB, auxblob: AUXBLOB });
  });

  test('auxblob may be missing or empty', () => {
    expect(readTsmReport(json({ outblob: base64(OUTBLOB) })).auxblob).toEqual(new Uint8Array());
    expect(readTsmReport(json({ outblob: base64(OUTBLOB), auxblob: '' })).auxblob).toEqual(new Uint8Array());
  });

  test.each<[RefusalCode, string, Uint8Array]>([
    ['evidence_type_unknown', 'no report', json({ provider: 'sev_guest' })],
    ['evidence_encoding_invalid', 'a provider that is no text', json({ provider: 1, outblob: 'AAAA' })],
    ['evidence_encoding_invalid', 'a report that is no text', json({ outblob: 7 })],
    ['evidence_encoding_invalid', 'a report that is no base64', json({ outblob: 'A*' })],
    ['evidence_encoding_invalid', 'a second document behind it', text('{"outblob":""} {}')],
    ['member_unknown', 'a member that nobody reads', json({ outblob: 'AAAA', manifestblob: '' })],
    ['member_duplicate', 'both names of one thing', json({ outblob: 'AAAA', report: 'AAAA' })],
    ['member_duplicate', 'a member twice', text('{"outblob":"","outblob":""}')],
    ['evidence_too_large', 'more than a report and a table', text(`{"outblob":"${'A'.repeat(131_072)}"}`)],
  ])('%s: %s', (code, _what, bytes) => {
    expect(codeOf(() => readTsmReport(bytes))).toBe(code);
  });

  test('anything else is not taken for JSON', () => {
    for (const bytes of [new Uint8Array(), text('[]'), text('HCLA'), Uint8Array.of(4, 0)]) {
      expect(isJsonObject(bytes)).toBe(false);
    }
  });

  test.each<[string, Uint8Array, string]>([
    [
      'too much',
      text(`{"outblob":"${'A'.repeat(131_072)}"}`),
      'The JSON has 131086 bytes; at most 131072 are read.',
    ],
    [
      'no report',
      json({ provider: 'sev_guest' }),
      'The JSON has no "outblob" or "report", so there is no evidence in it.',
    ],
    ['a provider that is no text', json({ provider: 1 }), 'The member "provider" must be a string.'],
    [
      'a table that is no base64',
      json({ report: 'AAAA', cert_table: '*' }),
      'The member "cert_table" is not base64.',
    ],
    [
      'both names of a table',
      json({ report: 'AAAA', auxblob: '', cert_table: '' }),
      'The members "auxblob" and "cert_table" say the same thing twice.',
    ],
    [
      'a member that nobody reads',
      json({ outblob: 'AAAA', manifestblob: '' }),
      'Beside outblob, report, auxblob, cert_table, provider the JSON has a member that is not read here.',
    ],
  ])('%s is told in words', (_what, bytes, words) => {
    expect(detailOf(() => readTsmReport(bytes))).toContain(words);
  });

  test('as much as is allowed is read', () => {
    const bytes = text(`{"outblob":"${'A'.repeat(131_056)}"}`);
    expect(readTsmReport(text(`${Buffer.from(bytes)}  `)).outblob.length).toBe(98_292);
    expect(codeOf(() => readTsmReport(text(`${Buffer.from(bytes)}   `)))).toBe('evidence_too_large');
  });

  test('white space of every kind may come first', () => {
    for (const space of [' ', '\t', '\n', '\r']) expect(isJsonObject(text(`${space}{`))).toBe(true);
    for (const space of ['\v', '\u00a0', '']) expect(isJsonObject(text(`${space}[{`))).toBe(false);
  });

  test('of a provider one line feed at the end alone is left out', () => {
    const provider = (name: string) => readTsmReport(json({ provider: name, outblob: 'AAAA' })).provider;
    expect([provider('a\nb\n'), provider('a\n\n'), provider('a ')]).toEqual(['a\nb', 'a\n', 'a ']);
  });
});
