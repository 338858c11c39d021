/** Which table of bulletins counts: of those that the build ships and those that the store has. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Collect } from '../../src/endorsements/collect.js';
import { withShipped } from '../../src/endorsements/shipped.js';
import type { Endorsement } from '../../src/rats/endorsement.js';
import { snpScheme } from '../../src/tee/snp/index.js';
import type { CollectScope } from '../../src/verifier/endorsement-ports.js';
import { tableAs } from '../tee/snp/bulletin-tables.js';

const TABLE = { kind: 'snp-bulletins', subject: 'amd' };
const LIST = { kind: 'snp-vcek-crl', subject: 'Milan' };
const AT = new Date('2026-11-20T12:00:00Z');
const NOW: CollectScope = { realm: 'genuine', at: AT, tense: 'now', fresh: false };
const SHIPPED = snpScheme.vouched?.shipped[0];

function collecting(...kept: readonly Uint8Array[]): Collect {
  const found: Endorsement[] = kept.map((bytes) => ({ ...TABLE, bytes }));
  const documents = [{ ...LIST, bytes: Uint8Array.of(1) }, ...found];
  return withShipped(async () => ({ documents, epoch: null, remembered: false }), [snpScheme]);
}

async function countingOf(
  collect: Collect,
  scope: Partial<CollectScope> = {},
): Promise<readonly Uint8Array[]> {
  const { documents: all } = await collect([LIST, TABLE], { ...NOW, ...scope });
  expect(all.filter(({ kind }) => kind === LIST.kind)).toHaveLength(1);
  return all.filter(({ kind }) => kind === TABLE.kind).map(({ bytes }) => bytes);
}

describe('the table that counts', () => {
  test('is the shipped one where none is kept, or one of an earlier month', async () => {
    expect(await countingOf(collecting())).toEqual([SHIPPED?.bytes]);
    expect(await countingOf(collecting(tableAs('2026-10')))).toEqual([SHIPPED?.bytes]);
  });

  test('is a kept one of a later revision, once it has begun', async () => {
    const [later, future] = [tableAs('2026-11.1'), tableAs('2027-01')];
    expect(await countingOf(collecting(later))).toEqual([later]);
    expect(await countingOf(collecting(future))).toEqual([SHIPPED?.bytes]);
    expect(await countingOf(collecting(future), { at: new Date('2027-01-01T00:00:00Z') })).toEqual([future]);
  });

  test('is the shipped one where a kept one cannot be read', async () => {
    const strange = new Uint8Array(Buffer.from('{"revision":"2026-12"}'));
    expect(await countingOf(collecting(strange))).toEqual([SHIPPED?.bytes]);
  });

  test('is that of then for a past instant, and none before any began', async () => {
    const old = tableAs('2026-03');
    const then = { at: new Date('2026-06-01T00:00:00Z'), tense: 'past' } as const;
    expect(await countingOf(collecting(old), then)).toEqual([old]);
    expect(await countingOf(collecting(), then)).toEqual([]);
    expect(await countingOf(collecting(old), { ...then, at: new Date('2026-02-28T00:00:00Z') })).toEqual([]);
  });

  test('is never an older one, in whatever order they are kept', async () => {
    const revision = fc
      .tuple(
        fc.integer({ min: 2025, max: 2026 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 3 }),
      )
      .map(([year, month, further]) => {
        const name = `${year}-${String(month).padStart(2, '0')}`;
        return further === 0 ? name : `${name}.${further}`;
      });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(revision, { maxLength: 5 }), async (revisions) => {
        const begun = [...revisions, '2026-11'].filter((name) => name.slice(0, 7) <= '2026-11');
        const [counting] = await countingOf(collecting(...revisions.map((name) => tableAs(name))));
        const read = JSON.parse(Buffer.from(counting ?? []).toString()) as { readonly revision: string };
        expect(read.revision).toBe(begun.sort().at(-1));
      }),
      { numRuns: 100 },
    );
  });

  test('is not looked for where no evidence asks for it', async () => {
    const collect = withShipped(async () => ({ documents: [], epoch: null, remembered: false }), [snpScheme]);
    expect((await collect([LIST], NOW)).documents).toEqual([]);
  });
});
