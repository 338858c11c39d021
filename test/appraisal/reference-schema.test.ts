import { describe, expect, test } from '@jest/globals';
import { parseReferenceValue } from '../../src/appraisal/reference-schema.js';
import type { RefusalCode } from '../../src/rats/refusal.js';
import { RefusalError } from '../../src/rats/refusal.js';
import type { JsonObject, JsonValue } from '../../src/rats/result.js';

const MEASUREMENT = 'a1'.repeat(48);
const MINIMAL: JsonObject = { tee: 'sev-snp', covers: 'boot', match: { measurement: MEASUREMENT } };

function refusalOf(json: JsonValue): { code: RefusalCode; detail: string } {
  try {
    parseReferenceValue(json);
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal;
    throw error;
  }
  throw new Error('was accepted');
}

function withMatch(match: JsonObject): JsonObject {
  return { ...MINIMAL, match: { measurement: MEASUREMENT, ...match } };
}

/** `count` different values of as many hex digits. */
function values(count: number, digits: number): string[] {
  return Array.from({ length: count }, (_, index) => index.toString(16).padStart(digits, '0'));
}

describe('a reference value that is kept', () => {
  test('needs no more than tee, covers and a measurement, and is a draft then', () => {
    expect(parseReferenceValue(MINIMAL)).toEqual({
      tee: 'sev-snp',
      covers: 'boot',
      match: { measurement: [MEASUREMENT] },
      notBefore: null,
      notAfter: null,
      provenance: null,
      labels: null,
      activate: false,
    });
  });

  test('carries every member it was given', () => {
    const parsed = parseReferenceValue({
      ...withMatch({
        host_data: 'b2'.repeat(32),
        id_key_digest: 'c3'.repeat(48),
        author_key_digest: 'd4'.repeat(48),
        family_id: 'e5'.repeat(16),
        image_id: 'f6'.repeat(16),
      }),
      not_before: '2026-11-01T00:00:00Z',
      not_after: '2026-12-01T00:00:00Z',
      provenance: { commit: 'abc', builds: [1, 2] },
      labels: { stage: 'prod' },
      activate: true,
    });
    expect(parsed.match).toEqual({
      measurement: [MEASUREMENT],
      host_data: ['b2'.repeat(32)],
      id_key_digest: ['c3'.repeat(48)],
      author_key_digest: ['d4'.repeat(48)],
      family_id: ['e5'.repeat(16)],
      image_id: ['f6'.repeat(16)],
    });
    expect(parsed.notBefore).toEqual(new Date('2026-11-01T00:00:00Z'));
    expect(parsed.notAfter).toEqual(new Date('2026-12-01T00:00:00Z'));
    expect(parsed.provenance).toEqual({ commit: 'abc', builds: [1, 2] });
    expect(parsed.labels).toEqual({ stage: 'prod' });
    expect(parsed.activate).toBe(true);
  });

  test('may name several values for a field, each once', () => {
    const other = 'b7'.repeat(48);
    const parsed = parseReferenceValue(withMatch({ measurement: [MEASUREMENT, other, MEASUREMENT] }));
    expect(parsed.match).toEqual({ measurement: [MEASUREMENT, other] });
  });

  test('may expand to 256 combinations and not to one more field of two', () => {
    const full = { measurement: values(16, 96), host_data: values(16, 64) };
    expect(parseReferenceValue(withMatch(full)).match.host_data).toHaveLength(16);
    expect(refusalOf(withMatch({ ...full, image_id: values(2, 32) }))).toMatchObject({
      code: 'request_invalid',
      detail: expect.stringContaining('256 combinations'),
    });
  });

  test('counts combinations after repeated values are gone', () => {
    const repeated = Array.from({ length: 300 }, () => MEASUREMENT);
    expect(parseReferenceValue(withMatch({ measurement: repeated })).match).toEqual({
      measurement: [MEASUREMENT],
    });
  });
});

describe('a reference value that is refused', () => {
  test.each<[string, JsonValue, RefusalCode, string]>([
    ['not an object', 'text', 'request_invalid', 'reference value'],
    ['an array', [MINIMAL], 'request_invalid', 'reference value'],
    ['an unknown member', { ...MINIMAL, comment: 'x' }, 'member_unknown', 'comment'],
    ['an unknown match field', withMatch({ vmpl: '0' }), 'member_unknown', 'vmpl'],
    ['a TDX field', withMatch({ mrtd: MEASUREMENT }), 'member_unknown', 'mrtd'],
    ['no covers', { tee: 'sev-snp', match: { measurement: MEASUREMENT } }, 'request_invalid', 'covers'],
    ['another covers', { ...MINIMAL, covers: 'kernel' }, 'request_invalid', 'covers'],
    [
      'no measurement',
      { ...MINIMAL, match: { host_data: 'b2'.repeat(32) } },
      'request_invalid',
      'measurement',
    ],
    ['no values', withMatch({ measurement: [] }), 'request_invalid', 'measurement'],
    ['uppercase hex', withMatch({ measurement: 'A1'.repeat(48) }), 'request_invalid', '96 lowercase'],
    ['a short value', withMatch({ measurement: 'a1'.repeat(47) }), 'request_invalid', '96 lowercase'],
    ['a long value', withMatch({ host_data: 'a1'.repeat(33) }), 'request_invalid', '64 lowercase'],
    [
      'a short one among many',
      withMatch({ image_id: ['a1'.repeat(16), 'a1'] }),
      'request_invalid',
      '32 lowercase',
    ],
    [
      'a line break after the hex',
      withMatch({ measurement: `${MEASUREMENT}\n` }),
      'request_invalid',
      '96 lowercase',
    ],
    [
      'a date without a zone',
      { ...MINIMAL, not_before: '2026-11-01T00:00:00' },
      'request_invalid',
      'not_before',
    ],
    [
      'a date that does not exist',
      { ...MINIMAL, not_after: '2026-02-30T00:00:00Z' },
      'request_invalid',
      'not_after',
    ],
    ['an activate that is not a boolean', { ...MINIMAL, activate: 'yes' }, 'request_invalid', 'activate'],
    ['labels that are not text', { ...MINIMAL, labels: { stage: 1 } }, 'request_invalid', 'labels'],
    [
      'a provenance without end',
      { ...MINIMAL, provenance: { note: 'x'.repeat(9000) } },
      'request_invalid',
      'provenance',
    ],
    ['another TEE', { ...MINIMAL, tee: 'sgx' }, 'request_invalid', 'tee'],
    ['TDX, in words', { tee: 'tdx', match: { mrtd: MEASUREMENT } }, 'evidence_type_unknown', 'sev-snp only'],
    ['events, in words', withMatch({ events: [] }), 'request_invalid', 'match.events is not supported'],
  ])('%s', (_name, json, code, words) => {
    expect(refusalOf(json)).toMatchObject({ code, detail: expect.stringContaining(words) });
  });

  test('a window that ends before it begins, and not one that does not', () => {
    const window = { not_before: '2026-12-01T00:00:00Z', not_after: '2026-11-01T00:00:00Z' };
    expect(refusalOf({ ...MINIMAL, ...window })).toMatchObject({
      code: 'request_invalid',
      detail: expect.stringContaining('not_after'),
    });
    expect(() =>
      parseReferenceValue({ ...MINIMAL, not_before: window.not_after, not_after: window.not_before }),
    ).not.toThrow();
  });
});
