/** Workloads: the named things that reference values describe. The service's role may not take one away. */
import { Memory } from '../bytes/memory.js';
import type { Workload, WorkloadStore } from '../verifier/reference-ports.js';
import { pageByTime, type TimedList } from './cursor.js';
import type { Database, Row } from './database.js';
import { lockEpoch, raiseEpoch } from './epoch.js';
import { dateOf, firstOf, nullable, textOf } from './row.js';

const NEWEST: TimedList<Workload> = {
  table: 'workloads',
  created: 'created_at',
  key: 'name',
  read: readWorkload,
  position: (workload) => [workload.createdAt, workload.name],
};

/** Names that are there, of all tenants. */
const REMEMBERED = { entries: 32_768, bytes: 4 * 1024 * 1024 };

/** `forget`: called where the tenant's epoch has moved. */
export function workloadStore(
  database: Database,
  forget: (tenant: string) => void = () => {},
): WorkloadStore {
  const remembered = new Memory<true>(REMEMBERED);
  return {
    async create(tenant, { name, description, policy, createdAt }) {
      const created = await database.transaction({ tenant }, async (tx) => {
        // Somebody may have named it before it was there, and it is remembered that another policy applied then.
        if (policy !== null) await lockEpoch(tx, tenant);
        const { rows } = await tx.query(
          `INSERT INTO workloads (tenant, name, description, policy, created_at) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT DO NOTHING RETURNING *`,
          [tenant, name, description, policy, createdAt],
        );
        if (policy !== null && rows.length > 0) await raiseEpoch(tx, tenant);
        return firstOf(rows, readWorkload);
      });
      if (policy !== null) forget(tenant);
      return created;
    },
    async get(tenant, name) {
      const sql = 'SELECT * FROM workloads WHERE tenant = $1 AND name = $2';
      const { rows } = await database.read({ tenant }, sql, [tenant, name]);
      return firstOf(rows, readWorkload);
    },
    async knows(tenant, name) {
      const key = `${tenant} ${name}`;
      if (remembered.recall(key) !== null) return true;
      const sql = 'SELECT FROM workloads WHERE tenant = $1 AND name = $2';
      const { count } = await database.read({ tenant }, sql, [tenant, name]);
      if (count > 0) remembered.remember(key, true, key.length);
      return count > 0;
    },
    async change(tenant, name, changes) {
      const changed = await database.transaction({ tenant }, async (tx) => {
        if (changes.policy !== undefined) await lockEpoch(tx, tenant);
        const { rows } = await tx.query(
          `UPDATE workloads SET description = CASE WHEN $3 THEN $4 ELSE description END,
               policy = CASE WHEN $5 THEN $6 ELSE policy END
            WHERE tenant = $1 AND name = $2 RETURNING *`,
          [
            tenant,
            name,
            changes.description !== undefined,
            changes.description ?? null,
            changes.policy !== undefined,
            changes.policy ?? null,
          ],
        );
        if (changes.policy !== undefined && rows.length > 0) await raiseEpoch(tx, tenant);
        return firstOf(rows, readWorkload);
      });
      forget(tenant);
      return changed;
    },
    list: (tenant, page) => database.transaction({ tenant }, (tx) => pageByTime(tx, NEWEST, tenant, page)),
  };
}

function readWorkload(row: Row): Workload {
  return {
    name: textOf(row, 'name'),
    description: nullable(textOf, row, 'description'),
    policy: nullable(textOf, row, 'policy'),
    createdAt: dateOf(row, 'created_at'),
  };
}
