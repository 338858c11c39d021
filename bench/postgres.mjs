// A throwaway PostgreSQL server, and databases whose owner is subject to row-level security: the service takes no
// other login.
import pg from 'pg';
import { startPostgres } from '../scripts/postgres.mjs';

/** Resolves to `{ pid, version, makeDatabase(), stop() }`. */
export async function openServer() {
  const server = await startPostgres();
  let databases = 0;
  await ask(server.adminUrl, 'CREATE ROLE assay_service NOLOGIN');
  await ask(server.adminUrl, "CREATE ROLE bench LOGIN PASSWORD 'bench' IN ROLE assay_service");
  const [{ server_version: version }] = await ask(server.adminUrl, 'SHOW server_version');
  return {
    pid: server.pid,
    version,
    /** Resolves to `{ url, ask(sql, values) }`: the service's login, and questions of the administrator. */
    async makeDatabase() {
      databases += 1;
      const name = `bench_${databases}`;
      await ask(server.adminUrl, `CREATE DATABASE ${name} OWNER bench`);
      const adminUrl = Object.assign(new URL(server.adminUrl), { pathname: `/${name}` }).href;
      return {
        url: Object.assign(new URL(adminUrl), { username: 'bench', password: 'bench' }).href,
        ask: (sql, values) => ask(adminUrl, sql, values),
      };
    },
    stop: server.stop,
  };
}

async function ask(url, sql, values) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}
