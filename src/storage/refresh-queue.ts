/**
 * The queue of documents to renew: jobs of pg-boss, each statement in a transaction under the service's role, on both
 * engines. Its own workers, schedule and clock are not used: what is due is decided elsewhere, by the service's clock.
 */
import PgBoss from 'pg-boss';
import type { RefreshJob, RefreshQueue, RefreshTask } from '../verifier/refresh-ports.js';
import type { Database } from './database.js';
import { BY_HAND, REFRESH_QUEUE } from './job-schema.js';
import { dateOf, textOf, wordOf } from './row.js';

/** Days after which what ended, and what nobody ever took, is cleared away. */
const KEPT = { archiveCompletedAfterSeconds: 24 * 3600, deleteAfterDays: 7, retentionDays: 1 } as const;

export function refreshQueue(database: Database): RefreshQueue {
  const boss = new PgBoss({ ...BY_HAND, ...KEPT, db: hookOver(database) });
  const takeJobs = boss.fetch.bind(boss);
  return {
    async offer(tasks) {
      if (tasks.length === 0) return;
      await boss.insert(
        tasks.map((task) => ({ name: REFRESH_QUEUE, data: writeTask(task), singletonKey: keyOf(task) })),
      );
    },
    take: async (limit) =>
      (await takeJobs(REFRESH_QUEUE, { batchSize: limit })).map(({ id, data }) => readJob(id, data)),
    done: async (id) => void (await boss.complete(REFRESH_QUEUE, id)),
    maintain: () => boss.maintain(),
  };
}

function keyOf({ realm, kind, subject }: RefreshTask): string {
  return JSON.stringify([realm, kind, subject]);
}

function writeTask({ realm, kind, subject, dueSince }: RefreshTask): object {
  return { realm, kind, subject, due_since: dueSince.toISOString() };
}

function readJob(id: string, data: unknown): RefreshJob {
  if (typeof data !== 'object' || data === null) throw new TypeError('a job says which document it is for');
  const row = { ...data };
  const dueSince = new Date(textOf(row, 'due_since'));
  return {
    id,
    task: {
      realm: wordOf(row, 'realm', ['genuine', 'simulated']),
      kind: textOf(row, 'kind'),
      subject: textOf(row, 'subject'),
      dueSince: dateOf({ dueSince }, 'dueSince'),
    },
  };
}

/** The brackets of a script that would be a transaction of its own; here it is in one already. */
const BRACKETS = ['BEGIN', 'COMMIT'];

function hookOver(database: Database): PgBoss.Db {
  return {
    executeSql: (text, values: readonly unknown[] | undefined) =>
      database.transaction({ tenant: null }, async (tx) => {
        if (values !== undefined) return { rows: [...(await tx.query(text, values.map(orNull))).rows] };
        for (const statement of statementsOf(text)) await tx.query(statement);
        return { rows: [] };
      }),
  };
}

/** A script's statements; those of maintenance have no semicolon within. */
function statementsOf(script: string): readonly string[] {
  return script
    .split(/;\s*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '' && !BRACKETS.includes(statement));
}

function orNull(value: unknown): unknown {
  return value === undefined ? null : value;
}
