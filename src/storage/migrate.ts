/** Runs the SQL files of migrations/ on either engine. Several processes may do so at once. */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import type { ClientBase } from 'pg';
import { lockNumber } from './advisory-lock.js';
import { MIGRATIONS_TABLE, SERVICE_ROLE, type Session } from './database.js';
import { readDatabaseUrl } from './database-url.js';
import { recordIssuer } from './deployment.js';
import { makeJobSchema } from './job-schema.js';
import { withSession } from './pg.js';
import { openPglite } from './pglite.js';
import { StorageRefused } from './refused.js';
import { booleanOf, textOf } from './row.js';
import { sqlState } from './unavailable.js';

/** Beside src/ in the sources, beside the built output's folder in a package. */
const DIRECTORY = fileURLToPath(new URL('../../../migrations/', import.meta.url));
const INSUFFICIENT_PRIVILEGE = '42501';

export interface MigrationOptions {
  /** Records another issuer for this database: tokens of the old one stop verifying. */
  readonly changeIssuer?: string | undefined;
}

/**
 * Brings the database to this build's schema and returns the names of the files that ran. Uses a connection
 * of its own, whose login must own the database. Throws StorageRefused when it cannot be done.
 */
export async function migrateDatabase(
  url: string,
  log: (line: string) => void = () => {},
  options: MigrationOptions = {},
): Promise<readonly string[]> {
  const address = readDatabaseUrl(url);
  const work = (session: Session): Promise<readonly string[]> => migrateSession(session, log, options);
  if (address.engine === 'postgres') return withSession(address.url, work);
  const database = await openPglite(address.directory);
  try {
    return await database.administer(work);
  } finally {
    await database.close();
  }
}

/** The same on a connection that is open already, outside of a transaction. */
export async function migrateSession(
  session: Session,
  log: (line: string) => void = () => {},
  options: MigrationOptions = {},
): Promise<readonly string[]> {
  const lock = lockNumber('migrations');
  await session.query('SELECT pg_advisory_lock($1::bigint)', [lock]);
  try {
    await makeServiceRole(session);
    const applied = await runFiles(session);
    await makeJobSchema(session);
    for (const name of applied) log(`Applied migration ${name}.`);
    if (options.changeIssuer !== undefined) log(await recordIssuer(session, options.changeIssuer));
    return applied;
  } finally {
    await session.query('SELECT pg_advisory_unlock($1::bigint)', [lock]);
  }
}

/** Names of the files that have not run on this database, in order. */
export async function pendingMigrations(session: Session): Promise<readonly string[]> {
  const files = (await readdir(DIRECTORY)).filter((file) => file.endsWith('.sql')).sort();
  const names = files.map((file) => file.slice(0, -'.sql'.length));
  const table = await session.query("SELECT FROM pg_tables WHERE schemaname = 'public' AND tablename = $1", [
    MIGRATIONS_TABLE,
  ]);
  if (table.count === 0) return names;
  const applied = await session.query(`SELECT name FROM public.${MIGRATIONS_TABLE}`);
  const done = new Set(applied.rows.map((row) => textOf(row, 'name')));
  return names.filter((name) => !done.has(name));
}

/**
 * Roles belong to the cluster, so another database's migration may make the same one at the same moment, and
 * an administrator may have made it where this login cannot.
 */
async function makeServiceRole(session: Session): Promise<void> {
  try {
    await session.run(`DO $make$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${SERVICE_ROLE}') THEN
        CREATE ROLE ${SERVICE_ROLE} NOLOGIN;
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $make$`);
    const { rows } = await session.query(
      `SELECT pg_has_role(current_user, '${SERVICE_ROLE}', 'MEMBER') AS member`,
    );
    const isMember = rows[0] !== undefined && booleanOf(rows[0], 'member');
    if (!isMember) await session.run(`GRANT ${SERVICE_ROLE} TO CURRENT_USER`);
  } catch (error) {
    if (sqlState(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new StorageRefused(
      `The login may not make the role ${SERVICE_ROLE} or join it. As an administrator, run: CREATE ROLE ${SERVICE_ROLE} NOLOGIN; GRANT ${SERVICE_ROLE} TO the login;`,
    );
  }
}

async function runFiles(session: Session): Promise<readonly string[]> {
  try {
    const applied = await runner({
      dbClient: clientOver(session),
      dir: DIRECTORY,
      direction: 'up',
      migrationsTable: MIGRATIONS_TABLE,
      schema: 'public',
      migrationsSchema: 'public',
      // All files or none; this also rolls back, which a connection that is kept needs.
      singleTransaction: true,
      noLock: true,
      log: () => {},
    });
    return applied.map((migration) => migration.name);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StorageRefused(`The migration failed and was rolled back: ${reason}`, { cause: error });
  }
}

/** The part of a pg client that the runner uses. It reads rows of SELECT only; its files are many statements. */
function clientOver(session: Session): ClientBase {
  const query = async (text: string): Promise<{ readonly rows: readonly unknown[] }> => {
    if (/^\s*SELECT\b/i.test(text)) return session.query(text);
    await session.run(text);
    return { rows: [] };
  };
  return { query } as unknown as ClientBase;
}
