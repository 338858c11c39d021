/** One database, opened for the storage suite: as the service sees it, and as its administrator does. */
import type { Database, Row } from '../../src/storage/database.js';
import { migrateSession } from '../../src/storage/migrate.js';
import { storesOver } from '../../src/storage/open.js';
import type { Stores } from '../../src/verifier/ports.js';
import { openMigrated } from '../database-template.js';

export interface Engine {
  readonly database: Database;
  readonly stores: Stores;
  /** One statement as a login that row-level security does not bind. */
  administer(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Records another issuer, as the migration command does. */
  changeIssuer(issuer: string): Promise<void>;
  close(): Promise<void>;
}

export async function openPgliteEngine(): Promise<Engine> {
  const database = await openMigrated();
  return {
    database,
    stores: storesOver(database),
    administer: async (text, values) =>
      (await database.administer((session) => session.query(text, values))).rows,
    changeIssuer: async (changeIssuer) => {
      await database.administer((session) => migrateSession(session, () => {}, { changeIssuer }));
    },
    close: () => database.close(),
  };
}
