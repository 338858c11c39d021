/** The form of a table of bulletins, member by member: what is read of it, and the place that a refusal names. */
import { describe, expect, test } from '@jest/globals';
import type { JsonObject, JsonValue } from '../../../src/rats/result.js';
import { parseBulletinDocument, revisionOf } from '../../../src/tee/snp/bulletin-document.js';
import { encoded } from './bulletin-tables.js';

/** Every member that there is. */
const ROW: JsonObject = {
  cpuid: ['19/01/1', '1a/11/0'],
  state: 'active',
  confidence: 'A',
  floor: { fmc: '0x01', bootloader: '0x02', tee: '0x03', snp: '0x04', microcode: '0x05' },
  mitigation_bits: [1, 2],
  platform_bits: ['ecc_en', 'tsme_en'],
  smt_off: false,
  host_part: true,
  firmware: { decimal: '1.55.29', hex: '1.37.1d' },
  note: 'A note',
};
const BULLETIN: JsonObject = {
  id: 'AMD-SB-3020',
  subject: 'A subject',
  cves: ['CVE-2025-0033'],
  published: '2025-10-14',
  source: 'A source',
  rows: [ROW],
  note: 'A note',
};
const TABLE: JsonObject = {
  revision: '2026-11',
  gathered: '2026-10',
  about: 'A table',
  confidence: { A: 'sure', C: 'less so' },
  processors: { '19/01/1': 'Milan B1', '1a/11/0': 'Turin Dense' },
  bulletins: [BULLETIN],
  not_covered: [{ subject: 'Physical access', bulletins: ['AMD-SB-3033'] }],
};

const table = (changes: JsonObject): JsonObject => ({ ...TABLE, ...changes });
const bulletin = (changes: JsonObject): JsonObject => table({ bulletins: [{ ...BULLETIN, ...changes }] });
const row = (changes: JsonObject): JsonObject => bulletin({ rows: [{ ...ROW, ...changes }] });
const firmware = (decimal: string, hex: string): JsonObject => row({ firmware: { decimal, hex } });
const read = (document: JsonObject) => parseBulletinDocument(encoded(document));

describe('a document', () => {
  test('is read as far as the program goes by it', () => {
    const { firmware: _firmware, note: _note, ...kept } = ROW;
    expect(read(TABLE)).toEqual({
      revision: '2026-11',
      processors: TABLE.processors,
      bulletins: [{ id: 'AMD-SB-3020', published: '2025-10-14', rows: [kept] }],
      not_covered: [{ subject: 'Physical access' }],
    });
  });

  test('has no member that was not written', () => {
    const bare = { cpuid: ['19/01/1'], state: 'no_attestable_value' };
    expect(read(bulletin({ rows: [bare] })).bulletins[0]?.rows).toEqual([bare]);
    const { note: _note, ...unannotated } = BULLETIN;
    expect(
      read(table({ bulletins: [{ ...unannotated, published: null }] })).bulletins[0]?.published,
    ).toBeNull();
  });

  test.each<[string, JsonObject]>([
    ['the first and the last month', table({ revision: '2026-01', gathered: '2026-12' })],
    ['a ninth month', table({ revision: '2026-09', gathered: '2026-09' })],
    ['a further table of the month', table({ revision: '2026-11.12' })],
    ['a stepping of two digits', table({ processors: { '19/01/1f': 'x' } })],
    ['firmware of one digit and of two', firmware('10.5.255', '0a.5.ff')],
    ['firmware of three digits', firmware('255.100.1', 'ff.64.1')],
    ['a text of the longest', row({ note: 'y'.repeat(512) })],
  ])('may have %s', (_what, document) => {
    expect(() => read(document)).not.toThrow();
  });
});

describe('a document of another form is refused, with the place', () => {
  test.each<[string, JsonValue]>([
    ['the table is not an object', null],
    ['revision is not of its form', table({ revision: 'x2026-11' })],
    ['revision is not of its form', table({ revision: '2026-11.0' })],
    ['revision is not of its form', table({ revision: '2026-11.123' })],
    ['revision is not of its form', table({ revision: '2026-13' })],
    ['gathered is not of its form', table({ gathered: 'x2026-10' })],
    ['gathered is not of its form', table({ gathered: '2026-10-01' })],
    ['gathered is not of its form', table({ gathered: '2026-00' })],
    ['about is not of its form', table({ about: '' })],
    ['about is not of its form', table({ about: 'two\nlines' })],
    ['about is not of its form', table({ about: 'y'.repeat(513) })],
    ['confidence is not an object', table({ confidence: null })],
    ['confidence is not an object', table({ confidence: ['A'] })],
    ['confidence is not an object', table({ confidence: 'A' })],
    ['confidence has a name of another form', table({ confidence: { AA: 'x' } })],
    ['confidence has a name of another form', table({ confidence: { A1: 'x' } })],
    ['confidence has a name of another form', table({ confidence: { D: 'x' } })],
    ['confidence is not of its form', table({ confidence: { A: 1 } })],
    ['processors has a name of another form', table({ processors: { 'x19/01/1': 'x' } })],
    ['processors has a name of another form', table({ processors: { '19/01/123': 'x' } })],
    ['processors has a name of another form', table({ processors: { '19/01/': 'x' } })],
    ['not_covered[0].bulletins is not a list', table({ not_covered: [{ subject: 'x', bulletins: 'y' }] })],
    [
      'not_covered[0].bulletins[0] is not of its form',
      table({ not_covered: [{ subject: 'x', bulletins: [7] }] }),
    ],
    ['not_covered[0].subject is not of its form', table({ not_covered: [{ subject: 7, bulletins: [] }] })],
    [
      'not_covered[0] has an unknown member',
      table({ not_covered: [{ subject: 'x', bulletins: [], note: 'y' }] }),
    ],
    ['bulletins is not a list', table({ bulletins: 'none' })],
    ['bulletins[0].id is not of its form', bulletin({ id: '' })],
    ['bulletins[0].subject is not of its form', bulletin({ subject: 7 })],
    ['bulletins[0].source is not of its form', bulletin({ source: '' })],
    ['bulletins[0].note is not of its form', bulletin({ note: '' })],
    ['bulletins[0].cves is not a list', bulletin({ cves: 'CVE' })],
    ['bulletins[0].cves[0] is not of its form', bulletin({ cves: [''] })],
    ['bulletins[0].published is not of its form', bulletin({ published: 'x2025-10-14' })],
    ['bulletins[0].published is not of its form', bulletin({ published: '2025-10-14T00' })],
    ['bulletins[0].published is no day of the calendar', bulletin({ published: '2025-06-31' })],
    ['bulletins[0].published is no day of the calendar', bulletin({ published: '2025-13-01' })],
    ['bulletins[0].rows is not a list', bulletin({ rows: {} })],
    ['bulletins[0].rows[0] is not an object', bulletin({ rows: [null] })],
    ['bulletins[0].rows[0].cpuid is not a list', row({ cpuid: '19/01/1' })],
    ['bulletins[0].rows[0].state is not of its form', row({ state: 7 })],
    ['bulletins[0].rows[0].confidence is not of its form', row({ confidence: 7 })],
    ['bulletins[0].rows[0].floor is not an object', row({ floor: [] })],
    ['bulletins[0].rows[0].floor has an unknown member', row({ floor: { uefi: '0x01' } })],
    ['bulletins[0].rows[0].floor.snp is not of its form', row({ floor: { snp: 7 } })],
    ['bulletins[0].rows[0].mitigation_bits[0] is not a number', row({ mitigation_bits: ['1'] })],
    ['bulletins[0].rows[0].platform_bits is not a list', row({ platform_bits: 'ecc_en' })],
    ['bulletins[0].rows[0].smt_off is neither true nor false', row({ smt_off: 1 })],
    ['bulletins[0].rows[0].host_part is neither true nor false', row({ host_part: 1 })],
    ['bulletins[0].rows[0].note is not of its form', row({ note: 7 })],
    ['bulletins[0].rows[0] has an unknown member', row({ news: 7 })],
    ['bulletins[0].rows[0].firmware.hex is missing', row({ firmware: { decimal: '1.55.29' } })],
    [
      'rows[0].firmware has an unknown member',
      row({ firmware: { decimal: '1.55.29', hex: '1.37.1d', at: 1 } }),
    ],
    ['bulletins[0].rows[0].firmware.decimal is not of its form', firmware('x1.55.29', '1.37.1d')],
    ['bulletins[0].rows[0].firmware.decimal is not of its form', firmware('1.55.29.1', '1.37.1d')],
    ['bulletins[0].rows[0].firmware.hex is not of its form', firmware('1.55.29', 'x1.37.1d')],
    ['bulletins[0].rows[0].firmware.hex is not of its form', firmware('1.55.29', '1.37.1d.1')],
    ['bulletins[0].rows[0].firmware says two different versions', firmware('1.55.29', '1.37.29')],
  ])('%s (%#)', (words, document) => {
    const act = () => parseBulletinDocument(new Uint8Array(Buffer.from(JSON.stringify(document), 'utf8')));
    expect(act).toThrow(TypeError);
    expect(act).toThrow(words);
    expect(act).toThrow(/^bulletin table: /u);
  });
});

test('a revision that is none has no place among others', () => {
  expect(revisionOf('2026-11.3')).toEqual({ date: new Date('2026-11-01T00:00:00Z'), sequence: 20261103n });
  for (const revision of ['', '2026', 'x2026-11', '2026-11x']) {
    expect(() => revisionOf(revision)).toThrow(
      new TypeError('bulletin table: revision cannot be put in order'),
    );
  }
});
