/** A fresh PostgreSQL database of the test server, with a login that row-level security binds. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrateDatabase } from '../../src/storage/index.js';

export interface TestDatabase {
  /** For the service: a login without rights of its own. */
  readonly url: string;
  /** For questions that no service may ask. */
  readonly adminUrl: string;
  ask(sql: string): Promise<readonly Record<string, unknown>[]>;
  drop(): Promise<void>;
}

export function testServer(): string {
  const url = process.env.ASSAY_TEST_POSTGRES_URL;
  if (url === undefined) throw new Error('ASSAY_TEST_POSTGRES_URL names no PostgreSQL server');
  return url;
}

async function askAt(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Created and migrated by the administrator, as an operator does it. */
export async function createDatabase(): Promise<TestDatabase> {
  const name = `assay_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const server = testServer();
  await askAt(server, `CREATE DATABASE ${name}`);
  const adminUrl = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  await migrateDatabase(adminUrl);
  await askAt(server, `CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
  await askAt(server, `GRANT assay_service TO ${name}`);
  const url = Object.assign(new URL(adminUrl), { username: name, password }).href;
  return {
    url,
    adminUrl,
    ask: (sql) => askAt(adminUrl, sql),
    async drop() {
      await askAt(server, `DROP DATABASE ${name} WITH (FORCE)`);
      await askAt(server, `DROP ROLE ${name}`);
    },
  };
}
