/** A thousand machines at once, on PostgreSQL. */
import pg from 'pg';
import { migrateDatabase } from '../../src/storage/index.js';
import { makeDatabase } from '../contract/postgres-engine.js';
import { describeFirstSeen } from './first-seen.js';

describeFirstSeen(1_000, async () => {
  const own = await makeDatabase();
  await migrateDatabase(own.url);
  const client = new pg.Client(own.adminUrl);
  await client.connect();
  return {
    databaseUrl: own.url,
    ledger: async (sql, values) => (await client.query(sql, [...values])).rows[0]?.n,
    async drop() {
      await client.end();
      await own.drop();
    },
  };
});
