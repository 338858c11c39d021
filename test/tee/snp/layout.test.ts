import { describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import { REPORT_LENGTH, reservedRuns } from '../../../src/tee/snp/layout.js';
import { decodeReport } from '../../../src/tee/snp/report.js';

/** Every byte says where it is: high and low half of the offset in turn, so that no two fields look alike. */
function addressed(version: number): Uint8Array {
  const report = new Uint8Array(REPORT_LENGTH).map(
    (_byte, index) => (index >> 1) ^ (index % 2 === 0 ? 0 : 0x5a),
  );
  report.set([version, 0, 0, 0]);
  return report;
}

/** Field name, offset, length: written down from the manual a second time. */
const PLACES: readonly [name: string, offset: number, length: number][] = [
  ['familyId', 0x10, 16],
  ['imageId', 0x20, 16],
  ['currentTcb', 0x38, 8],
  ['reportData', 0x50, 64],
  ['measurement', 0x90, 48],
  ['hostData', 0xc0, 32],
  ['idKeyDigest', 0xe0, 48],
  ['authorKeyDigest', 0x110, 48],
  ['reportId', 0x140, 32],
  ['reportIdMa', 0x160, 32],
  ['reportedTcb', 0x180, 8],
  ['chipId', 0x1a0, 64],
  ['committedTcb', 0x1e0, 8],
  ['launchTcb', 0x1f0, 8],
  ['signatureR', 0x2a0, 72],
  ['signatureS', 0x2e8, 72],
  ['signed', 0, 0x2a0],
];

describe('offset_golden_v2_v3_v5', () => {
  test.each([2, 3, 4, 5, 6])('version %d: byte fields lie where the manual puts them', (version) => {
    const bytes = addressed(version);
    const report: Readonly<Record<string, unknown>> = { ...decodeReport(bytes) };
    for (const [name, offset, length] of PLACES) {
      expect([name, hexOf(report[name] as Uint8Array)]).toEqual([
        name,
        hexOf(bytes.subarray(offset, offset + length)),
      ]);
    }
  });

  test.each([2, 3, 5, 6])('version %d: numbers are little endian, versions build first', (version) => {
    const bytes = addressed(version);
    const view = new DataView(bytes.buffer);
    const report = decodeReport(bytes);
    expect(report.guestSvn).toBe(view.getUint32(0x04, true));
    expect(report.policy).toBe(view.getBigUint64(0x08, true));
    expect(report.vmpl).toBe(view.getUint32(0x30, true));
    expect(report.signatureAlgo).toBe(view.getUint32(0x34, true));
    expect(report.platformInfo).toBe(view.getBigUint64(0x40, true));
    expect(report.keyInfo.raw).toBe(view.getUint32(0x48, true));
    expect(report.currentVersion).toEqual({ build: bytes[0x1e8], minor: bytes[0x1e9], major: bytes[0x1ea] });
    expect(report.committedVersion).toEqual({
      build: bytes[0x1ec],
      minor: bytes[0x1ed],
      major: bytes[0x1ee],
    });
  });

  test('v2_has_no_cpuid', () => {
    expect(decodeReport(addressed(2)).cpuid).toBeNull();
    expect(decodeReport(addressed(3)).cpuid).toEqual({
      family: addressed(3)[0x188],
      model: addressed(3)[0x189],
      stepping: addressed(3)[0x18a],
    });
  });

  test('v3_mit_vector_is_unknown_not_zero', () => {
    for (const version of [2, 3, 4]) {
      expect(decodeReport(addressed(version)).launchMitVector).toBeNull();
      expect(decodeReport(addressed(version)).currentMitVector).toBeNull();
    }
    const bytes = addressed(5);
    const view = new DataView(bytes.buffer);
    expect(decodeReport(bytes).launchMitVector).toBe(view.getBigUint64(0x1f8, true));
    expect(decodeReport(bytes).currentMitVector).toBe(view.getBigUint64(0x200, true));
  });

  test('version 6 adds three fields in the order current, launch, committed', () => {
    const bytes = addressed(6);
    expect(decodeReport(addressed(5)).etcb).toBeNull();
    expect(decodeReport(bytes).etcb).toEqual({
      current: bytes.slice(0x220, 0x240),
      launch: bytes.slice(0x240, 0x260),
      committed: bytes.slice(0x260, 0x280),
    });
  });
});

describe('reserved runs', () => {
  test.each([
    [2, 4 + 1 + 1 + 368 + 24 + 168],
    [3, 4 + 1 + 1 + 368 + 21 + 168],
    [4, 4 + 1 + 1 + 368 + 21 + 168],
    [5, 4 + 1 + 1 + 368 + 21 + 152],
    [6, 4 + 1 + 1 + 368 + 21 + 24 + 32],
  ])('version %d reserves %d bytes and none of a field', (version, total) => {
    const runs = reservedRuns(version);
    expect(runs.reduce((sum, { length }) => sum + length, 0)).toBe(total);
    for (const [, offset, length] of PLACES.slice(0, -1)) {
      for (const run of runs) {
        expect(run.offset + run.length <= offset || run.offset >= offset + length).toBe(true);
      }
    }
  });

  test('a version without layout has none', () => {
    for (const version of [0, 1, 7]) expect(() => reservedRuns(version)).toThrow(RangeError);
  });
});
