/** Signing keys, encrypted. Replicas that start together end with one. */
import type { KeyPurpose, SigningKeyStore, StoredSigningKey } from '../verifier/key-ports.js';
import { lockExclusively } from './advisory-lock.js';
import type { Database, Row, Transaction } from './database.js';
import { bytesOf, dateOf, objectOf, textOf, wordOf } from './row.js';

export function signingKeyStore(database: Database): SigningKeyStore {
  return {
    async ensure(tenant, purpose, mint) {
      const scope = { tenant, stage: 'issue' } as const;
      const present = await database.transaction(scope, (tx) => readKeys(tx, tenant, purpose));
      if (hasActive(present)) return present;
      return database.transaction(scope, async (tx) => {
        await lockExclusively(tx, 'signing-key', tenant, purpose);
        // Read again: whoever held the lock before may have made one.
        const keys = await readKeys(tx, tenant, purpose);
        if (hasActive(keys)) return keys;
        await insertKey(tx, await mint());
        return readKeys(tx, tenant, purpose);
      });
    },
  };
}

function hasActive(keys: readonly StoredSigningKey[]): boolean {
  return keys.some((key) => key.state === 'active');
}

async function readKeys(
  tx: Transaction,
  tenant: string,
  purpose: KeyPurpose,
): Promise<readonly StoredSigningKey[]> {
  const { rows } = await tx.query(
    `SELECT * FROM signing_keys WHERE tenant = $1 AND purpose = $2
      ORDER BY (state = 'active') DESC, created_at DESC, kid`,
    [tenant, purpose],
  );
  return rows.map(readSigningKey);
}

async function insertKey(tx: Transaction, key: StoredSigningKey): Promise<void> {
  await tx.query(
    `INSERT INTO signing_keys (tenant, kid, purpose, alg, state, public_jwk, wrapped, created_at)
     VALUES ($1, $2, $3, $4, $5, $6::json, $7, $8)`,
    [
      key.tenant,
      key.kid,
      key.purpose,
      key.alg,
      key.state,
      JSON.stringify(key.publicJwk),
      key.wrapped,
      key.createdAt,
    ],
  );
}

function readSigningKey(row: Row): StoredSigningKey {
  return {
    tenant: textOf(row, 'tenant'),
    purpose: wordOf(row, 'purpose', ['token', 'bundle']),
    kid: textOf(row, 'kid'),
    alg: wordOf(row, 'alg', ['ES256']),
    state: wordOf(row, 'state', ['active', 'retired']),
    publicJwk: objectOf(row, 'public_jwk'),
    wrapped: bytesOf(row, 'wrapped'),
    createdAt: dateOf(row, 'created_at'),
  };
}
