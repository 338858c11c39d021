/** What an operator is told of a reference value that is refused: which member, and what it should be. */
import { describe, expect, test } from '@jest/globals';
import { parseReferenceValue } from '../../src/appraisal/reference-schema.js';
import { type Refusal, RefusalError } from '../../src/rats/refusal.js';
import type { JsonObject, JsonValue } from '../../src/rats/result.js';

const MEASUREMENT = 'a1'.repeat(48);
const SNP: JsonObject = { tee: 'sev-snp', covers: 'boot', match: { measurement: MEASUREMENT } };
const TDX: JsonObject = { tee: 'tdx', match: { mrtd: MEASUREMENT } };
const DIGITS = 'must be 96 lowercase hexadecimal digits';
const INSTANT = 'must be an instant in RFC 3339 UTC, such as 2026-11-20T12:00:00Z';

function refusalOf(json: JsonValue): Refusal | null {
  try {
    parseReferenceValue(json);
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal;
    throw error;
  }
  return null;
}

const labels = (count: number): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`label-${index}`, 'x']));
/** As JSON it has this many characters. */
const provenance = (characters: number): JsonObject => ({ a: 'x'.repeat(characters - '{"a":""}'.length) });
const listOf = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => index.toString(16).padStart(96, '0'));

const EVENT = { register: 'rtmr1', measured: [MEASUREMENT] };
const PARTITIONS = 'must be "any", for rtmr1 only, or left out';
const DIGEST = '.0.measured.0: must be 96 lowercase hexadecimal digits: the SHA-384 digest of an event';

/** What is wrong with entries of events, behind `match.events`. */
const EVENTS: readonly (readonly [what: string, entries: readonly JsonObject[], detail: string])[] = [
  [
    'another register',
    [{ ...EVENT, register: 'rtmr4' }],
    '.0.register: must be one of "rtmr0", "rtmr1", "rtmr2", "rtmr3"',
  ],
  ['a digest with more before it', [{ ...EVENT, measured: [`0${MEASUREMENT}`] }], DIGEST],
  ['a digest with more behind it', [{ ...EVENT, measured: [`${MEASUREMENT}0`] }], DIGEST],
  [
    'too many events',
    [{ ...EVENT, measured: listOf(513) }],
    '.0.measured: must not have more than 512 digests',
  ],
  ['no event of a register', [{ ...EVENT, measured: [] }], '.0.measured: must name at least one event'],
  ['another word for tables', [{ ...EVENT, partition_tables: 'none' }], `.0.partition_tables: ${PARTITIONS}`],
  [
    'tables of another register',
    [{ ...EVENT, register: 'rtmr2', partition_tables: 'any' }],
    `.0.partition_tables: ${PARTITIONS}`,
  ],
  [
    'with and without tables',
    [EVENT, { ...EVENT, partition_tables: 'any' }],
    ': has entries for rtmr1 with and without partition tables: split them over two versions',
  ],
];

describe('a member that is wrong is named, with what it should be', () => {
  test.each<[string, JsonValue, string]>([
    ['no object', 'text', 'The reference value: must be an object.'],
    ['another TEE', { ...SNP, tee: 'sgx' }, 'tee: must be "sev-snp" or "tdx".'],
    [
      'no covers',
      { tee: 'sev-snp', match: { measurement: MEASUREMENT } },
      'covers: is mandatory for sev-snp and one of "firmware", "boot", "runtime": the report cannot say what its measurement covers.',
    ],
    [
      'another covers of a TD',
      { ...TDX, covers: 'kernel' },
      'covers: must be one of "firmware", "boot", "runtime"; left out it is "boot".',
    ],
    [
      'a digit that is none',
      { ...SNP, match: { measurement: 'A1'.repeat(48) } },
      `match.measurement: ${DIGITS}, or a list of such values.`,
    ],
    [
      'a number',
      { ...SNP, match: { measurement: 5 } },
      `match.measurement: ${DIGITS}, or a list of such values.`,
    ],
    ['no instant', { ...SNP, not_before: 'tomorrow' }, `not_before: ${INSTANT}.`],
    ['an instant elsewhere', { ...SNP, not_after: '2026-11-20T12:00:00+01:00' }, `not_after: ${INSTANT}.`],
    [
      'an end before the beginning',
      { ...SNP, not_before: '2026-11-20T12:00:00Z', not_after: '2026-11-20T11:59:59Z' },
      'not_after: must be later than not_before.',
    ],
    [
      'an end at the beginning',
      { ...SNP, not_before: '2026-11-20T12:00:00Z', not_after: '2026-11-20T12:00:00Z' },
      'not_after: must be later than not_before.',
    ],
    [
      'a long provenance',
      { ...SNP, provenance: provenance(8193) },
      'provenance: must not be longer than 8192 characters as JSON.',
    ],
    ['many labels', { ...SNP, labels: labels(33) }, 'labels: must not have more than 32 entries.'],
    [
      'many combinations',
      { ...TDX, match: { mrtd: listOf(17), rtmr1: listOf(16) } },
      'match: names more than 256 combinations of values; split it into several versions.',
    ],
    [
      'no value of a list',
      { ...SNP, match: { measurement: [] } },
      'match.measurement: must name at least one value.',
    ],
    [
      'no event',
      { ...TDX, match: { mrtd: MEASUREMENT, events: [] } },
      'match.events: must name the events of at least one register, or be left out.',
    ],
    ...EVENTS.map(([what, entries, detail]): [string, JsonValue, string] => [
      what,
      { ...TDX, match: { mrtd: MEASUREMENT, events: [...entries] } },
      `match.events${detail}.`,
    ]),
  ])('%s', (_what, json, detail) => {
    expect(refusalOf(json)).toMatchObject({ code: 'request_invalid', stage: 'request', detail });
  });

  test.each<[string, JsonValue, string]>([
    [
      'beside the others',
      { ...SNP, golden: true, pcr: 1 },
      'There is no member golden, pcr in the reference value.',
    ],
    [
      'in match',
      { ...SNP, match: { measurement: MEASUREMENT, rtmr0: 'x' } },
      'There is no member rtmr0 in match.',
    ],
    [
      'of a long name',
      { ...SNP, ['x'.repeat(70)]: 1 },
      `There is no member ${'x'.repeat(64)} in the reference value.`,
    ],
  ])('one that does not exist: %s', (_what, json, detail) => {
    expect(refusalOf(json)).toMatchObject({ code: 'member_unknown', stage: 'request', detail });
  });
});

test('what is as long, as many or as late as allowed is kept', () => {
  for (const json of [
    { ...SNP, provenance: provenance(8192) },
    { ...SNP, labels: labels(32) },
    { ...TDX, match: { mrtd: MEASUREMENT, events: [{ ...EVENT, measured: listOf(512) }] } },
    { ...TDX, match: { mrtd: listOf(16), rtmr1: listOf(16) } },
    { ...SNP, not_before: '2026-11-20T12:00:00Z' },
    { ...SNP, not_after: '2026-11-20T12:00:00Z' },
    { ...SNP, not_before: '2026-11-20T12:00:00Z', not_after: '2026-11-20T12:00:01Z' },
  ]) {
    expect(refusalOf(json)).toBeNull();
  }
});
