import { describe, expect, test } from '@jest/globals';
import { BULLETINS, type BulletinDocument, readBulletinTable } from '../../../src/tee/snp/bulletin-table.js';
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

  test.each<[string, BulletinDocument]>([
    ['an unknown state', table({ ...ROW, state: 'withdrawn' })],
    ['an unknown processor', table({ ...ROW, cpuid: ['19/01/9'] })],
    ['a processor twice', table({ ...ROW, cpuid: ['19/01/1', '19/01/1'] })],
    ['a decimal level', table({ ...ROW, floor: { snp: '27' } })],
    ['an unknown PLATFORM_INFO bit', table({ ...ROW, platform_bits: ['alias_check'] })],
    ['an impossible mitigation bit', table({ ...ROW, mitigation_bits: [64] })],
    ['a value without confidence', table({ ...ROW, confidence: 'D' })],
    ['an active row without condition', table({ ...ROW, floor: {} })],
    ['a value where none can be attested', table({ ...ROW, state: 'no_attestable_value' })],
    ['no bulletin number', table(ROW, 'SB-3020')],
    ['no date', table(ROW, 'AMD-SB-3020', '2025-13-01')],
  ])('%s', (_, broken) => {
    expect(() => readBulletinTable(broken)).toThrow(TypeError);
  });
});
