/**
 * What must hold before the service touches a database: its migrations have run, and row-level security binds
 * it. Checked at every start, because both are settings that a database administrator can change.
 */
import { SERVICE_BEGIN, SERVICE_ROLE, type Session } from './database.js';
import { requireJobSchema } from './job-schema.js';
import { pendingMigrations } from './migrate.js';
import { StorageRefused } from './refused.js';
import { booleanOf, textOf } from './row.js';
import { sqlState } from './unavailable.js';

const INSUFFICIENT_PRIVILEGE = '42501';
/** What naming an unknown role in a setting is reported as. */
const UNDEFINED_ROLE = '22023';

/** PGlite has a single login, which bypasses everything; there the role that each transaction sets counts. */
export async function requireSafeguards(session: Session, engine: 'postgres' | 'pglite'): Promise<void> {
  await session.run(SERVICE_BEGIN).catch(refuseRole);
  try {
    await requireMigrations(session);
    await requireJobSchema(session);
    await requireBoundRoles(session, engine);
    await requireForcedSecurity(session);
  } finally {
    await session.run('ROLLBACK');
  }
}

function refuseRole(error: unknown): never {
  const state = sqlState(error);
  if (state === UNDEFINED_ROLE) {
    throw new StorageRefused(
      `The role ${SERVICE_ROLE} does not exist on this server. Run "assay migrate" against the database.`,
    );
  }
  if (state !== INSUFFICIENT_PRIVILEGE) throw error;
  throw new StorageRefused(
    `The database login may not act as ${SERVICE_ROLE}. As an administrator, run: GRANT ${SERVICE_ROLE} TO the login;`,
  );
}

async function requireMigrations(session: Session): Promise<void> {
  const pending = await pendingMigrations(session);
  if (pending.length === 0) return;
  throw new StorageRefused(
    `The database lacks ${pending.length} migration(s), first ${pending[0]}. Run "assay migrate" against it.`,
  );
}

async function requireBoundRoles(session: Session, engine: 'postgres' | 'pglite'): Promise<void> {
  const { rows } = await session.query(`
    SELECT who.part, who.name, EXISTS (
      SELECT FROM pg_roles AS able
       WHERE (able.rolsuper OR able.rolbypassrls) AND pg_has_role(who.name, able.oid, 'MEMBER')
    ) AS bypasses
    FROM (VALUES ('set', current_user), ('login', session_user)) AS who (part, name)`);
  for (const row of rows) {
    const isLogin = textOf(row, 'part') === 'login';
    if (!booleanOf(row, 'bypasses') || (isLogin && engine === 'pglite')) continue;
    const name = textOf(row, 'name');
    throw new StorageRefused(
      isLogin
        ? `The database login ${name} can bypass row-level security: it is a superuser, has BYPASSRLS, or is a member of a role that does. Use a login without these rights and grant it ${SERVICE_ROLE}.`
        : `The role ${name}, under which the service runs its transactions, can bypass row-level security. Take SUPERUSER, BYPASSRLS and memberships in such roles from it.`,
    );
  }
}

async function requireForcedSecurity(session: Session): Promise<void> {
  const { rows } = await session.query(`
    SELECT c.relname::text AS name
      FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'tenant'
       AND NOT a.attisdropped AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
     ORDER BY c.relname`);
  if (rows.length === 0) return;
  const names = rows.map((row) => textOf(row, 'name')).join(', ');
  throw new StorageRefused(
    `Row-level security is off or not forced on: ${names}. Run ALTER TABLE ... ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY on each.`,
  );
}
