/** API keys, by digest: the key itself is shown once and stored nowhere. */
import type { ApiKey, ApiKeyStore } from '../verifier/key-ports.js';
import { pageByTime, type TimedList } from './cursor.js';
import type { Database, Row, Transaction } from './database.js';
import { dateOf, firstOf, textOf, wordOf } from './row.js';

const NEWEST: TimedList<ApiKey> = {
  table: 'api_keys',
  created: 'created_at',
  key: 'id',
  read: readApiKey,
  position: (key) => [key.createdAt, key.id],
};

export function apiKeyStore(database: Database): ApiKeyStore {
  return {
    create: (tenant, key, digest) =>
      database.transaction({ tenant }, (tx) => insertApiKey(tx, tenant, key, digest)),
    async findByDigest(tenant, digest) {
      const sql = 'SELECT * FROM api_keys WHERE tenant = $1 AND digest = $2';
      const { rows } = await database.read({ tenant }, sql, [tenant, digest]);
      return firstOf(rows, readApiKey);
    },
    list: (tenant, page) => database.transaction({ tenant }, (tx) => pageByTime(tx, NEWEST, tenant, page)),
  };
}

/** Null when a key of this digest exists. */
export async function insertApiKey(
  tx: Transaction,
  tenant: string,
  key: ApiKey,
  digest: Uint8Array,
): Promise<ApiKey | null> {
  // A key's id follows from its digest: two replicas that register one key at once meet on both indexes,
  // in either order, so neither may be the only one that settles it.
  const { rows } = await tx.query(
    `INSERT INTO api_keys (tenant, id, name, role, digest, created_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT DO NOTHING RETURNING *`,
    [tenant, key.id, key.name, key.role, digest, key.createdAt],
  );
  return firstOf(rows, readApiKey);
}

function readApiKey(row: Row): ApiKey {
  return {
    id: textOf(row, 'id'),
    name: textOf(row, 'name'),
    role: wordOf(row, 'role', ['admin', 'publisher', 'relying-party']),
    createdAt: dateOf(row, 'created_at'),
  };
}
