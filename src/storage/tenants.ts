/** Tenants. Their names alone stand outside of row-level security, for housekeeping that visits each. */
import { PROBLEM_DETAILS } from '../rats/problem-detail.js';
import type { TenantRecord, TenantSettings, TenantStore } from '../verifier/key-ports.js';
import type { PageRequest } from '../verifier/ports.js';
import { lockExclusively } from './advisory-lock.js';
import { insertApiKey } from './api-keys.js';
import { pageOf, readNameCursor, requireLimit, writeCursor } from './cursor.js';
import type { Database, Row, Statement } from './database.js';
import { StorageRefused } from './refused.js';
import { dateOf, firstOf, nullable, textOf, wordOf } from './row.js';

const LIST = 'tenants';
const SETTINGS_LOCK = 'settings';
const REALMS = ['genuine', 'simulated'] as const;
const RECORD = 'SELECT tenant, realm, description, created_at FROM tenants WHERE tenant = $1';
const NAME = 'INSERT INTO tenant_names (name) VALUES ($1) ON CONFLICT DO NOTHING';

export function tenantStore(database: Database): TenantStore {
  const get: TenantStore['get'] = async (name) => {
    const sql = 'SELECT tenant, realm FROM tenants WHERE tenant = $1';
    const { rows } = await database.read({ tenant: name }, sql, [name]);
    return firstOf(rows, (row) => ({ name: textOf(row, 'tenant'), realm: wordOf(row, 'realm', REALMS) }));
  };

  return {
    get,

    create: ({ name, description, createdAt }, key, digest) =>
      database.transaction({ tenant: name }, async (tx) => {
        // Whoever names it at the same moment waits here, and finds it taken.
        if ((await tx.query(NAME, [name])).count === 0) return null;
        const { rows } = await tx.query(
          `INSERT INTO tenants (tenant, realm, description, created_at) VALUES ($1, 'genuine', $2, $3)
           RETURNING tenant, realm, description, created_at`,
          [name, description, createdAt],
        );
        await insertApiKey(tx, name, key, digest);
        return firstOf(rows, readTenant);
      }),

    names: () => listTenantNames(database),

    async record(name) {
      return firstOf((await database.read({ tenant: name }, RECORD, [name])).rows, readTenant);
    },

    page: (page) => readPage(database, page),

    async list() {
      const found = await Promise.all((await listTenantNames(database)).map(get));
      return found.filter((tenant) => tenant !== null);
    },

    async settings(name) {
      const sql = 'SELECT problem_detail FROM tenants WHERE tenant = $1';
      return settingsOf((await database.read({ tenant: name }, sql, [name])).rows);
    },

    changeSettings: (name, change) =>
      database.transaction({ tenant: name }, async (tx) => {
        await lockExclusively(tx, SETTINGS_LOCK, name);
        const present = await tx.query('SELECT problem_detail FROM tenants WHERE tenant = $1', [name]);
        const { problemDetail } = change(settingsOf(present.rows));
        const sql = 'UPDATE tenants SET problem_detail = $2 WHERE tenant = $1 RETURNING problem_detail';
        return settingsOf((await tx.query(sql, [name, problemDetail])).rows);
      }),

    async ensure(name, realm, now) {
      await database.transaction({ tenant: name }, async (tx) => {
        await tx.query(NAME, [name]);
        await tx.query(
          'INSERT INTO tenants (tenant, realm, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
          [name, realm, now],
        );
      });
      const stored = await get(name);
      if (stored?.realm === realm) return;
      throw new StorageRefused(
        `The tenant ${name} is recorded for ${stored?.realm ?? 'no'} evidence and cannot be used for ${realm} evidence. Give it another database.`,
      );
    },
  };
}

/** Names from the list that all may see, then each row as its own tenant sees it, all in one round trip. */
async function readPage(database: Database, page: PageRequest) {
  requireLimit(page);
  const after = page.cursor === null ? '' : readNameCursor(LIST, page.cursor);
  const sql = 'SELECT name FROM tenant_names WHERE name > $1 ORDER BY name LIMIT $2';
  const { rows } = await database.read({ tenant: null }, sql, [after, page.limit + 1]);
  const names = rows.map((row) => textOf(row, 'name'));
  const statements = names.map((name): Statement => ({ tenant: name, text: RECORD, values: [name] }));
  const found = await database.batch({ tenant: null }, statements);
  const records = found.flatMap((result) => firstOf(result.rows, readTenant) ?? []);
  return pageOf(records, page.limit, ({ name }) => writeCursor(LIST, [name]));
}

function readTenant(row: Row): TenantRecord {
  return {
    name: textOf(row, 'tenant'),
    realm: wordOf(row, 'realm', REALMS),
    description: nullable(textOf, row, 'description'),
    createdAt: dateOf(row, 'created_at'),
  };
}

function settingsOf(rows: readonly Row[]): TenantSettings {
  const found = firstOf(rows, (row) => ({ problemDetail: wordOf(row, 'problem_detail', PROBLEM_DETAILS) }));
  if (found === null) throw new Error('this tenant was never made');
  return found;
}

/** Every tenant's name, in order. */
export function listTenantNames(database: Database): Promise<readonly string[]> {
  return database.transaction({ tenant: null }, async (tx) => {
    const { rows } = await tx.query('SELECT name FROM tenant_names ORDER BY name');
    return rows.map((row) => textOf(row, 'name'));
  });
}
