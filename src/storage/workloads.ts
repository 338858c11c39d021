/** Workloads: the named things that reference values describe. */
import type { Workload, WorkloadStore } from '../verifier/ports.js';
import { pageByTime, type TimedList } from './cursor.js';
import type { Database, Row } from './database.js';
import { dateOf, firstOf, nullable, textOf } from './row.js';

const NEWEST: TimedList<Workload> = {
  table: 'workloads',
  created: 'created_at',
  key: 'name',
  read: readWorkload,
  position: (workload) => [workload.createdAt, workload.name],
};

export function workloadStore(database: Database): WorkloadStore {
  return {
    create: (tenant, name, description, now) =>
      database.transaction({ tenant }, async (tx) => {
        const { rows } = await tx.query(
          `INSERT INTO workloads (tenant, name, description, created_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING RETURNING *`,
          [tenant, name, description, now],
        );
        return firstOf(rows, readWorkload);
      }),
    get: (tenant, name) =>
      database.transaction({ tenant }, async (tx) => {
        const sql = 'SELECT * FROM workloads WHERE tenant = $1 AND name = $2';
        const { rows } = await tx.query(sql, [tenant, name]);
        return firstOf(rows, readWorkload);
      }),
    list: (tenant, page) => database.transaction({ tenant }, (tx) => pageByTime(tx, NEWEST, tenant, page)),
  };
}

function readWorkload(row: Row): Workload {
  return {
    name: textOf(row, 'name'),
    description: nullable(textOf, row, 'description'),
    createdAt: dateOf(row, 'created_at'),
  };
}
