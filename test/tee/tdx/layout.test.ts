import { describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import { vendorFacts } from '../../../src/tee/registry.js';
import { decodeQeReport } from '../../../src/tee/tdx/qe.js';
import { readQuote, readQuoteForDisplay } from '../../../src/tee/tdx/quote.js';
import {
  decodeTdReport,
  moduleIsvSvnOf,
  moduleMajorOf,
  type TdReport,
  wordOf,
} from '../../../src/tee/tdx/td-report.js';
import { answerTo, bytesOfHex, sketchQuote } from './sample-quote.js';

/** Bytes that say where they are: no two runs of eight or more are alike. */
function addressed(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 97 + 5) & 0xff);
}

/** Intel's table of a TD report: name, offset, length. */
const BODY: readonly (readonly [name: string, offset: number, length: number])[] = [
  ['teeTcbSvn', 0, 16],
  ['mrSeam', 16, 48],
  ['mrSignerSeam', 64, 48],
  ['seamAttributes', 112, 8],
  ['tdAttributes', 120, 8],
  ['xfam', 128, 8],
  ['mrTd', 136, 48],
  ['mrConfigId', 184, 48],
  ['mrOwner', 232, 48],
  ['mrOwnerConfig', 280, 48],
  ['rtmr0', 328, 48],
  ['rtmr1', 376, 48],
  ['rtmr2', 424, 48],
  ['rtmr3', 472, 48],
  ['reportData', 520, 64],
];
const LATER: typeof BODY = [
  ['teeTcbSvn2', 584, 16],
  ['mrServiceTd', 600, 48],
];
/** Of type 4 alone. */
const EXTENDED: typeof BODY = [
  ['vmId', 648, 1],
  ['tdId', 649, 32],
  ['devInfo', 681, 48],
  ['initServTdHash', 729, 48],
  ['initServTdAttr', 777, 8],
  ['initCpuSvn', 785, 16],
  ['initTeeTcbSvn', 801, 16],
  ['initTeeFmspc', 817, 12],
  ['curServTdHash', 829, 48],
  ['curServTdAttr', 877, 8],
];
const FIELDS: Readonly<Record<number, typeof BODY>> = {
  584: BODY,
  648: [...BODY, ...LATER],
  885: [...BODY, ...LATER, ...EXTENDED],
};

/** Every byte field by its name, with registers and extension beside the others. */
function fieldsOf(report: TdReport): Readonly<Record<string, unknown>> {
  const [rtmr0, rtmr1, rtmr2, rtmr3] = report.rtmrs;
  return { ...report, rtmr0, rtmr1, rtmr2, rtmr3, ...report.extended };
}

const LAYOUTS = [
  ['version 4', 4, 2, 48, 584],
  ['version 5, type 2', 5, 2, 54, 584],
  ['version 5, type 3', 5, 3, 54, 648],
  ['version 5, type 4', 5, 4, 54, 885],
] as const;

describe('offset_golden_v4_v5', () => {
  test.each(LAYOUTS)(
    '%s: every field lies where the format puts it',
    (_name, version, bodyType, start, size) => {
      const whole = sketchQuote({ version, bodyType, body: addressed(size) });
      const { report, signed } = readQuoteForDisplay(whole);
      const fields = fieldsOf(report);
      const table = FIELDS[size] ?? [];
      for (const [name, offset, length] of table) {
        expect([name, hexOf(fields[name] as Uint8Array)]).toEqual([
          name,
          hexOf(whole.subarray(start + offset, start + offset + length)),
        ]);
      }
      if (size === 584) expect([report.teeTcbSvn2, report.mrServiceTd]).toEqual([null, null]);
      if (size !== 885) expect(report.extended).toBeNull();
      expect(hexOf(signed)).toBe(hexOf(whole.subarray(0, start + size)));
      // The table accounts for every byte of the body.
      expect(table.reduce((sum, [, , length]) => sum + length, 0)).toBe(size);
      expect(new Set(table.map(([name]) => hexOf(fields[name] as Uint8Array))).size).toBe(table.length);
    },
  );

  test.each(LAYOUTS)('%s: header and signature data', (_name, version, bodyType, start, size) => {
    const whole = sketchQuote({ version, bodyType, inner: addressed(300) });
    const marks = addressed(whole.length);
    const data = start + size + 4;
    const places = [
      ['qeVendorId', 12, 16],
      ['userData', 28, 20],
      ['signature', data, 64],
      ['attestationKey', data + 64, 64],
      ['qeReport', data + 134, 384],
      ['qeReportSignature', data + 518, 64],
      ['qeAuthData', data + 584, 32],
      ['chain', data + 622, 300],
    ] as const;
    for (const [, offset, length] of places) whole.set(marks.subarray(offset, offset + length), offset);
    const { signature, ...quote } = readQuoteForDisplay(whole);
    const fields: Readonly<Record<string, unknown>> = { ...quote, ...signature, ...signature?.certification };
    for (const [name, offset, length] of places) {
      expect([name, hexOf(fields[name] as Uint8Array)]).toEqual([
        name,
        hexOf(marks.subarray(offset, offset + length)),
      ]);
    }
  });

  test.each([3, 4] as const)('a changed byte of a body of type %i changes its field alone', (bodyType) => {
    const body = addressed(bodyType === 3 ? 648 : 885);
    const before = fieldsOf(decodeTdReport(body, bodyType));
    for (let at = 0; at < body.length; at += 1) {
      const other = Uint8Array.from(body);
      other[at] = (other[at] ?? 0) ^ 0xff;
      const after = fieldsOf(decodeTdReport(other, bodyType));
      const changed = (FIELDS[body.length] ?? [])
        .map(([name]) => name)
        .filter((name) => hexOf(after[name] as Uint8Array) !== hexOf(before[name] as Uint8Array));
      expect([at, changed.length]).toEqual([at, 1]);
    }
  });
});

describe('the QE report', () => {
  const bytes = addressed(384);
  const view = new DataView(bytes.buffer);

  test('lies where the manual puts it, numbers little endian', () => {
    const report = decodeQeReport(bytes);
    expect(report.signed).toBe(bytes);
    expect([report.miscSelect, report.isvProdId, report.isvSvn]).toEqual([
      view.getUint32(16, true),
      view.getUint16(256, true),
      view.getUint16(258, true),
    ]);
    expect([report.attributes, report.mrSigner, report.reportData].map(hexOf)).toEqual([
      hexOf(bytes.subarray(48, 64)),
      hexOf(bytes.subarray(128, 160)),
      hexOf(bytes.subarray(320, 384)),
    ]);
  });
});

describe('words and versions', () => {
  test('words are little endian', () => {
    expect(wordOf(bytesOfHex('0000001000000000'))).toBe(1n << 28n);
    expect(wordOf(bytesOfHex('e702060000000000'))).toBe(0x602e7n);
    expect(wordOf(bytesOfHex('0000000000000080'))).toBe(1n << 63n);
    // A view somewhere inside other bytes.
    expect(wordOf(bytesOfHex('ff0100000000000000ff').subarray(1, 9))).toBe(1n);
  });

  test('TEE_TCB_SVN begins with the module’s SVN; its major version is behind', () => {
    const svn = bytesOfHex('06010300000000000000000000000000');
    expect([moduleMajorOf(svn), moduleIsvSvnOf(svn)]).toEqual([1, 6]);
  });

  test.each([
    [2, 583],
    [2, 648],
    [3, 584],
    [4, 648],
  ] as const)('a body of type %i with %i bytes is a mistake of the caller', (bodyType, size) => {
    expect(() => decodeTdReport(new Uint8Array(size), bodyType)).toThrow(RangeError);
  });

  test('what verification reads and what is shown are one', () => {
    const whole = sketchQuote({ version: 5, bodyType: 3, body: addressed(648) });
    expect(answerTo(whole)[0]).toBe('read');
    expect(readQuoteForDisplay(whole).report).toEqual(readQuote(whole).report);
  });
});

test('XFAM by its bits, as policies name them', () => {
  const { xfam } = vendorFacts(new Date('2026-11-20T12:00:00Z'));
  expect(xfam.required).toEqual([0, 1]);
  // 344425, table of XFAM: AVX, AVX-512, PT, PKRU, CET, ULI, LBR, AMX; nothing at 3, 4, 10 and 13.
  expect(xfam.allowed).toEqual([0, 1, 2, 5, 6, 7, 8, 9, 11, 12, 14, 15, 17, 18]);
});
