/** Signing keys, encrypted. Replicas that start together end with one of each algorithm. */
import type { KeyPurpose, SigningKeyStore, StoredSigningKey, TokenAlg } from '../verifier/key-ports.js';
import { lockExclusively } from './advisory-lock.js';
import type { Database, Row, Transaction } from './database.js';
import { bytesOf, dateOf, nullable, objectOf, textOf, wordOf } from './row.js';

export function signingKeyStore(database: Database): SigningKeyStore {
  return {
    async ensure(tenant, purpose, algs, mint) {
      const scope = { tenant, stage: 'issue' } as const;
      const present = await database.transaction(scope, (tx) => readKeys(tx, tenant, purpose));
      const lacking = lackingOf(algs, present);
      if (lacking.length === 0) return present;
      // Before the lock: making an RSA key takes longer than others should wait.
      const minted = await Promise.all(lacking.map(mint));
      return database.transaction(scope, async (tx) => {
        await lockExclusively(tx, 'signing-key', tenant, purpose);
        // Read again: whoever held the lock before may have made some.
        const still = lackingOf(algs, await readKeys(tx, tenant, purpose));
        for (const key of minted) if (still.includes(key.alg)) await insertKey(tx, key);
        return readKeys(tx, tenant, purpose);
      });
    },
  };
}

function lackingOf(algs: readonly TokenAlg[], present: readonly StoredSigningKey[]): readonly TokenAlg[] {
  return algs.filter((alg) => !present.some((key) => key.state === 'active' && key.alg === alg));
}

async function readKeys(
  tx: Transaction,
  tenant: string,
  purpose: KeyPurpose,
): Promise<readonly StoredSigningKey[]> {
  const { rows } = await tx.query(
    `SELECT * FROM signing_keys WHERE tenant = $1 AND purpose = $2 AND state <> 'removed'
      ORDER BY (state = 'active') DESC, (state = 'published') DESC, alg, published_at DESC, kid`,
    [tenant, purpose],
  );
  return rows.map(readSigningKey);
}

async function insertKey(tx: Transaction, key: StoredSigningKey): Promise<void> {
  await tx.query(
    `INSERT INTO signing_keys (tenant, kid, purpose, alg, state, public_jwk, wrapped, published_at, active_from)
     VALUES ($1, $2, $3, $4, $5, $6::json, $7, $8, $9)`,
    [
      key.tenant,
      key.kid,
      key.purpose,
      key.alg,
      key.state,
      JSON.stringify(key.publicJwk),
      key.wrapped,
      key.publishedAt,
      key.activeFrom,
    ],
  );
}

function readSigningKey(row: Row): StoredSigningKey {
  return {
    tenant: textOf(row, 'tenant'),
    purpose: wordOf(row, 'purpose', ['token', 'bundle']),
    kid: textOf(row, 'kid'),
    alg: wordOf(row, 'alg', ['ES256', 'RS256']),
    state: wordOf(row, 'state', ['published', 'active', 'retired', 'removed']),
    publicJwk: objectOf(row, 'public_jwk'),
    wrapped: nullable(bytesOf, row, 'wrapped'),
    publishedAt: dateOf(row, 'published_at'),
    activeFrom: dateOf(row, 'active_from'),
    retiredAt: nullable(dateOf, row, 'retired_at'),
    removedAt: nullable(dateOf, row, 'removed_at'),
    reason: nullable(textOf, row, 'reason'),
  };
}
