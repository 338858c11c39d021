/** What is said of a report whose form is not right, and of one that nobody signed. */
import { describe, expect, test } from '@jest/globals';
import { readReport, signatureFormChecks, signingKeyText } from '../../../src/tee/snp/report-form.js';
import { refusalOf } from '../tdx/judged.js';
import { type ReportOptions, sampleReport } from './sample-report.js';

/** Well-formed and signed by nobody, with these bytes in these places. */
function report(changes: Readonly<Record<number, number>> = {}, length = 1184): Uint8Array {
  const bytes = new Uint8Array(length);
  const all = { 0: 5, 10: 2, 52: 1, 672: 1, 744: 1, ...changes };
  for (const [offset, value] of Object.entries(all)) bytes[Number(offset)] = value;
  return bytes;
}

describe('a report', () => {
  test('of this form is read', () => {
    expect(refusalOf(() => readReport(report()))).toBeNull();
  });

  test.each<[string, Uint8Array, string]>([
    [
      'snp_report_malformed',
      report({}, 1183),
      'The bytes are not an SEV-SNP report: it has 1183 bytes, not 1184.',
    ],
    [
      'snp_report_malformed',
      report({ 10: 0 }),
      'The bytes are not an SEV-SNP report: bit 17 of POLICY is 0 and is always 1.',
    ],
    [
      'snp_report_malformed',
      report({ 15: 0x80 }),
      'The bytes are not an SEV-SNP report: reserved bits of POLICY are set.',
    ],
    [
      'snp_report_malformed',
      report({ 720: 1 }),
      'The bytes are not an SEV-SNP report: a component of its signature is longer than P-384 allows.',
    ],
    [
      'snp_report_malformed',
      report({ 815: 1 }),
      'The bytes are not an SEV-SNP report: a component of its signature is longer than P-384 allows.',
    ],
    [
      'snp_report_reserved_nonzero',
      report({ 73: 1 }),
      'Reserved bits of KEY_INFO are not zero in a report of version 5.',
    ],
    [
      'snp_report_reserved_nonzero',
      report({ 76: 1 }),
      'Reserved bytes 0x4c to 0x4f are not zero in a report of version 5.',
    ],
  ])('is refused with %s: %#', (code, bytes, detail) => {
    expect(refusalOf(() => readReport(bytes))).toMatchObject({ code, stage: 'parse', detail });
  });

  test('of another version is told which it has', () => {
    expect(refusalOf(() => readReport(report({ 0: 7 })))).toMatchObject({
      code: 'snp_report_version_unsupported',
      detail: 'Unknown version 7: reports of version 2, 3, 4, 5 are verified.',
      facts: { version: 7 },
    });
    expect(refusalOf(() => readReport(report({ 73: 1 })))?.facts).toEqual({ version: 5 });
  });
});

describe('a signature', () => {
  const KEY = { raw: 0, authorKeyEnabled: false, maskChipKey: false, signingKey: 0 };
  const told = (options: ReportOptions = {}) =>
    signatureFormChecks(sampleReport(options)).map(({ outcome, observed }) => `${outcome}: ${observed}`);

  test('that can be verified', () => {
    expect(told()).toEqual(['pass: 1', 'pass: MASK_CHIP_KEY 0, signature present', 'pass: 0 (VCEK)']);
  });

  test('that is not there, for each reason', () => {
    const [zero, some] = [new Uint8Array(72), new Uint8Array(72).fill(1)];
    expect(told({ keyInfo: { ...KEY, signingKey: 7 } })).toEqual([
      'pass: 1',
      'fail: SIGNING_KEY is 7: none',
      'pass: 7 (none)',
    ]);
    expect(told({ keyInfo: { ...KEY, maskChipKey: true } })[1]).toBe(
      'fail: MASK_CHIP_KEY is 1: the host forbids chip keys',
    );
    expect(told({ signatureR: zero, signatureS: zero })[1]).toBe('fail: the signature is all zero');
    for (const half of [
      { signatureR: zero, signatureS: some },
      { signatureR: some, signatureS: zero },
    ]) {
      expect(told(half)[1]).toBe('pass: MASK_CHIP_KEY 0, signature present');
    }
  });

  test('of another algorithm', () => {
    expect(told({ signatureAlgo: 2 })[0]).toBe('fail: 2');
  });

  test.each([
    [0, '0 (VCEK)'],
    [1, '1 (VLEK)'],
    [2, '2 (chip-secret VCEK: known from ABI rev 1.59, but no certificate or sample for it is public)'],
    [3, '3 (reserved)'],
    [7, '7 (none)'],
  ])('by the key %i', (signingKey, text) => {
    expect(signingKeyText(signingKey)).toBe(text);
    expect(told({ keyInfo: { ...KEY, signingKey } })[2]).toBe(
      `${[0, 1, 7].includes(signingKey) ? 'pass' : 'fail'}: ${text}`,
    );
  });
});
