import { describe, expect, test } from '@jest/globals';
import { parseReferenceValue } from '../../src/appraisal/reference-schema.js';
import { TDX_MATCH_FIELDS } from '../../src/rats/reference-value.js';
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

function tdx(match: JsonObject): JsonObject {
  return { tee: 'tdx', match: { mrtd: MEASUREMENT, ...match } };
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

describe('a TDX reference value that is kept', () => {
  test('needs no more than an MRTD, and covers the boot then', () => {
    const parsed = parseReferenceValue(tdx({}));
    expect(parsed).toMatchObject({ tee: 'tdx', covers: 'boot', match: { mrtd: [MEASUREMENT] } });
  });

  test.each(['firmware', 'boot', 'runtime'] as const)('may say that it covers %s', (covers) => {
    expect(parseReferenceValue({ ...tdx({}), covers }).covers).toBe(covers);
  });

  test('may ask for every field', () => {
    const match = Object.fromEntries(TDX_MATCH_FIELDS.map((field, index) => [field, `0${index}`.repeat(48)]));
    expect(parseReferenceValue({ tee: 'tdx', match }).match).toEqual(
      Object.fromEntries(Object.entries(match).map(([field, value]) => [field, [value]])),
    );
  });

  test('counts combinations too', () => {
    const full = { rtmr0: values(16, 96), rtmr1: values(16, 96) };
    expect(parseReferenceValue(tdx(full)).match.rtmr1).toHaveLength(16);
    expect(refusalOf(tdx({ ...full, rtmr2: values(2, 96) })).detail).toContain('256 combinations');
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
    ['no TEE', { covers: 'boot', match: { measurement: MEASUREMENT } }, 'request_invalid', 'tee'],
    ['an SNP field for TDX', tdx({ measurement: MEASUREMENT }), 'member_unknown', 'measurement'],
    ['no MRTD', { tee: 'tdx', match: { rtmr1: MEASUREMENT } }, 'request_invalid', 'mrtd'],
    ['a register that there is not', tdx({ rtmr4: MEASUREMENT }), 'member_unknown', 'rtmr4'],
    ['a register in capitals', tdx({ rtmr2: 'A1'.repeat(48) }), 'request_invalid', '96 lowercase'],
    ['a short register', tdx({ rtmr3: 'a1'.repeat(47) }), 'request_invalid', '96 lowercase'],
    ['no value of a register', tdx({ rtmr0: [] }), 'request_invalid', 'rtmr0'],
    ['another covers for TDX', { ...tdx({}), covers: 'kernel' }, 'request_invalid', 'covers'],
    ['no events', tdx({ events: [] }), 'request_invalid', 'match.events: must name the events'],
    ['events for SNP', withMatch({ events: [] }), 'member_unknown', 'events'],
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

describe('named events', () => {
  const [A, B] = ['a1'.repeat(48), 'b2'.repeat(48)];
  // SHA-384 of four zero bytes, and of "Exit Boot Services Invocation": what every firmware measures.
  const MARKERS = [
    '394341b7182cd227c5c6b07ef8000cdfd86136c4292b8e576573ad7ed9ae41019f5818b4b971c9effc60e1ad9f1289f0',
    '214b0bef1379756011344877743fdc2a5382bac6e70362d624ccf3f654407c1b4badf7d8f9295dd3dabdef65b27677e0',
  ];
  const matchOf = (...events: readonly JsonObject[]) => parseReferenceValue(tdx({ events })).match;

  test('become one field for each register: sets, whatever the order, without markers', () => {
    const [text, same] = [`${A}${B}`, { register: 'rtmr1', measured: [B, ...MARKERS, A, B] }];
    expect(matchOf(same)).toEqual({ mrtd: [MEASUREMENT], rtmr1_events: [text] });
    expect(matchOf({ register: 'rtmr1', measured: [A, B] }, same)).toMatchObject({ rtmr1_events: [text] });
    expect(
      matchOf({ register: 'rtmr2', measured: [A] }, { register: 'rtmr2', measured: [B] }, same),
    ).toMatchObject({ rtmr1_events: [text], rtmr2_events: [A, B] });
    const any = { register: 'rtmr1', measured: [A], partition_tables: 'any' };
    expect(matchOf(any)).toEqual({ mrtd: [MEASUREMENT], rtmr1_events_any_partitions: [A] });
  });

  test.each<[string, JsonObject, string]>([
    ['a register that there is not', { register: 'rtmr4', measured: [A] }, 'must be one of "rtmr0"'],
    ['a register by number', { register: 1, measured: [A] }, 'must be one of "rtmr0"'],
    ['no digest', { register: 'rtmr1', measured: [] }, 'at least one event'],
    ['nothing but markers', { register: 'rtmr1', measured: MARKERS }, 'do not count'],
    ['a short digest', { register: 'rtmr1', measured: ['a1'] }, '96 lowercase'],
    ['a digest in capitals', { register: 'rtmr1', measured: ['A1'.repeat(48)] }, '96 lowercase'],
    ['a pattern', { register: 'rtmr1', measured: [`^${A}$`] }, '96 lowercase'],
    ['partition tables elsewhere', { register: 'rtmr2', measured: [A], partition_tables: 'any' }, 'rtmr1'],
    ['another word', { register: 'rtmr1', measured: [A], partition_tables: 'none' }, 'must be "any"'],
  ])('with %s are refused in words', (_name, entry, words) => {
    expect(refusalOf(tdx({ events: [entry] }))).toMatchObject({
      code: 'request_invalid',
      detail: expect.stringContaining(words),
    });
  });

  test('take no member that nobody reads, such as a type or data', () => {
    for (const member of ['type', 'data', 'digest']) {
      const entry = { register: 'rtmr1', measured: [A], [member]: 'EV_EFI_ACTION' };
      expect(refusalOf(tdx({ events: [entry] }))).toMatchObject({ code: 'member_unknown' });
    }
    // The fields that events become are no members either.
    expect(refusalOf(tdx({ rtmr1_events: [A] }))).toMatchObject({ code: 'member_unknown' });
  });

  test('with and without partition tables do not meet in one version', () => {
    const entries = [
      { register: 'rtmr1', measured: [A] },
      { register: 'rtmr1', measured: [B], partition_tables: 'any' },
    ];
    expect(refusalOf(tdx({ events: entries }))).toMatchObject({
      code: 'request_invalid',
      detail: expect.stringContaining('split them'),
    });
  });

  test('count as combinations like everything else', () => {
    const many = (register: string, count: number) =>
      Array.from({ length: count }, (_, place) => ({
        register,
        measured: [place.toString(16).padStart(96, '0')],
      }));
    expect(() => matchOf(...many('rtmr1', 16), ...many('rtmr2', 16))).not.toThrow();
    expect(refusalOf(tdx({ events: [...many('rtmr1', 16), ...many('rtmr2', 17)] }))).toMatchObject({
      code: 'request_invalid',
      detail: expect.stringContaining('combinations'),
    });
  });
});
