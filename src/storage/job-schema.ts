/**
 * The tables of the job queue: pg-boss makes and migrates them itself, in a schema of their own, over the connection of
 * migrations. The service's role may read and write jobs and can make or alter nothing.
 */
import PgBoss from 'pg-boss';
import { SERVICE_ROLE, type Session } from './database.js';
import { StorageRefused } from './refused.js';

export const JOB_SCHEMA = 'pgboss';
export const REFRESH_QUEUE = 'refresh-endorsements';

/** Seconds of the database's clock after which a job that was taken and never ended is given back, and how often. */
const GIVE_BACK_AFTER = 120;
const GIVE_BACK_TIMES = 5;

/** Brackets of a script that is a transaction of its own. */
const OWN_TRANSACTION = /^\s*BEGIN;/;

/** Nothing runs by itself: no schedule, no supervision, no migration unless it is asked for. */
export const BY_HAND = { schema: JOB_SCHEMA, schedule: false, supervise: false, migrate: false } as const;

/** As the login that owns the database, outside of a transaction. May run again and again. */
export async function makeJobSchema(session: Session): Promise<void> {
  const boss = new PgBoss({ ...BY_HAND, migrate: true, db: hookOver(session) });
  await boss.start();
  await boss.createQueue(REFRESH_QUEUE, {
    name: REFRESH_QUEUE,
    // Of one document one waits. Those that are under way are told apart by `RefreshStore.begin`.
    policy: 'short',
    retryLimit: GIVE_BACK_TIMES,
    expireInSeconds: GIVE_BACK_AFTER,
  });
  await session.run(
    `GRANT USAGE ON SCHEMA ${JOB_SCHEMA} TO ${SERVICE_ROLE};
     GRANT SELECT ON ${JOB_SCHEMA}.version, ${JOB_SCHEMA}.queue TO ${SERVICE_ROLE};
     GRANT SELECT, INSERT, UPDATE, DELETE ON ${JOB_SCHEMA}.job, ${JOB_SCHEMA}.archive TO ${SERVICE_ROLE}`,
  );
}

/** In a transaction of the service. Throws StorageRefused when the tables are not those of this build. */
export async function requireJobSchema(session: Session): Promise<void> {
  const found = await session.query(`SELECT to_regclass('${JOB_SCHEMA}.version') IS NOT NULL AS there`);
  if (found.rows[0]?.there === true) {
    const boss = new PgBoss({ ...BY_HAND, db: hookOver(session) });
    const isOfBuild = await boss.start().then(
      () => true,
      (error: unknown) => {
        // What is not the database's own word is pg-boss's: another version.
        if (error instanceof Error && 'code' in error) throw error;
        return false;
      },
    );
    if (isOfBuild) return;
  }
  throw new StorageRefused(
    `The tables of the job queue (schema ${JOB_SCHEMA}) are missing or of another version. Run "assay migrate" against the database.`,
  );
}

/** What pg-boss speaks to a database through. */
function hookOver(session: Session): PgBoss.Db {
  return {
    async executeSql(text, values) {
      if (!OWN_TRANSACTION.test(text)) return { rows: [...(await session.query(text, values)).rows] };
      await session.run(text).catch(async (error: unknown) => {
        await session.run('ROLLBACK').catch(() => {});
        throw error;
      });
      return { rows: [] };
    },
  };
}
