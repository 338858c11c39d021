import { describe, expect, test } from '@jest/globals';
import { createCollector } from '../../src/endorsements/collect.js';

const LIST = { kind: 'snp-vcek-crl', subject: 'Milan' };
const LEAF = { kind: 'snp-vek', subject: 'Milan/aa/bb' };

describe('the collector', () => {
  test('asks the store once for each thing, and leaves out what is not there', async () => {
    const asked: unknown[] = [];
    const seen: [string, boolean][] = [];
    const collect = createCollector(
      {
        find: async (realm, requirement, instant) => {
          asked.push([realm, requirement, instant]);
          return requirement.kind === LIST.kind ? { ...requirement, bytes: Uint8Array.of(1) } : null;
        },
      },
      (kind, found) => seen.push([kind, found]),
    );
    const at = new Date('2026-01-04T00:00:00Z');
    const set = await collect([LIST, LEAF, { ...LIST }], { realm: 'genuine', at, tense: 'past' });
    expect(set).toEqual([{ ...LIST, bytes: Uint8Array.of(1) }]);
    expect(asked).toEqual([
      ['genuine', LIST, { at, tense: 'past' }],
      ['genuine', LEAF, { at, tense: 'past' }],
    ]);
    expect(seen).toEqual([
      ['snp-vcek-crl', true],
      ['snp-vek', false],
    ]);
  });

  test('a store that fails is not an absent document', async () => {
    const collect = createCollector({ find: () => Promise.reject(new Error('gone')) }, () => {});
    await expect(collect([LIST], { realm: 'genuine', at: new Date(0), tense: 'now' })).rejects.toThrow(
      'gone',
    );
  });
});
