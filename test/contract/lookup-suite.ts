/** Looking reference values up by what evidence measured. */
import { describe, expect, test } from '@jest/globals';
import { lookUp } from '../../src/storage/reference-lookup.js';
import { copyWorkload, makeBench, rowsRead } from './reference-bench.js';
import { minutesLater, NOW, randomHex, sampleReference } from './samples.js';
import type { Opened } from './storage-suite.js';

/** What one look-up may read: a few index entries and versions of two workloads. */
const MOST_ROWS = 24;

export function describeLookup(opened: Opened): void {
  describe('reference look-up', () => {
    test('finds what matches in every field, whatever set of fields is used', async () => {
      const { register, found } = await makeBench(opened());
      const [measurement, host_data, other] = [randomHex(48), randomHex(32), randomHex(32)];
      await register('by-measurement', sampleReference({ measurement }));
      await register('by-both', sampleReference({ measurement, host_data: [other, host_data] }));
      await register('by-other', sampleReference({ measurement, host_data: other, image_id: randomHex(16) }));
      const fields = { measurement, host_data, image_id: randomHex(16), family_id: randomHex(16) };
      expect(await found(fields)).toEqual(['by-both 1', 'by-measurement 1']);
      expect(await found({ ...fields, host_data: randomHex(32) })).toEqual(['by-measurement 1']);
      expect(await found({ ...fields, measurement: randomHex(48) })).toEqual([]);
      expect(await found({ host_data })).toEqual([]);
      expect(await found(fields, { tee: 'tdx' })).toEqual([]);
      expect(await found(fields, { workloads: ['by-both', 'by-both', 'nobody'] })).toEqual(['by-both 1']);
      expect(await found(fields, { workloads: [] })).toEqual([]);
    });

    test('values of two fields do not stand in for each other', async () => {
      const { register, found } = await makeBench(opened());
      const [measurement, a, b] = [randomHex(48), randomHex(48), randomHex(48)];
      await register('llm', sampleReference({ measurement, id_key_digest: a, author_key_digest: b }));
      expect(await found({ measurement, id_key_digest: a, author_key_digest: b })).toEqual(['llm 1']);
      expect(await found({ measurement, id_key_digest: b, author_key_digest: a })).toEqual([]);
    });

    test('finds active versions only, in their window, newest first', async () => {
      const { stores, tenant, register, found } = await makeBench(opened());
      const measurement = randomHex(48);
      const window = { notBefore: minutesLater(10), notAfter: minutesLater(20) };
      await register('llm', sampleReference({ measurement }), NOW);
      await register('llm', sampleReference({ measurement }), minutesLater(1));
      await register('llm', sampleReference({ measurement }, { activate: false }));
      await register('llm', sampleReference({ measurement }, window), minutesLater(2));
      const fields = { measurement };
      expect(await found(fields)).toEqual(['llm 2', 'llm 1']);
      expect(await found(fields, { at: minutesLater(9) })).toEqual(['llm 2', 'llm 1']);
      expect(await found(fields, { at: minutesLater(10) })).toEqual(['llm 4', 'llm 2', 'llm 1']);
      expect(await found(fields, { at: minutesLater(20) })).toEqual(['llm 4', 'llm 2', 'llm 1']);
      expect(await found(fields, { at: minutesLater(21) })).toEqual(['llm 2', 'llm 1']);
      await stores.referenceValues.transition(tenant, 'llm', 2, 'retired', null, NOW);
      expect(await found(fields)).toEqual(['llm 1']);
      await stores.referenceValues.transition(tenant, 'llm', 1, 'revoked', 'bad', NOW);
      expect(await found(fields)).toEqual([]);
    });

    test('a field set that is used again after its last version left is found', async () => {
      const { stores, tenant, register, found } = await makeBench(opened());
      const fields = { measurement: randomHex(48), host_data: randomHex(32) };
      await register('llm', sampleReference(fields));
      await stores.referenceValues.transition(tenant, 'llm', 1, 'retired', null, NOW);
      expect(await found(fields)).toEqual([]);
      await register('llm', sampleReference(fields));
      expect(await found(fields)).toEqual(['llm 2']);
    });

    test.each([
      ['that all share a measurement', 'shared'],
      ['when one that has a name is asked for', 'named'],
    ] as const)('reads a handful of rows among a thousand workloads, %s', async (_, asked) => {
      const engine = opened();
      const measurement = randomHex(48);
      const workloads = asked === 'named' ? ['b', 'nobody'] : null;
      const fields = { measurement: measurement };
      const bench = await makeBench(engine);
      for (const name of ['a', 'b', 'c']) await bench.register(name, sampleReference({ measurement }));
      await copyWorkload(engine, bench.tenant, 'a', 1000);
      const query = { tenant: bench.tenant, tee: 'sev-snp', fields, workloads, at: NOW } as const;
      const found = await bench.found(fields, { workloads });
      expect(found).toEqual({ shared: ['a 1', 'b 1'], named: ['b 1'] }[asked]);
      const read = await rowsRead(engine, query.tenant, (tx) => lookUp(tx, query));
      expect(read).toBeGreaterThan(0);
      expect(read).toBeLessThanOrEqual(MOST_ROWS);
      // A miss costs its probes alone.
      const miss = { ...query, fields: { measurement: randomHex(48) } };
      expect(await rowsRead(engine, query.tenant, (tx) => lookUp(tx, miss))).toBe(0);
    });
  });
}
