import { describe, expect, test } from '@jest/globals';
import type { BulletinDocument } from '../../../src/tee/snp/bulletin-document.js';
import { BULLETINS, readBulletinTable, sourceOf } from '../../../src/tee/snp/bulletin-table.js';
import document from '../../../src/tee/snp/bulletins.json' with { type: 'json' };

/** What the program does not read of a row: for people. */
const WITH_FIRMWARE: {
  readonly bulletins: readonly {
    readonly rows: readonly {
      readonly state: string;
      readonly firmware?: { readonly decimal: string; readonly hex: string } | undefined;
    }[];
  }[];
} = document;

describe('the shipped table', () => {
  test('has rows for every processor and no second row for one bulletin and processor', () => {
    const keys = BULLETINS.rows.map(({ bulletin, cpuid }) => `${bulletin} ${cpuid}`);
    expect(new Set(keys).size).toBe(keys.length);
    const active = BULLETINS.rows.filter(({ state }) => state === 'active');
    expect(new Set(active.map(({ cpuid }) => cpuid))).toEqual(new Set(BULLETINS.processors));
  });

  test('gives every value a confidence, and no value to rows that have none', () => {
    for (const row of BULLETINS.rows) {
      if (row.state === 'no_attestable_value') expect(row.floor).toEqual({});
      else expect(['A', 'B', 'C']).toContain(row.confidence);
    }
  });

  test('prints firmware versions in decimal and in hex alike', () => {
    const versions = WITH_FIRMWARE.bulletins
      .flatMap(({ rows }) => rows)
      .flatMap(({ firmware }) => (firmware === undefined ? [] : [firmware]));
    expect(versions.length).toBeGreaterThan(10);
    for (const { decimal, hex } of versions) {
      expect(hex.split('.').map((part) => Number.parseInt(part, 16))).toEqual(decimal.split('.').map(Number));
    }
  });

  test('names physical attacks once, as not covered', () => {
    expect(BULLETINS.notCovered).toContain('physical access to memory');
    const listed = new Set(BULLETINS.rows.map(({ bulletin }) => bulletin));
    for (const bulletin of document.not_covered.flatMap(({ bulletins }) => bulletins)) {
      expect(listed.has(bulletin)).toBe(false);
    }
  });
});

describe('a table that breaks its form is not read', () => {
  type Row = BulletinDocument['bulletins'][number]['rows'][number];
  const ROW: Row = { cpuid: ['19/01/1'], state: 'active', confidence: 'B', floor: { snp: '0x1b' } };
  const table = (
    row: Row,
    id = 'AMD-SB-3020',
    published: string | null = '2025-10-14',
  ): BulletinDocument => ({
    revision: '2026-11',
    processors: { '19/01/1': 'Milan B1' },
    bulletins: [{ id, published, rows: [row] }],
    not_covered: [],
  });

  test('the unbroken one is', () => {
    expect(readBulletinTable(table(ROW)).rows).toMatchObject([{ floor: { snp: 0x1b }, hostPart: false }]);
  });

  const AT = 'AMD-SB-3020 19/01/1';
  test.each<[string, BulletinDocument, string]>([
    ['an unknown state', table({ ...ROW, state: 'withdrawn' }), `${AT}: unknown state withdrawn`],
    [
      'an unknown processor',
      table({ ...ROW, cpuid: ['19/01/9'] }),
      'AMD-SB-3020 19/01/9 is no known processor',
    ],
    ['a processor twice', table({ ...ROW, cpuid: ['19/01/1', '19/01/1'] }), `${AT} has two rows`],
    ['a decimal level', table({ ...ROW, floor: { snp: '27' } }), `${AT}: snp 27 is not a byte in hex`],
    [
      'a level behind something',
      table({ ...ROW, floor: { snp: 'x0x1b' } }),
      `${AT}: snp x0x1b is not a byte in hex`,
    ],
    [
      'a level of two bytes',
      table({ ...ROW, floor: { snp: '0x1b2' } }),
      `${AT}: snp 0x1b2 is not a byte in hex`,
    ],
    [
      'an unknown PLATFORM_INFO bit',
      table({ ...ROW, platform_bits: ['alias_check'] }),
      `${AT}: unknown PLATFORM_INFO bit alias_check`,
    ],
    ['an impossible mitigation bit', table({ ...ROW, mitigation_bits: [64] }), `${AT}: bit number`],
    ['a negative mitigation bit', table({ ...ROW, mitigation_bits: [-1] }), `${AT}: bit number`],
    ['half a mitigation bit', table({ ...ROW, mitigation_bits: [3, 0.5] }), `${AT}: bit number`],
    [
      'a value without confidence',
      table({ ...ROW, confidence: 'D' }),
      `${AT}: a condition without confidence`,
    ],
    [
      'an active row without condition',
      table({ ...ROW, floor: {} }),
      `${AT}: conditions do not fit the state`,
    ],
    [
      'a value where none can be attested',
      table({ ...ROW, state: 'no_attestable_value' }),
      `${AT}: conditions do not fit the state`,
    ],
    ['no bulletin number', table(ROW, 'SB-3020'), 'SB-3020 19/01/1: no bulletin number'],
    ['a number behind something', table(ROW, 'xAMD-SB-3020'), 'xAMD-SB-3020 19/01/1: no bulletin number'],
    ['a number of five digits', table(ROW, 'AMD-SB-30201'), 'AMD-SB-30201 19/01/1: no bulletin number'],
    ['no date', table(ROW, 'AMD-SB-3020', '2025-13-01'), `${AT}: no date`],
  ])('%s', (_, broken, says) => {
    expect(() => readBulletinTable(broken)).toThrow(new TypeError(`bulletin table: ${says}`));
  });

  test.each<[string, Partial<Row>]>([
    ['SMT off alone', { floor: {}, smt_off: true }],
    ['a PLATFORM_INFO bit alone', { floor: {}, platform_bits: ['tsme_en'] }],
    ['mitigation bits alone', { floor: {}, mitigation_bits: [0, 63] }],
  ])('a row may ask for %s', (_, change) => {
    expect(readBulletinTable(table({ ...ROW, ...change })).rows).toHaveLength(1);
  });

  test('rows are found by processor, and what is not covered by subject', () => {
    const read = readBulletinTable({
      ...table(ROW),
      processors: { '19/01/1': 'Milan B1', '19/11/1': 'Genoa B1' },
      not_covered: [{ subject: 'physical access' }],
    });
    expect([...read.byProcessor].map(([name, rows]) => [name, rows.length])).toEqual([
      ['19/01/1', 1],
      ['19/11/1', 0],
    ]);
    expect(read.byProcessor.get('19/01/1')).toEqual(read.rows);
    expect(read.notCovered).toEqual(['physical access']);
    expect(sourceOf(BULLETINS)).toBe(`assay-amd-bulletins@${document.revision}`);
  });
});
