import { describe, expect, test } from '@jest/globals';
import { documentKey } from '../../src/endorsements/anchored.js';
import { type CollectorParts, createCollector } from '../../src/endorsements/collect.js';
import type { EndorsementRequirement } from '../../src/rats/endorsement.js';

const LIST = { kind: 'snp-vcek-crl', subject: 'Milan' };
const AUTHORITY = { kind: 'snp-ask', subject: 'Milan' };
const LEAF = { kind: 'snp-vek', subject: 'Milan/aa/bb' };
const AT = new Date('2026-01-04T00:00:00Z');

/** A store that has the list and nothing else, and notes what it is asked. */
function storeOfList() {
  const asked: unknown[] = [];
  const listsAmong = (requirements: readonly EndorsementRequirement[]) =>
    requirements
      .filter(({ kind }) => kind === LIST.kind)
      .map((requirement) => ({ ...requirement, bytes: Uint8Array.of(1) }));
  const store: CollectorParts['store'] = {
    find: async (realm, requirements, instant) => {
      asked.push([realm, requirements, instant]);
      return listsAmong(requirements);
    },
    findStanding: async (realm, requirements, instant) => {
      asked.push([realm, requirements, instant]);
      return { epoch: 7n, documents: listsAmong(requirements), remembered: true };
    },
  };
  return { store, asked };
}

function storeThatFails(why: string): CollectorParts['store'] {
  const fail = () => Promise.reject(new Error(why));
  return { find: fail, findStanding: fail };
}

describe('the collector', () => {
  test('asks the store once for each thing, and leaves out what is not there', async () => {
    const { store, asked } = storeOfList();
    const seen: [string, string][] = [];
    const collect = createCollector({
      store,
      anchored: (realm) => new Set(realm === 'genuine' ? [documentKey(AUTHORITY)] : []),
      lookedUp: (kind, result) => seen.push([kind, result]),
    });
    const scope = { realm: 'genuine', at: AT, tense: 'now', fresh: false } as const;
    expect(await collect([LIST, LEAF, AUTHORITY, { ...LIST }], scope)).toEqual({
      documents: [{ ...LIST, bytes: Uint8Array.of(1) }],
      epoch: { realm: 'genuine', epoch: 7n },
      remembered: true,
    });
    expect(asked).toEqual([['genuine', [LIST, LEAF, AUTHORITY], { at: AT, fresh: false }]]);
    expect(seen).toEqual([
      ['snp-vcek-crl', 'found'],
      ['snp-vek', 'missing'],
      ['snp-ask', 'pinned'],
    ]);
  });

  test('what counted in the past is under no epoch, and nothing remembered', async () => {
    const { store, asked } = storeOfList();
    const collect = createCollector({ store, anchored: () => new Set(), lookedUp: () => {} });
    const scope = { realm: 'genuine', at: AT, tense: 'past', fresh: false } as const;
    expect(await collect([LIST], scope)).toEqual({
      documents: [{ ...LIST, bytes: Uint8Array.of(1) }],
      epoch: null,
      remembered: false,
    });
    expect(asked).toEqual([['genuine', [LIST], { at: AT, tense: 'past' }]]);
  });

  test('asks nobody for nothing', async () => {
    const collect = createCollector({
      store: storeThatFails('asked'),
      anchored: () => new Set(),
      lookedUp: () => {},
    });
    const nothing = { documents: [], epoch: null, remembered: false };
    expect(await collect([], { realm: 'genuine', at: AT, tense: 'now', fresh: false })).toEqual(nothing);
  });

  test('a store that fails is not an absent document', async () => {
    const collect = createCollector({
      store: storeThatFails('gone'),
      anchored: () => new Set(),
      lookedUp: () => {},
    });
    const scope = { realm: 'genuine', at: AT, tense: 'now', fresh: false } as const;
    await expect(collect([LIST], scope)).rejects.toThrow('gone');
  });
});
