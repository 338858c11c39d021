import { describe, expect, test } from '@jest/globals';
import { documentKey } from '../../src/endorsements/anchored.js';
import { createCollector } from '../../src/endorsements/collect.js';

const LIST = { kind: 'snp-vcek-crl', subject: 'Milan' };
const AUTHORITY = { kind: 'snp-ask', subject: 'Milan' };
const LEAF = { kind: 'snp-vek', subject: 'Milan/aa/bb' };

describe('the collector', () => {
  test('asks the store once for each thing, and leaves out what is not there', async () => {
    const asked: unknown[] = [];
    const seen: [string, string][] = [];
    const collect = createCollector({
      store: {
        find: async (realm, requirements, instant) => {
          asked.push([realm, requirements, instant]);
          return requirements
            .filter(({ kind }) => kind === LIST.kind)
            .map((requirement) => ({ ...requirement, bytes: Uint8Array.of(1) }));
        },
      },
      anchored: (realm) => new Set(realm === 'genuine' ? [documentKey(AUTHORITY)] : []),
      lookedUp: (kind, result) => seen.push([kind, result]),
    });
    const at = new Date('2026-01-04T00:00:00Z');
    const set = await collect([LIST, LEAF, AUTHORITY, { ...LIST }], { realm: 'genuine', at, tense: 'past' });
    expect(set).toEqual([{ ...LIST, bytes: Uint8Array.of(1) }]);
    expect(asked).toEqual([['genuine', [LIST, LEAF, AUTHORITY], { at, tense: 'past' }]]);
    expect(seen).toEqual([
      ['snp-vcek-crl', 'found'],
      ['snp-vek', 'missing'],
      ['snp-ask', 'pinned'],
    ]);
  });

  test('asks nobody for nothing', async () => {
    const collect = createCollector({
      store: { find: () => Promise.reject(new Error('asked')) },
      anchored: () => new Set(),
      lookedUp: () => {},
    });
    expect(await collect([], { realm: 'genuine', at: new Date(0), tense: 'now' })).toEqual([]);
  });

  test('a store that fails is not an absent document', async () => {
    const collect = createCollector({
      store: { find: () => Promise.reject(new Error('gone')) },
      anchored: () => new Set(),
      lookedUp: () => {},
    });
    await expect(collect([LIST], { realm: 'genuine', at: new Date(0), tense: 'now' })).rejects.toThrow(
      'gone',
    );
  });
});
