/** Signing keys, encrypted. Replicas that start together end with one of each algorithm. */
import type {
  KeyPurpose,
  KeyState,
  PublicSigningKey,
  SigningKeyStore,
  StoredSigningKey,
  TokenAlg,
} from '../verifier/key-ports.js';
import { lockExclusively } from './advisory-lock.js';
import { pageByTime, type TimedList } from './cursor.js';
import type { Database, Row, Transaction } from './database.js';
import { lockEpoch } from './epoch.js';
import { bytesOf, dateOf, nullable, objectOf, textOf, wordOf } from './row.js';

export function signingKeyStore(database: Database): SigningKeyStore {
  return {
    async ensure(tenant, purpose, algs, mint) {
      const scope = { tenant, stage: 'issue' } as const;
      const { rows } = await database.read(scope, KEYS, [tenant, purpose]);
      const present = rows.map(readSigningKey);
      const lacking = lackingOf(algs, present);
      if (lacking.length === 0) return present;
      // Before the lock: making an RSA key takes longer than others should wait.
      const minted = await Promise.all(lacking.map(mint));
      return database.transaction(scope, async (tx) => {
        await lockExclusively(tx, KEY_LOCK, tenant, purpose);
        // Read again: whoever held the lock before may have made some.
        const still = lackingOf(algs, await readKeys(tx, tenant, purpose));
        for (const key of minted) if (still.includes(key.alg)) await insertKey(tx, key);
        return readKeys(tx, tenant, purpose);
      });
    },

    async readPublic(tenant, purpose) {
      const { rows } = await database.read({ tenant, stage: 'issue' }, PUBLIC_KEYS, [tenant, purpose]);
      return rows.map(readPublicKey);
    },

    async read(tenant, purpose) {
      const { rows } = await database.read({ tenant }, KEYS, [tenant, purpose]);
      return rows.map(readSigningKey);
    },

    change: (tenant, purpose, decide) =>
      database.transaction({ tenant }, async (tx) => {
        await lockExclusively(tx, KEY_LOCK, tenant, purpose);
        const present = await readKeys(tx, tenant, purpose);
        const changed = decide(present);
        if (changed.length === 0) return changed;
        // Those who issue hold the epoch; from here to the commit none does.
        await lockEpoch(tx, tenant);
        const known = new Set(present.map(({ kid }) => kid));
        // First those that leave their place to others: one key of an algorithm is active, and one is next.
        const written = [...changed].sort((one, other) => ORDER[one.state] - ORDER[other.state]);
        for (const key of written) await (known.has(key.kid) ? updateKey(tx, key) : insertKey(tx, key));
        return changed;
      }),

    list: (tenant, page) => database.transaction({ tenant }, (tx) => pageByTime(tx, NEWEST, tenant, page)),
  };
}

const COUNTING = `
    FROM signing_keys WHERE tenant = $1 AND purpose = $2 AND state <> 'removed'
   ORDER BY (state = 'active') DESC, (state = 'published') DESC, alg, published_at DESC, kid`;
const KEYS = `SELECT * ${COUNTING}`;
const PUBLIC_KEYS = `
  SELECT tenant, purpose, kid, alg, state, public_jwk, published_at, active_from, retired_at, removed_at, reason
  ${COUNTING}`;

const KEY_LOCK = 'signing-key';
const ORDER: Readonly<Record<KeyState, number>> = { removed: 0, retired: 1, active: 2, published: 3 };

const NEWEST: TimedList<StoredSigningKey> = {
  table: 'signing_keys',
  created: 'published_at',
  key: 'kid',
  read: readSigningKey,
  position: ({ publishedAt, kid }) => [publishedAt, kid],
};

function lackingOf(algs: readonly TokenAlg[], present: readonly StoredSigningKey[]): readonly TokenAlg[] {
  return algs.filter((alg) => !present.some((key) => key.state === 'active' && key.alg === alg));
}

async function readKeys(
  tx: Transaction,
  tenant: string,
  purpose: KeyPurpose,
): Promise<readonly StoredSigningKey[]> {
  const { rows } = await tx.query(KEYS, [tenant, purpose]);
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

/** The private half stays or goes. It is never written back: what was read may have been wrapped anew meanwhile. */
async function updateKey(tx: Transaction, key: StoredSigningKey): Promise<void> {
  await tx.query(
    `UPDATE signing_keys
        SET state = $3, wrapped = CASE WHEN $4::boolean THEN wrapped END, active_from = $5, retired_at = $6, removed_at = $7, reason = $8
      WHERE tenant = $1 AND kid = $2`,
    [
      ...[key.tenant, key.kid, key.state, key.wrapped !== null],
      ...[key.activeFrom, key.retiredAt, key.removedAt, key.reason],
    ],
  );
}

function readSigningKey(row: Row): StoredSigningKey {
  return { ...readPublicKey(row), wrapped: nullable(bytesOf, row, 'wrapped') };
}

function readPublicKey(row: Row): PublicSigningKey {
  return {
    tenant: textOf(row, 'tenant'),
    purpose: wordOf(row, 'purpose', ['token', 'bundle']),
    kid: textOf(row, 'kid'),
    alg: wordOf(row, 'alg', ['ES256', 'RS256']),
    state: wordOf(row, 'state', ['published', 'active', 'retired', 'removed']),
    publicJwk: objectOf(row, 'public_jwk'),
    publishedAt: dateOf(row, 'published_at'),
    activeFrom: dateOf(row, 'active_from'),
    retiredAt: nullable(dateOf, row, 'retired_at'),
    removedAt: nullable(dateOf, row, 'removed_at'),
    reason: nullable(textOf, row, 'reason'),
  };
}
