/** A change of the key-encryption key: everything that lies under the previous one is wrapped anew, all of it or nothing. */
import type { KeyWrap, WrapContext } from '../verifier/key-ports.js';
import type { Database, Row, Statement } from './database.js';
import { WrongKek } from './key-wrap.js';
import { StorageRefused } from './refused.js';
import { bytesOf, textOf } from './row.js';
import { listTenantNames } from './tenants.js';

/** What the deployment's check value is bound to. */
export const CHECK_CONTEXT: WrapContext = { tenant: '', purpose: 'kek-check', kid: 'deployment' };

/** Where wrapped keys lie, each in a row that names its purpose. */
const TABLES = ['signing_keys', 'audience_authorities'] as const;
type KeyTable = (typeof TABLES)[number];

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
  for (;;) {
    const statements = await exchanges(database, kek);
    if (statements.length === 0) return changed;
    const results = await database.batch({ tenant: null }, statements);
    changed += results.reduce((sum, { count }) => sum + count, 0);
  }
}

async function exchanges(database: Database, kek: KeyWrap): Promise<readonly Statement[]> {
  const statements: Statement[] = [];
  for (const tenant of await listTenantNames(database)) {
    for (const table of TABLES) {
      const { rows } = await database.read(
        { tenant },
        `SELECT kid, purpose, wrapped FROM ${table} WHERE tenant = $1 AND wrapped IS NOT NULL ORDER BY kid`,
        [tenant],
      );
      const found = rows.flatMap((row) => exchangeOf(row, { tenant, purpose: textOf(row, 'purpose') }, kek));
      if (found.length > 0) statements.push(exchangingKeys(table, tenant, found));
    }
  }
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

function exchangeOf(
  row: Row,
  place: Pick<WrapContext, 'tenant' | 'purpose'>,
  kek: KeyWrap,
): readonly Exchange[] {
  const kid = textOf(row, 'kid');
  const old = bytesOf(row, 'wrapped');
  const anew = rewrapped({ ...place, kid }, old, kek);
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
