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

describe('safeguards', () => {
  let database: EmbeddedDatabase;
  beforeAll(async () => {
    database = await openPglite(null);
    await database.administer((session) => migrateSession(session));
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
