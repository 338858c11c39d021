/** Opening an embedded database, and the addresses that open nothing. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createKeyWrap, migrateDatabase, openStores, StorageRefused } from '../../src/storage/index.js';
import { migrateSession } from '../../src/storage/migrate.js';
import { type EmbeddedDatabase, openPglite } from '../../src/storage/pglite.js';
import { requireSafeguards } from '../../src/storage/safeguards.js';
import { openMigrated, readTemplate } from '../database-template.js';

const NOW = new Date('2026-11-20T12:00:00Z');

describe('opening an embedded database', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'assay-open-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  test('keeps what was stored, for one process at a time', async () => {
    const url = `pglite:${join(directory, 'db')}`;
    const first = await openStores(url);
    await first.tenants.ensure('default', 'genuine', NOW);
    await first.deployment.confirm('http://localhost:8080', createKeyWrap(randomBytes(32)));
    await expect(openStores(url)).rejects.toThrow(StorageRefused);
    await expect(migrateDatabase(url)).rejects.toThrow(/in use by process/);
    await first.close();
    await expect(first.tenants.get('default')).rejects.toThrow(/database_unavailable/);
    expect(await migrateDatabase(url)).toEqual([]);
    const second = await openStores(url);
    expect(await second.tenants.get('default')).toEqual({ name: 'default', realm: 'genuine' });
    const wrong = second.deployment.confirm('http://localhost:8080', createKeyWrap(randomBytes(32)));
    await expect(wrong).rejects.toThrow(/another key-encryption key/);
    await second.close();
  });

  test('refuses a service role that can bypass, and lets go of the directory', async () => {
    const place = join(directory, 'db');
    await migrateDatabase(`pglite:${place}`);
    const database = await openPglite(place);
    await database.administer((session) => session.run('ALTER ROLE assay_service BYPASSRLS'));
    await database.close();
    await expect(openStores(`pglite:${place}`)).rejects.toThrow(/assay_service.*can bypass/);
    await expect(openStores(`pglite:${place}`)).rejects.toThrow(StorageRefused);
  });
});

describe('beginning as a dump', () => {
  /** Tables with columns, policies, routines, triggers, indexes, and who may do what to them. */
  const SCHEMA = `
    SELECT 'column' AS kind, attrelid::regclass || '.' || attname AS name,
           concat_ws(' ', atttypid::regtype, attnotnull, pg_get_expr(adbin, adrelid), attacl) AS what
      FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
     WHERE attrelid >= 16384 AND attnum > 0
    UNION ALL SELECT 'relation', oid::regclass::text, concat_ws(' ', relkind, relrowsecurity, relforcerowsecurity, relacl)
      FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid)
      FROM pg_index WHERE indexrelid >= 16384
    UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT 'policy', tablename || '.' || policyname, concat_ws(' ', roles, cmd, qual, with_check) FROM pg_policies
    UNION ALL SELECT 'routine', oid::regprocedure::text, concat_ws(' ', pg_get_functiondef(oid), proacl)
      FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'migration', name, '' FROM schema_migrations
    UNION ALL SELECT 'role', rolname, concat_ws(' ', rolsuper, rolbypassrls, rolcanlogin) FROM pg_roles
    ORDER BY 1, 2, 3`;

  test('a database has the schema of one that is migrated from nothing, and no rows', async () => {
    const copy = await openMigrated();
    const made = await openPglite(null);
    try {
      await made.administer((session) => migrateSession(session));
      const [given, wanted] = await Promise.all(
        [copy, made].map((database) =>
          database.administer(async (session) => (await session.query(SCHEMA)).rows),
        ),
      );
      expect(wanted?.length).toBeGreaterThan(500);
      expect(given).toEqual(wanted);
      expect(await copy.administer((session) => migrateSession(session))).toEqual([]);
      const { rows } = await copy.administer((session) => session.query('SELECT tenant FROM tenants'));
      expect(rows).toEqual([]);
    } finally {
      await Promise.all([copy.close(), made.close()]);
    }
  });

  test('what one keeps no other sees, and a directory that has a database takes no dump', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'assay-dump-'));
    try {
      const url = `pglite:${join(directory, 'db')}`;
      const dump = await readTemplate();
      const first = await openStores(url, dump);
      const second = await openStores('pglite:memory', dump);
      await first.tenants.ensure('default', 'genuine', NOW);
      expect(await second.tenants.get('default')).toBeNull();
      await Promise.all([first.close(), second.close()]);
      await expect(openStores(url, dump)).rejects.toThrow(/already exists/);
      const again = await openStores(url);
      expect(await again.tenants.get('default')).toEqual({ name: 'default', realm: 'genuine' });
      await again.close();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('safeguards', () => {
  let database: EmbeddedDatabase;
  beforeAll(async () => {
    database = await openMigrated();
  });
  afterAll(() => database.close());

  const BYPASSES = /The role assay_service.*can bypass/;
  test.each([
    ['BYPASSRLS', 'ALTER ROLE assay_service BYPASSRLS', 'ALTER ROLE assay_service NOBYPASSRLS', BYPASSES],
    ['SUPERUSER', 'ALTER ROLE assay_service SUPERUSER', 'ALTER ROLE assay_service NOSUPERUSER', BYPASSES],
    [
      'membership',
      'CREATE ROLE able BYPASSRLS; GRANT able TO assay_service',
      'DROP ROLE able',
      /The role assay_service.*can bypass/,
    ],
    [
      'security off',
      'ALTER TABLE tokens DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE tokens ENABLE ROW LEVEL SECURITY',
      /off or not forced on: tokens\./,
    ],
    [
      'security not forced',
      'ALTER TABLE tokens NO FORCE ROW LEVEL SECURITY',
      'ALTER TABLE tokens FORCE ROW LEVEL SECURITY',
      /off or not forced on: tokens\./,
    ],
    [
      'a new table without security',
      'CREATE TABLE careless (tenant text)',
      'DROP TABLE careless',
      /off or not forced on: careless\./,
    ],
    [
      'a missing migration',
      "UPDATE schema_migrations SET name = name || '-x' WHERE name LIKE '0004%'",
      "UPDATE schema_migrations SET name = replace(name, '-x', '')",
      /lacks 1 migration\(s\), first 0004_endorsements/,
    ],
  ])('notice %s, and its cure', async (_, harm, cure, reason) => {
    const examine = () => database.administer((session) => requireSafeguards(session, 'pglite'));
    await examine();
    await database.administer((session) => session.run(harm));
    await expect(examine()).rejects.toThrow(StorageRefused);
    await expect(examine()).rejects.toThrow(reason);
    await database.administer((session) => session.run(cure));
    await examine();
  });
});

describe('database addresses', () => {
  test.each([
    '',
    'pglite:',
    'sqlite:x',
    './data/db',
    'postgres://',
    'mysql://localhost/x',
    'http://localhost',
  ])('%j is refused', async (url) => {
    await expect(openStores(url)).rejects.toThrow(StorageRefused);
  });

  test('a password in an unreadable address is not repeated', async () => {
    await expect(openStores('postgre://user:s3cret@host/db')).rejects.not.toThrow(/s3cret/);
  });
});
