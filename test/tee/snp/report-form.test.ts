import { describe, expect, test } from '@jest/globals';
import { type RefusalCode, RefusalError } from '../../../src/rats/refusal.js';
import { REPORT_LENGTH } from '../../../src/tee/snp/layout.js';
import {
  readForDisplay,
  readReport,
  requireTcbReservedZero,
  signatureFormChecks,
  signingKeyOf,
} from '../../../src/tee/snp/report-form.js';

/** Well-formed and signed by nobody: POLICY bit 17, R and S not zero. */
function blank(version = 5): Uint8Array {
  const report = new Uint8Array(REPORT_LENGTH);
  report[0x000] = version;
  report[0x00a] = 0x02;
  report[0x034] = 1;
  report[0x2a0] = 1;
  report[0x2e8] = 1;
  return report;
}

function changed(offset: number, value: number, version = 5): Uint8Array {
  const report = blank(version);
  report[offset] = value;
  return report;
}

function refusalOf(act: () => unknown): RefusalError['refusal'] | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal;
    throw error;
  }
}

const codeOf = (bytes: Uint8Array): RefusalCode | null => refusalOf(() => readReport(bytes))?.code ?? null;
const failures = (bytes: Uint8Array): RefusalCode[] =>
  signatureFormChecks(readReport(bytes)).flatMap(({ id, outcome }) => (outcome === 'fail' ? [id] : []));

describe('the form of a report', () => {
  test.each([2, 3, 4, 5])('version %d is read', (version) => {
    expect(readReport(blank(version)).version).toBe(version);
  });

  test.each([0, 1, 7, 99])('version %d has no known layout', (version) => {
    expect(codeOf(blank(version))).toBe('snp_report_version_unsupported');
    expect(refusalOf(() => readForDisplay(blank(version)))?.code).toBe('snp_report_version_unsupported');
    expect(refusalOf(() => readReport(blank(version)))?.detail).toMatch(/unknown version/i);
  });

  test('version 6 is shown and not verified, in words of its own', () => {
    const refused = refusalOf(() => readReport(blank(6)));
    expect(refused?.code).toBe('snp_report_version_unsupported');
    expect(refused?.detail).toMatch(/1\.59 is known but not verified until a genuine sample exists/);
    expect(readForDisplay(blank(6)).etcb?.current).toHaveLength(32);
  });

  test('all four bytes of the version count', () => {
    for (const offset of [1, 2, 3]) {
      expect(codeOf(changed(offset, 1))).toBe('snp_report_version_unsupported');
    }
  });

  test('truncate_at_every_length_no_panic', () => {
    const report = blank();
    for (let length = 0; length < REPORT_LENGTH; length += 1) {
      expect(codeOf(report.subarray(0, length))).toBe('snp_report_malformed');
    }
    expect(codeOf(Uint8Array.of(...report, 0))).toBe('snp_report_malformed');
  });

  test('trailing_and_reserved_bytes_rejected', () => {
    const reserved: Readonly<Record<number, readonly (readonly [number, number])[]>> = {
      2: [
        [0x188, 0x1a0],
        [0x1f8, 0x2a0],
      ],
      3: [
        [0x18b, 0x1a0],
        [0x1f8, 0x2a0],
      ],
      5: [
        [0x18b, 0x1a0],
        [0x208, 0x2a0],
      ],
    };
    const always = [
      [0x04c, 0x050],
      [0x1eb, 0x1ec],
      [0x1ef, 0x1f0],
      [0x330, 0x4a0],
    ] as const;
    for (const [version, runs] of Object.entries(reserved)) {
      for (const [from, to] of [...always, ...runs]) {
        for (let offset = from; offset < to; offset += 1) {
          expect([offset, codeOf(changed(offset, 1, Number(version)))]).toEqual([
            offset,
            'snp_report_reserved_nonzero',
          ]);
        }
      }
    }
  });

  test('R and S are no longer than P-384 allows', () => {
    for (let offset = 0; offset < 24; offset += 1) {
      expect(codeOf(changed(0x2a0 + 48 + offset, 1))).toBe('snp_report_malformed');
      expect(codeOf(changed(0x2e8 + 48 + offset, 1))).toBe('snp_report_malformed');
    }
  });

  test('POLICY has bit 17 and none from 26 up', () => {
    expect(codeOf(changed(0x00a, 0x00))).toBe('snp_report_malformed');
    expect(codeOf(changed(0x00b, 0x03))).toBeNull();
    expect(codeOf(changed(0x00b, 0x04))).toBe('snp_report_malformed');
    expect(codeOf(changed(0x00f, 0x80))).toBe('snp_report_malformed');
  });

  test('KEY_INFO has nothing from bit 5 up', () => {
    expect(codeOf(changed(0x048, 0x1f))).toBeNull();
    expect(codeOf(changed(0x048, 0x20))).toBe('snp_report_reserved_nonzero');
    expect(codeOf(changed(0x04b, 0x80))).toBe('snp_report_reserved_nonzero');
  });

  test.each([
    [0x038, 'CURRENT'],
    [0x180, 'REPORTED'],
    [0x1e0, 'COMMITTED'],
    [0x1f0, 'LAUNCH'],
  ])('reserved bytes of the TCB at 0x%s go by product', (offset) => {
    const second = readReport(changed(Number(offset) + 2, 1));
    expect(refusalOf(() => requireTcbReservedZero(second, 'Milan'))?.code).toBe(
      'snp_report_reserved_nonzero',
    );
    expect(refusalOf(() => requireTcbReservedZero(second, 'Turin'))).toBeNull();
    const sixth = readReport(changed(Number(offset) + 6, 1));
    expect(refusalOf(() => requireTcbReservedZero(sixth, 'Genoa'))).toBeNull();
    expect(refusalOf(() => requireTcbReservedZero(sixth, 'Turin'))?.code).toBe('snp_report_reserved_nonzero');
  });
});

describe('header_swap_matrix_fails', () => {
  test('SIGNATURE_ALGO is 1', () => {
    expect(failures(blank())).toEqual([]);
    for (const value of [0, 2, 255])
      expect(failures(changed(0x034, value))).toEqual(['snp_signature_algo_unsupported']);
  });

  test.each([
    [0, 'VCEK', []],
    [1, 'VLEK', []],
    [2, null, ['snp_signing_key_unknown']],
    [3, null, ['snp_signing_key_unknown']],
    [6, null, ['snp_signing_key_unknown']],
    [7, null, ['snp_report_unsigned']],
  ])('SIGNING_KEY %d is %s', (value, key, expected) => {
    const bytes = changed(0x048, value << 2);
    expect(signingKeyOf(readReport(bytes))).toBe(key);
    expect(failures(bytes)).toEqual(expected);
  });

  test('SIGNING_KEY 2 is refused in words of its own', () => {
    const [, , check] = signatureFormChecks(readReport(changed(0x048, 2 << 2)));
    expect(check?.observed).toMatch(/chip-secret VCEK/);
    expect(signatureFormChecks(readReport(changed(0x048, 3 << 2)))[2]?.observed).toMatch(/reserved/);
  });

  test('a masked chip key or a signature of zeros is no signature', () => {
    expect(failures(changed(0x048, 1 << 1))).toEqual(['snp_report_unsigned']);
    const unsigned = changed(0x2a0, 0);
    unsigned[0x2e8] = 0;
    expect(failures(unsigned)).toEqual(['snp_report_unsigned']);
  });
});
