/** What policies are held against: processors with their floors, and which bulletins can be judged. */
import { describe, expect, test } from '@jest/globals';
import document from '../../../src/tee/snp/bulletins.json' with { type: 'json' };
import { bulletinFacts, processorFacts } from '../../../src/tee/snp/vendor-facts.js';
import { NOW, PROCESSORS } from './sample-report.js';

describe('processors', () => {
  test('are those of the table, each of a product line', () => {
    const facts = processorFacts(NOW);
    expect(facts.map(({ cpuid }) => cpuid)).toEqual(PROCESSORS);
    expect(facts.map(({ product }) => product)).toEqual([
      ...['Milan', 'Milan', 'Genoa', 'Genoa', 'Genoa', 'Turin', 'Turin'],
    ]);
  });

  test('have the floors of the instant', () => {
    const floorAt = (at: string) =>
      processorFacts(new Date(at)).find(({ cpuid }) => cpuid === '19/01/1')?.floor;
    // AMD-SB-3002 has no date, AMD-SB-3005 was published on the 14th.
    expect(floorAt('2023-11-13T00:00:00Z')).toEqual({ bootloader: 3, microcode: 0xa9 });
    expect(floorAt('2023-11-14T00:00:00Z')).toEqual({ bootloader: 3, microcode: 0xd1 });
  });
});

describe('bulletins', () => {
  const factOf = (id: string) => bulletinFacts().find((one) => one.id === id);

  test('are those of the table that have rows, each once', () => {
    const ids = document.bulletins.filter(({ rows }) => rows.length > 0).map(({ id }) => id);
    expect(bulletinFacts().map(({ id }) => id)).toEqual(ids);
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
    const facts = bulletinFacts();
    expect(facts.map(({ id, state }) => [id, state])).toEqual(expected);
    expect(new Set(facts.map(({ state }) => state))).toEqual(new Set(['judged', 'retracted', 'silent']));
  });
});
