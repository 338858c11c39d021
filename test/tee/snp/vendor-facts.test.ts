/** What policies are held against: processors with their floors, and which bulletins can be judged. */
import { describe, expect, test } from '@jest/globals';
import { BULLETINS, readBulletinTable } from '../../../src/tee/snp/bulletin-table.js';
import document from '../../../src/tee/snp/bulletins.json' with { type: 'json' };
import { bulletinFacts, processorFacts } from '../../../src/tee/snp/vendor-facts.js';
import { NOW, PROCESSORS } from './sample-report.js';

describe('processors', () => {
  test('are those of the table, each of a product line', () => {
    const facts = processorFacts(BULLETINS, NOW);
    expect(facts.map(({ cpuid }) => cpuid)).toEqual(PROCESSORS);
    expect(facts.map(({ product }) => product)).toEqual([
      ...['Milan', 'Milan', 'Genoa', 'Genoa', 'Genoa', 'Turin', 'Turin'],
    ]);
  });

  test('have the floors of the instant', () => {
    const floorAt = (at: string) =>
      processorFacts(BULLETINS, new Date(at)).find(({ cpuid }) => cpuid === '19/01/1')?.floor;
    // AMD-SB-3002 has no date, AMD-SB-3005 was published on the 14th.
    expect(floorAt('2023-11-13T00:00:00Z')).toEqual({ bootloader: 3, microcode: 0xa9 });
    expect(floorAt('2023-11-14T00:00:00Z')).toEqual({ bootloader: 3, microcode: 0xd1 });
  });
});

describe('bulletins', () => {
  const factOf = (id: string) => bulletinFacts(BULLETINS).find((one) => one.id === id);

  test('are those of the table that have rows, each once', () => {
    const ids = document.bulletins.filter(({ rows }) => rows.length > 0).map(({ id }) => id);
    expect(bulletinFacts(BULLETINS).map(({ id }) => id)).toEqual(ids);
  });

  test('are judged where a row can be, and say when they were published', () => {
    expect(factOf('AMD-SB-3005')).toEqual({ id: 'AMD-SB-3005', published: '2023-11-14', state: 'judged' });
    expect(factOf('AMD-SB-3007')).toEqual({ id: 'AMD-SB-3007', published: null, state: 'silent' });
  });

  test('have the state of their rows, whichever the table ships', () => {
    const stateOf = (states: readonly string[]): string => {
      if (states.includes('active') || states.includes('conflicting')) return 'judged';
      return states.includes('retracted') ? 'retracted' : 'silent';
    };
    const expected = document.bulletins
      .filter(({ rows }) => rows.length > 0)
      .map(({ id, rows }) => [id, stateOf(rows.map(({ state }) => state))]);
    const facts = bulletinFacts(BULLETINS);
    expect(facts.map(({ id, state }) => [id, state])).toEqual(expected);
    expect(new Set(facts.map(({ state }) => state))).toEqual(new Set(['judged', 'retracted', 'silent']));
  });
});

describe('another table', () => {
  const row = (state: string) => ({
    cpuid: ['19/01/1'],
    state,
    confidence: 'A',
    ...(state === 'no_attestable_value' ? {} : { floor: { snp: '0x05' } }),
  });
  const tableOf = (...bulletins: readonly (readonly string[])[]) =>
    readBulletinTable({
      revision: '2026-11',
      processors: { '19/01/1': 'Milan B1', '1b/01/1': 'of no line that is known' },
      bulletins: bulletins.map((states, index) => ({
        id: `AMD-SB-000${index}`,
        published: index === 0 ? null : '2025-01-01',
        rows: states.map((state, place) => ({ ...row(state), cpuid: [place === 0 ? '19/01/1' : '1b/01/1'] })),
      })),
      not_covered: [],
    });

  test('has its own processors, those of a known line, and its own floors', () => {
    expect(processorFacts(tableOf(['active']), NOW)).toEqual([
      { cpuid: '19/01/1', product: 'Milan', floor: { snp: 5 } },
    ]);
  });

  test('has its own bulletins, judged where one of two rows can be', () => {
    const table = tableOf(
      ['active'],
      ['no_attestable_value', 'active'],
      ['conflicting', 'retracted'],
      ['no_attestable_value', 'retracted'],
      ['no_attestable_value'],
    );
    expect(bulletinFacts(table).map(({ published, state }) => [published, state])).toEqual([
      [null, 'judged'],
      ['2025-01-01', 'judged'],
      ['2025-01-01', 'judged'],
      ['2025-01-01', 'retracted'],
      ['2025-01-01', 'silent'],
    ]);
  });
});
