/** Tenants. Their names alone stand outside of row-level security, for housekeeping that visits each. */
import { PROBLEM_DETAILS } from '../rats/problem-detail.js';
import type { TenantSettings, TenantStore } from '../verifier/key-ports.js';
import { lockExclusively } from './advisory-lock.js';
import type { Database, Row } from './database.js';
import { StorageRefused } from './refused.js';
import { firstOf, textOf, wordOf } from './row.js';

const SETTINGS_LOCK = 'settings';
const REALMS = ['genuine', 'simulated'] as const;

export function tenantStore(database: Database): TenantStore {
  const get: TenantStore['get'] = async (name) => {
    const sql = 'SELECT tenant, realm FROM tenants WHERE tenant = $1';
    const { rows } = await database.read({ tenant: name }, sql, [name]);
    return firstOf(rows, (row) => ({ name: textOf(row, 'tenant'), realm: wordOf(row, 'realm', REALMS) }));
  };

  return {
    get,

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
        await tx.query('INSERT INTO tenant_names (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
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
