/** Registered versions to look up, many of them where it matters, and what a look-up reads. */
import { expect } from '@jest/globals';
import type { ReferenceValue } from '../../src/rats/reference-value.js';
import type { Transaction } from '../../src/storage/database.js';
import type { NewReferenceVersion, ReferenceLookup } from '../../src/verifier/reference-ports.js';
import type { Engine } from './engine.js';
import { makeTenant, NOW, sampleWorkload } from './samples.js';

interface Asked {
  readonly workloads?: readonly string[] | null;
  readonly at?: Date;
  readonly tee?: 'sev-snp' | 'tdx';
}

export async function makeBench(engine: Engine) {
  const { stores } = engine;
  const tenant = await makeTenant(stores);
  const queryOf = (fields: Readonly<Record<string, string>>, asked: Asked = {}): ReferenceLookup => ({
    tenant,
    tee: asked.tee ?? 'sev-snp',
    fields,
    workloads: asked.workloads ?? null,
    at: asked.at ?? NOW,
  });
  return {
    stores,
    tenant,
    queryOf,
    async register(name: string, value: NewReferenceVersion, now = NOW): Promise<void> {
      await stores.workloads.create(tenant, sampleWorkload(name));
      expect(await stores.referenceValues.create(tenant, name, value, now)).not.toBeNull();
    },
    found: async (fields: Readonly<Record<string, string>>, asked: Asked = {}): Promise<readonly string[]> =>
      namesOf((await stores.referenceValues.lookup(queryOf(fields, asked))).matching),
  };
}

export function namesOf(values: readonly ReferenceValue[]): readonly string[] {
  return values.map(({ workload, version }) => `${workload} ${version}`);
}

/** More workloads with the same active version, behind the stores' back because it is quicker. */
export async function copyWorkload(
  engine: Engine,
  tenant: string,
  name: string,
  copies: number,
  version = 1,
): Promise<void> {
  const names = `(SELECT 'copy-' || n AS copy FROM generate_series(1, ${copies}) AS n) AS c`;
  await engine.administer(
    `INSERT INTO workloads SELECT tenant, copy, description, created_at FROM workloads, ${names}
      WHERE tenant = $1 AND name = $2`,
    [tenant, name],
  );
  await copyRows(engine, [tenant, name, version], { from: names, workload: 'copy', version: 'version' });
}

/** More versions of the same values, each a minute younger. */
export async function copyVersion(
  engine: Engine,
  tenant: string,
  name: string,
  version: number,
  copies: number,
): Promise<void> {
  const from = `generate_series(${version + 1}, ${version + copies}) AS c (n)`;
  await copyRows(engine, [tenant, name, version], { from, workload: 'workload', version: 'n' });
}

interface Copies {
  readonly from: string;
  readonly workload: string;
  readonly version: string;
}

async function copyRows(
  engine: Engine,
  values: readonly [string, string, number],
  { from, workload, version }: Copies,
): Promise<void> {
  const ofOne = 'WHERE tenant = $1 AND workload = $2 AND version = $3';
  const later = version === 'n' ? "created_at + n * interval '1 minute'" : 'created_at';
  // Each foreign key is looked up in the table before it, for which the planner needs to know its size.
  for (const [table, statement] of [
    [
      'reference_values',
      `INSERT INTO reference_values SELECT tenant, ${workload}, ${version}, state, tee, covers, match, not_before,
       not_after, provenance, labels, ${later}, changed_at, reason FROM reference_values, ${from} ${ofOne}`,
    ],
    [
      'reference_value_index',
      `INSERT INTO reference_value_index SELECT tenant, tee, digest, ${workload}, ${version}, fields, not_before,
       not_after FROM reference_value_index, ${from} ${ofOne}`,
    ],
    [
      'reference_value_traits',
      `INSERT INTO reference_value_traits SELECT tenant, digest, whole, ${workload}, ${version}, ${later}
       FROM reference_value_traits, ${from} ${ofOne}`,
    ],
  ] as const) {
    await engine.administer(statement, values);
    await engine.administer(`ANALYZE ${table}`);
  }
}

/** Rows that `work` reads from the tables whose size depends on the number of workloads. */
export async function rowsRead(
  engine: Engine,
  tenant: string,
  work: (tx: Transaction) => Promise<unknown>,
): Promise<number> {
  return engine.database.transaction({ tenant }, async (tx) => {
    // The counters are the connection's, and may still hold what earlier transactions read.
    const before = await readCounters(tx);
    await work(tx);
    return (await readCounters(tx)) - before;
  });
}

async function readCounters(tx: Transaction): Promise<number> {
  const { rows } = await tx.query(
    `SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::integer AS read
       FROM pg_stat_xact_user_tables
      WHERE relname IN ('workloads', 'reference_values', 'reference_value_index', 'reference_value_traits')`,
  );
  return Number(rows[0]?.read);
}
