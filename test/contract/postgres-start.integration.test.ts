/** Starting on PostgreSQL: what is refused, and that replicas may start together on nothing. */
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createKeyWrap, migrateDatabase, openStores, StorageRefused } from '../../src/storage/index.js';
import { ringOver } from './keys-suite.js';
import { administer, makeDatabase, type OwnDatabase } from './postgres-engine.js';
import { NOW } from './samples.js';

type Server = { readonly adminUrl: string; stop(): Promise<void> };

describe('starting on PostgreSQL', () => {
  const made: OwnDatabase[] = [];
  afterEach(async () => {
    for (const own of made.splice(0)) await own.drop();
  });
  async function make(rights = ''): Promise<OwnDatabase> {
    const own = await makeDatabase(rights);
    made.push(own);
    return own;
  }

  test('a database without migrations is refused, and opens after them', async () => {
    const own = await make();
    await expect(openStores(own.url)).rejects.toThrow(/lacks 20 migration\(s\).*assay migrate/);
    const log: string[] = [];
    const applied = await migrateDatabase(own.url, (line) => log.push(line));
    expect(log).toEqual(applied.map((name) => `Applied migration ${name}.`));
    expect(await migrateDatabase(own.url)).toEqual([]);
    const stores = await openStores(own.url);
    expect(await stores.databaseNow()).toBeInstanceOf(Date);
    await stores.close();
  });

  test('the job queue’s tables come with the migrations, and those of another version are refused', async () => {
    const own = await make();
    await migrateDatabase(own.url);
    await administer(own.adminUrl, ['UPDATE pgboss.version SET version = version + 1']);
    await expect(openStores(own.url)).rejects.toThrow(/job queue.*of another version.*assay migrate/);
    await administer(own.adminUrl, ['DROP SCHEMA pgboss CASCADE']);
    await expect(openStores(own.url)).rejects.toThrow(StorageRefused);
    await migrateDatabase(own.url);
    const stores = await openStores(own.url);
    await stores.refreshQueue.offer([
      { kind: 'snp-vcek-crl', subject: 'Milan', realm: 'genuine', dueSince: NOW },
    ]);
    expect(await stores.refreshQueue.take(1)).toHaveLength(1);
    await stores.close();
  });

  test('a superuser as login is refused', async () => {
    const own = await make();
    await migrateDatabase(own.url);
    const opening = openStores(own.adminUrl);
    await expect(opening).rejects.toThrow(StorageRefused);
    await expect(opening).rejects.toThrow(/can bypass row-level security/);
  });

  test('a login with BYPASSRLS is refused', async () => {
    const own = await make('BYPASSRLS');
    await migrateDatabase(own.url);
    await expect(openStores(own.url)).rejects.toThrow(/The database login .* can bypass/);
  });

  test('a login that may become one who bypasses is refused', async () => {
    const own = await make();
    await migrateDatabase(own.url);
    const able = `assay_test_able_${randomBytes(4).toString('hex')}`;
    const login = new URL(own.url).username;
    await administer(own.adminUrl, [`CREATE ROLE ${able} BYPASSRLS`, `GRANT ${able} TO ${login}`]);
    try {
      await expect(openStores(own.url)).rejects.toThrow(/The database login .* can bypass/);
    } finally {
      await administer(own.adminUrl, [`DROP ROLE ${able}`]);
    }
    const stores = await openStores(own.url);
    await stores.close();
  });

  test('a login outside of the service role is told which grant it lacks', async () => {
    const own = await make();
    await migrateDatabase(own.url);
    await administer(own.adminUrl, [`REVOKE assay_service FROM ${new URL(own.url).username}`]);
    await expect(openStores(own.url)).rejects.toThrow(/GRANT assay_service TO/);
  });

  test('a table whose security was switched off is refused by name', async () => {
    const own = await make();
    await migrateDatabase(own.url);
    await administer(own.adminUrl, ['ALTER TABLE decisions NO FORCE ROW LEVEL SECURITY']);
    await expect(openStores(own.url)).rejects.toThrow(/off or not forced on: decisions\./);
  });

  test('a server that is not there, or a wrong password, is refused without repeating the password', async () => {
    const own = await make();
    const away = new URL(own.url);
    away.port = '1';
    await expect(openStores(away.href)).rejects.toThrow(/cannot be reached at 127\.0\.0\.1:1/);
    const wrong = new URL(own.url);
    wrong.password = 'not-the-password';
    const opening = openStores(wrong.href);
    await expect(opening).rejects.toThrow(StorageRefused);
    await expect(opening).rejects.not.toThrow(/not-the-password/);
  });

  test('replicas that start together on an empty database end with one signing key of each algorithm', async () => {
    const own = await make();
    const kek = createKeyWrap(randomBytes(32));
    const start = async () => {
      await migrateDatabase(own.url);
      const stores = await openStores(own.url);
      await stores.deployment.confirm('https://attest.example', kek);
      await stores.tenants.ensure('default', 'genuine', NOW);
      const { kid } = await ringOver(stores, kek).signerFor('default', 'ES256');
      return { stores, kid };
    };
    const replicas = await Promise.all([start(), start(), start(), start()]);
    expect(new Set(replicas.map(({ kid }) => kid)).size).toBe(1);
    for (const { stores } of replicas) {
      expect(await ringOver(stores, kek).publicKeys('default')).toHaveLength(2);
      await stores.close();
    }
  });

  test('replicas with different issuers or KEKs cannot both start', async () => {
    const own = await make();
    await migrateDatabase(own.url);
    const [first, second] = [await openStores(own.url), await openStores(own.url)];
    const kek = createKeyWrap(randomBytes(32));
    const outcomes = await Promise.allSettled([
      first.deployment.confirm('https://one.example', kek),
      second.deployment.confirm('https://two.example', kek),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await first.close();
    await second.close();
  });

  // On a server of its own: the role is the server's, and other suites are using it.
  test('a service role that can bypass is refused', async () => {
    const server = await startServer();
    try {
      const own = await makeDatabase('', server.adminUrl);
      await migrateDatabase(own.url);
      await (await openStores(own.url)).close();
      for (const [give, take] of [
        ['ALTER ROLE assay_service BYPASSRLS', 'ALTER ROLE assay_service NOBYPASSRLS'],
        ['ALTER ROLE assay_service SUPERUSER', 'ALTER ROLE assay_service NOSUPERUSER'],
      ] as const) {
        await administer(own.adminUrl, [give]);
        await expect(openStores(own.url)).rejects.toThrow(/The role assay_service.*can bypass/);
        await administer(own.adminUrl, [take]);
      }
      await (await openStores(own.url)).close();
      await own.drop();
    } finally {
      await server.stop();
    }
  });

  // PostgreSQL 15 lets CREATEROLE make and grant the role; the administrator need do nothing but that.
  test('an owner with CREATEROLE makes the service role itself', async () => {
    const server = await startServer();
    try {
      await administer(server.adminUrl, [
        "CREATE ROLE founder LOGIN CREATEROLE PASSWORD 'founder'",
        'CREATE ROLE helpless LOGIN PASSWORD $$helpless$$',
        'CREATE DATABASE founded OWNER founder',
        'CREATE DATABASE unfounded OWNER helpless',
      ]);
      const urlOf = (login: string, database: string): string => {
        const url = new URL(server.adminUrl);
        url.username = login;
        url.password = login;
        url.pathname = `/${database}`;
        return url.href;
      };
      await expect(openStores(urlOf('founder', 'founded'))).rejects.toThrow(
        /role assay_service does not exist/,
      );
      await expect(migrateDatabase(urlOf('helpless', 'unfounded'))).rejects.toThrow(
        /CREATE ROLE assay_service/,
      );
      await migrateDatabase(urlOf('founder', 'founded'));
      await (await openStores(urlOf('founder', 'founded'))).close();
    } finally {
      await server.stop();
    }
  });
});

async function startServer(): Promise<Server> {
  const script: { startPostgres(): Promise<Server> } = await import(
    new URL('../../../scripts/postgres.mjs', import.meta.url).href
  );
  return script.startPostgres();
}
