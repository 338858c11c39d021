/** A database and a login of its own for each suite, on the server that ASSAY_TEST_POSTGRES_URL administers. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrateDatabase } from '../../src/storage/migrate.js';
import { storesOver } from '../../src/storage/open.js';
import { clientOptions, openPostgres } from '../../src/storage/pg.js';
import type { Engine } from './engine.js';

export interface OwnDatabase {
  /** A login that owns the database and cannot bypass row-level security. */
  readonly url: string;
  /** The administrator of the server, in this database. */
  readonly adminUrl: string;
  drop(): Promise<void>;
}

export function adminUrl(): string {
  const url = process.env.ASSAY_TEST_POSTGRES_URL;
  if (url === undefined || url === '') {
    throw new Error('Set ASSAY_TEST_POSTGRES_URL to the administrator of a throwaway PostgreSQL server.');
  }
  return url;
}

/** An empty database. `rights`: further ones of the login, e.g. `BYPASSRLS`. */
export async function makeDatabase(rights = '', server = adminUrl()): Promise<OwnDatabase> {
  const name = `assay_test_${randomBytes(6).toString('hex')}`;
  await administer(server, [
    `DO $$ BEGIN CREATE ROLE assay_service NOLOGIN;
     EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
    `CREATE ROLE ${name} LOGIN PASSWORD '${name}' ${rights}`,
    `GRANT assay_service TO ${name}`,
    `CREATE DATABASE ${name} OWNER ${name} TEMPLATE template0`,
  ]);
  return {
    url: urlFor(server, name, name),
    adminUrl: urlFor(server, name),
    drop: () => administer(server, [`DROP DATABASE ${name} WITH (FORCE)`, `DROP ROLE ${name}`]),
  };
}

function urlFor(server: string, database: string, login?: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  if (login !== undefined) {
    url.username = login;
    url.password = login;
  }
  return url.href;
}

/** Statements one after the other on one connection. */
export async function administer(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

export async function openPostgresEngine(): Promise<Engine> {
  const own = await makeDatabase();
  await migrateDatabase(own.url);
  const database = openPostgres(own.url);
  const admin = new pg.Client(clientOptions(own.adminUrl));
  await admin.connect();
  return {
    database,
    stores: storesOver(database),
    administer: async (text, values) =>
      (await admin.query(text, values === undefined ? [] : [...values])).rows,
    changeIssuer: async (changeIssuer) => {
      await migrateDatabase(own.url, () => {}, { changeIssuer });
    },
    close: async () => {
      await admin.end();
      await database.close();
      await own.drop();
    },
  };
}
