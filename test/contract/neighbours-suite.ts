/** Versions to explain a miss by: in whatever state, nearest found, and never more work for more of them. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { Neighbour } from '../../src/rats/reference-value.js';
import { findNeighbours } from '../../src/storage/reference-neighbours.js';
import type { ReferenceLookup } from '../../src/verifier/reference-ports.js';
import type { Engine } from './engine.js';
import { copyVersion, copyWorkload, makeBench, namesOf, rowsRead } from './reference-bench.js';
import { minutesLater, NOW, randomHex, sampleReference } from './samples.js';
import type { Opened } from './storage-suite.js';

/** Sixteen of each trait at most, here of four traits, as index entries and as versions. */
const MOST_ROWS = 2 * 4 * 16;

export function describeNeighbours(opened: Opened): void {
  describe('versions to explain a miss by', () => {
    test('come in whatever state, with its date and reason, and never as a match', async () => {
      const { stores, tenant, register, queryOf } = await makeBench(opened());
      const fields = { measurement: randomHex(48), host_data: randomHex(32) };
      const { measurement } = fields;
      const like = { measurement, host_data: randomHex(32) };
      await register('llm', sampleReference(like), NOW);
      await register('llm', sampleReference(like), minutesLater(1));
      await register('llm', sampleReference(like), minutesLater(2));
      await register('llm', sampleReference(fields, { activate: false }), minutesLater(3));
      const values = stores.referenceValues;
      await values.transition(tenant, 'llm', 1, 'retired', null, minutesLater(5));
      await values.transition(tenant, 'llm', 2, 'revoked', 'a hole', minutesLater(6));
      const query = queryOf(fields);
      expect((await values.lookup(query)).matching).toEqual([]);
      const found = await values.neighbours(query);
      expect(found.map(({ value, standing }) => [value.version, standing])).toEqual([
        [4, { state: 'draft' }],
        [3, { state: 'active' }],
        [2, { state: 'revoked', since: minutesLater(6), reason: 'a hole' }],
        [1, { state: 'retired', since: minutesLater(5) }],
      ]);
      expect(found[0]?.value).toMatchObject({ workload: 'llm', match: { measurement: [measurement] } });
    });

    test('are those of the workloads and the TEE asked for, of this tenant only', async () => {
      const engine = opened();
      const { stores, register, queryOf } = await makeBench(engine);
      const other = await makeBench(engine);
      const fields = { measurement: randomHex(48) };
      for (const name of ['a', 'b']) await register(name, sampleReference(fields), NOW);
      await other.register('c', sampleReference(fields), NOW);
      const found = async (query: ReferenceLookup) =>
        neighbourNames(await stores.referenceValues.neighbours(query));
      expect(await found(queryOf(fields))).toEqual(['a 1', 'b 1']);
      expect(await found(queryOf(fields, { workloads: ['b', 'b', 'nobody'] }))).toEqual(['b 1']);
      expect(await found(queryOf(fields, { workloads: [] }))).toEqual([]);
      expect(await found(queryOf(fields, { tee: 'tdx' }))).toEqual([]);
    });

    test('an old version that matches wholly is found behind many that share a field', async () => {
      const engine = opened();
      const { stores, tenant, register, queryOf } = await makeBench(engine);
      const fields = { measurement: randomHex(48), host_data: randomHex(32) };
      const { measurement } = fields;
      await register('llm', sampleReference({ measurement }), NOW);
      await register('llm', sampleReference({ measurement, host_data: randomHex(32) }), minutesLater(1));
      await copyVersion(engine, tenant, 'llm', 2, 200);
      await stores.referenceValues.transition(tenant, 'llm', 1, 'retired', null, minutesLater(9));
      for (const workloads of [null, ['llm']]) {
        const found = await stores.referenceValues.neighbours(queryOf(fields, { workloads }));
        expect(neighbourNames(found)).toContain('llm 1');
        expect(found.length).toBeLessThanOrEqual(3 * 16);
      }
    });

    test('that name events by the thousand are read up to a size, the newest first', async () => {
      const { stores, register, queryOf } = await makeBench(opened());
      const measurement = randomHex(48);
      for (let index = 0; index < 14; index += 1) {
        const large = sampleReference({ measurement, host_data: randomHex(100_000) }, { activate: false });
        await register('llm', large, minutesLater(index));
      }
      const found = await stores.referenceValues.neighbours(
        queryOf({ measurement, host_data: randomHex(32) }),
      );
      expect(found.length).toBeLessThan(14);
      expect(neighbourNames(found).slice(0, 3)).toEqual(['llm 14', 'llm 13', 'llm 12']);
    });

    test('where none shares anything are the newest', async () => {
      const { stores, register, queryOf } = await makeBench(opened());
      for (let index = 0; index < 20; index += 1) {
        await register(
          'llm',
          sampleReference({ measurement: randomHex(48) }, { activate: false }),
          minutesLater(index),
        );
      }
      await register('other', sampleReference({ measurement: randomHex(48) }), minutesLater(30));
      const fields = { measurement: randomHex(48) };
      const anywhere = await stores.referenceValues.neighbours(queryOf(fields));
      const newest = Array.from({ length: 15 }, (_, index) => `llm ${20 - index}`);
      expect(neighbourNames(anywhere)).toEqual(['other 1', ...newest]);
      const named = await stores.referenceValues.neighbours(
        queryOf(fields, { workloads: ['llm', 'nobody'] }),
      );
      expect(neighbourNames(named)).toEqual([...newest, 'llm 5']);
    });

    test('versions from before there were traits get those that the store would give them', async () => {
      const engine = opened();
      const { tenant, register } = await makeBench(engine);
      const list = (count: number, bytes: number) => Array.from({ length: count }, () => randomHex(bytes));
      await register('llm', sampleReference({ measurement: list(3, 48), host_data: list(2, 32) }));
      await register('llm', sampleReference({ measurement: randomHex(48) }, { activate: false }));
      await register('llm', sampleReference({ image_id: list(2, 16), measurement: randomHex(48) }));
      const before = await traitsOf(engine, tenant);
      // Combinations, single values, the TEE: 6 + 5 + 1, 1 + 1 + 1 and 2 + 3 + 1; and a set of fields each.
      expect(before.length).toBe(21 + 3);
      for (const table of ['reference_value_traits', 'reference_trait_sets']) {
        await engine.administer(`DELETE FROM ${table} WHERE tenant = $1`, [tenant]);
      }
      expect(await traitsOf(engine, tenant)).toEqual([]);
      const migration = await readFile('migrations/0007_explanations.sql', 'utf8');
      await engine.administer(/^DO \$traits\$.*^\$traits\$/msu.exec(migration)?.[0] ?? '');
      expect(await traitsOf(engine, tenant)).toEqual(before);
    });

    test('reads a handful of rows among ten thousand workloads and hundreds of versions', async () => {
      const engine = opened();
      const { tenant, register, queryOf } = await makeBench(engine);
      const measurement = randomHex(48);
      await register('a', sampleReference({ measurement, host_data: randomHex(32) }));
      await copyVersion(engine, tenant, 'a', 1, 500);
      await copyWorkload(engine, tenant, 'a', 10_000);
      const host_data = randomHex(32);
      for (const query of [
        queryOf({ measurement, host_data }),
        queryOf({ measurement, host_data }, { workloads: ['a'] }),
        queryOf({ measurement: randomHex(48), host_data }),
        queryOf({ measurement: randomHex(48), host_data }, { workloads: ['a'] }),
      ]) {
        let found: readonly Neighbour[] = [];
        const read = await rowsRead(engine, tenant, async (tx) => {
          found = await findNeighbours(tx, query);
        });
        expect(found.length).toBeGreaterThan(0);
        expect(read).toBeGreaterThan(0);
        expect(read).toBeLessThanOrEqual(MOST_ROWS);
      }
    }, 60_000);
  });
}

function neighbourNames(found: readonly Neighbour[]): readonly string[] {
  return namesOf(found.map(({ value }) => value));
}

async function traitsOf(engine: Engine, tenant: string): Promise<readonly string[]> {
  const rows = await engine.administer(
    `SELECT concat_ws(' ', workload, version, whole, encode(digest, 'hex'), created_at) AS line
       FROM reference_value_traits WHERE tenant = $1
     UNION ALL SELECT concat_ws(' ', tee, fields) FROM reference_trait_sets WHERE tenant = $1`,
    [tenant],
  );
  return rows.map((row) => String(row.line)).sort();
}
