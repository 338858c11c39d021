// The two databases: what the service is told about them, and how one looks into them past the service.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startPostgres } from '../postgres.mjs';

/**
 * `{ name, url, migrate(), ask(sql), askable, restart(how), owner(), stop() }`. `askable`: even while the service runs.
 * `restart` is null where the database lives in the service, `owner` (the process that the directory's lock names)
 * where it does not.
 */
export async function openEngine(name, build, dataDir) {
  return name === 'postgres' ? openPostgres(build) : openPglite(dataDir);
}

async function openPostgres(build) {
  const { default: pg } = await import('pg');
  const server = await startPostgres();
  const name = `chaos_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const addressOf = (change) => Object.assign(new URL(server.adminUrl), change).href;
  const adminUrl = addressOf({ pathname: `/${name}` });
  const ask = async (url, sql) => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  await ask(server.adminUrl, `CREATE DATABASE ${name}`);
  return {
    name: 'postgres',
    url: addressOf({ pathname: `/${name}`, username: name, password }),
    /** As an operator does it: the schema by its owner, a login without rights of its own for the service. */
    async migrate() {
      const { migrateDatabase } = await import(pathToFileURL(join(build, 'src/storage/index.js')).href);
      await migrateDatabase(adminUrl);
      await ask(adminUrl, `CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
      await ask(adminUrl, `GRANT assay_service TO ${name}`);
    },
    ask: (sql) => ask(adminUrl, sql),
    askable: true,
    restart: (how) => server.restart(how),
    owner: null,
    stop: () => server.stop(),
  };
}

function openPglite(dataDir) {
  const directory = join(dataDir, 'db');
  return {
    name: 'pglite',
    url: `pglite:${directory}`,
    async migrate() {},
    /** Only while no service runs: nobody else opens the directory then. */
    async ask(sql) {
      const { PGlite } = await import('@electric-sql/pglite');
      const engine = await PGlite.create(join(directory, 'pgdata'));
      try {
        return (await engine.query(sql)).rows;
      } finally {
        await engine.close();
      }
    },
    askable: false,
    restart: null,
    /** Process id in the lock of the directory; null where there is none. */
    owner: async () => {
      const text = await readFile(join(directory, 'lock'), 'utf8').catch(() => 'null');
      return JSON.parse(text)?.pid ?? null;
    },
    async stop() {},
  };
}
