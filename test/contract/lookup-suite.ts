/** Looking reference values up by what evidence measured. */
import { describe, expect, test } from '@jest/globals';
import type { Transaction } from '../../src/storage/database.js';
import { lookUp } from '../../src/storage/reference-lookup.js';
import type { NewReferenceVersion, ReferenceFinding, ReferenceLookup } from '../../src/verifier/ports.js';
import type { Engine } from './engine.js';
import { makeTenant, minutesLater, NOW, randomHex, sampleReference } from './samples.js';
import type { Opened } from './storage-suite.js';

/** What one look-up may read: a few index entries and versions of two workloads, or eight to explain by. */
const MOST_ROWS = 24;

interface Asked {
  readonly workloads?: readonly string[] | null;
  readonly at?: Date;
  readonly tee?: 'sev-snp' | 'tdx';
}

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

    test('explains by the newest active versions when nothing matches', async () => {
      const { register, ask } = await makeBench(opened());
      for (let index = 0; index < 10; index += 1) {
        await register('llm', sampleReference({ measurement: randomHex(48) }), minutesLater(index));
      }
      await register('other', sampleReference({ measurement: randomHex(48) }), minutesLater(30));
      await register('other', sampleReference({ measurement: randomHex(48) }, { activate: false }));
      const measurement = randomHex(48);
      const anywhere = await ask({ measurement });
      expect(anywhere.matching).toEqual([]);
      const newest = ['other 1', 'llm 10', 'llm 9', 'llm 8', 'llm 7', 'llm 6', 'llm 5', 'llm 4'];
      expect(namesOf(anywhere.nearest)).toEqual(newest);
      const within = await ask({ measurement }, { workloads: ['other', 'nobody'] });
      expect(namesOf(within.nearest)).toEqual(['other 1']);
    });

    test.each([
      ['that all share a measurement', 'shared'],
      ['when nothing of theirs matches', 'unknown'],
      ['when one that has a name is asked for', 'named'],
    ] as const)('reads a handful of rows among a thousand workloads, %s', async (_, asked) => {
      const engine = opened();
      const measurement = randomHex(48);
      const workloads = asked === 'named' ? ['b', 'nobody'] : null;
      const fields = { measurement: asked === 'unknown' ? randomHex(48) : measurement };
      const bench = await makeBench(engine);
      for (const name of ['a', 'b', 'c']) await bench.register(name, sampleReference({ measurement }));
      await copyWorkload(engine, bench.tenant, 'a', 1000);
      const query = { tenant: bench.tenant, tee: 'sev-snp', fields, workloads, at: NOW } as const;
      const found = await bench.found(fields, { workloads });
      expect(found).toEqual({ shared: ['a 1', 'b 1'], unknown: [], named: ['b 1'] }[asked]);
      const read = await rowsRead(engine, query);
      expect(read).toBeGreaterThan(0);
      expect(read).toBeLessThanOrEqual(MOST_ROWS);
    });
  });
}

async function makeBench(engine: Engine) {
  const { stores } = engine;
  const tenant = await makeTenant(stores);
  const ask = (fields: Readonly<Record<string, string>>, asked: Asked = {}): Promise<ReferenceFinding> =>
    stores.referenceValues.lookup({
      tenant,
      tee: asked.tee ?? 'sev-snp',
      fields,
      workloads: asked.workloads ?? null,
      at: asked.at ?? NOW,
    });
  return {
    stores,
    tenant,
    ask,
    async register(name: string, value: NewReferenceVersion, now = NOW): Promise<void> {
      await stores.workloads.create(tenant, name, null, NOW);
      expect(await stores.referenceValues.create(tenant, name, value, now)).not.toBeNull();
    },
    found: async (fields: Readonly<Record<string, string>>, asked: Asked = {}): Promise<readonly string[]> =>
      namesOf((await ask(fields, asked)).matching),
  };
}

function namesOf(values: ReferenceFinding['matching']): readonly string[] {
  return values.map(({ workload, version }) => `${workload} ${version}`);
}

/** More workloads with the same active version, behind the stores' back because it is quicker. */
async function copyWorkload(engine: Engine, tenant: string, name: string, copies: number): Promise<void> {
  const names = `SELECT 'copy-' || n AS copy FROM generate_series(1, ${copies}) AS n`;
  const columns = (text: string): string => `INSERT INTO ${text} WHERE tenant = $1 AND `;
  const values = [tenant, name];
  await engine.administer(
    `${columns(`workloads SELECT tenant, copy, description, created_at FROM workloads, (${names}) AS c`)} name = $2`,
    values,
  );
  await engine.administer(
    `${columns(`reference_values SELECT tenant, copy, version, state, tee, covers, match, not_before, not_after,
       provenance, labels, created_at, changed_at, reason FROM reference_values, (${names}) AS c`)} workload = $2`,
    values,
  );
  await engine.administer(
    `${columns(`reference_value_index SELECT tenant, tee, digest, copy, version, fields, not_before, not_after
       FROM reference_value_index, (${names}) AS c`)} workload = $2`,
    values,
  );
  await engine.administer('ANALYZE reference_value_index');
  await engine.administer('ANALYZE reference_values');
}

/** Rows that one look-up reads from the tables whose size depends on the number of workloads. */
async function rowsRead(engine: Engine, query: ReferenceLookup): Promise<number> {
  return engine.database.transaction({ tenant: query.tenant }, async (tx) => {
    // The counters are the connection's, and may still hold what earlier transactions read.
    const before = await readCounters(tx);
    await lookUp(tx, query);
    return (await readCounters(tx)) - before;
  });
}

async function readCounters(tx: Transaction): Promise<number> {
  const { rows } = await tx.query(
    `SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::integer AS read
       FROM pg_stat_xact_user_tables
      WHERE relname IN ('workloads', 'reference_values', 'reference_value_index')`,
  );
  return Number(rows[0]?.read);
}
