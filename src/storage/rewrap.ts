/**
 * A change of the key-encryption key: everything that lies under the previous one is wrapped anew. Nothing is, where one value
 * does not open. What was interrupted is completed by the next change; until then the check value stays under the
 * previous KEK, so that no service starts with the present one alone.
 */
import type { KeyWrap, WrapContext } from '../verifier/key-ports.js';
import type { Database, Row, Statement } from './database.js';
import { WrongKek } from './key-wrap.js';
import { StorageRefused } from './refused.js';
import { bytesOf, textOf } from './row.js';
import { listTenantNames } from './tenants.js';

/** What the deployment's check value is bound to. */
export const CHECK_CONTEXT: WrapContext = { tenant: '', purpose: 'kek-check', kid: 'deployment' };

/** Where wrapped keys lie, each in a row that names its purpose, and what a row is told apart by in its tenant. */
const TABLES = {
  signing_keys: ['kid', 'purpose'],
  audience_authorities: ['kid', 'purpose', 'audience'],
} as const;
type KeyTable = keyof typeof TABLES;
const TABLE_NAMES = Object.keys(TABLES) as readonly KeyTable[];

/** Statements, each for one tenant's keys in one table, to a transaction: what a transaction may take has an end. */
const BATCH = 200;

/** A stored value, and the same under the present KEK. */
interface Exchange {
  readonly kid: string;
  readonly old: Uint8Array;
  readonly anew: Uint8Array;
}

/**
 * Looks again until nothing is left, since a replica that still has the previous KEK may have made a key meanwhile. Values
 * that another one exchanged first stay as they are.
 */
export async function rewrapAll(database: Database, kek: KeyWrap): Promise<number> {
  let changed = 0;
  // Exchanged last, it must open first: what cannot be completed is not begun.
  await checkExchanges(database, kek);
  for (;;) {
    const keys = await keyExchanges(database, kek);
    const statements = keys.length > 0 ? keys : await checkExchanges(database, kek);
    if (statements.length === 0) return changed;
    for (let from = 0; from < statements.length; from += BATCH) {
      const results = await database.batch({ tenant: null }, statements.slice(from, from + BATCH));
      changed += results.reduce((sum, { count }) => sum + count, 0);
    }
  }
}

async function keyExchanges(database: Database, kek: KeyWrap): Promise<readonly Statement[]> {
  const statements: Statement[] = [];
  for (const tenant of await listTenantNames(database)) {
    for (const table of TABLE_NAMES) {
      const { rows } = await database.read(
        { tenant },
        `SELECT ${TABLES[table].join(', ')}, wrapped FROM ${table} WHERE tenant = $1 AND wrapped IS NOT NULL ORDER BY kid`,
        [tenant],
      );
      const found = rows.flatMap((row) => exchangeOf(row, tenant, kek));
      if (found.length > 0) statements.push(exchangingKeys(table, tenant, found));
    }
  }
  return statements;
}

/** The last of all, when no key is left under the previous KEK. */
async function checkExchanges(database: Database, kek: KeyWrap): Promise<readonly Statement[]> {
  const statements: Statement[] = [];
  const { rows } = await database.read({ tenant: null }, 'SELECT kek_check AS wrapped FROM deployment', []);
  for (const row of rows) {
    const old = bytesOf(row, 'wrapped');
    const anew = rewrapped(CHECK_CONTEXT, old, kek);
    if (anew === null) continue;
    statements.push({
      text: 'UPDATE deployment SET kek_check = $2 WHERE kek_check = $1',
      values: [old, anew],
    });
  }
  return statements;
}

function exchangeOf(row: Row, tenant: string, kek: KeyWrap): readonly Exchange[] {
  const kid = textOf(row, 'kid');
  const old = bytesOf(row, 'wrapped');
  const place = { tenant, purpose: textOf(row, 'purpose'), kid };
  const context = 'audience' in row ? { ...place, audience: textOf(row, 'audience') } : place;
  const anew = rewrapped(context, old, kek);
  return anew === null ? [] : [{ kid, old, anew }];
}

function rewrapped(context: WrapContext, wrapped: Uint8Array, kek: KeyWrap): Uint8Array | null {
  try {
    return kek.rewrap(context, wrapped);
  } catch (error) {
    if (error instanceof WrongKek) throw new StorageRefused(error.message, { cause: error });
    throw error;
  }
}

function exchangingKeys(table: KeyTable, tenant: string, found: readonly Exchange[]): Statement {
  return {
    tenant,
    text: `UPDATE ${table} AS key SET wrapped = given.anew
      FROM unnest($2::text[], $3::bytea[], $4::bytea[]) AS given (kid, old, anew)
     WHERE key.tenant = $1 AND key.kid = given.kid AND key.wrapped = given.old`,
    values: [tenant, found.map(({ kid }) => kid), found.map(({ old }) => old), found.map(({ anew }) => anew)],
  };
}
