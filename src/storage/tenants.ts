/** Tenants. Their names alone stand outside of row-level security, for housekeeping that visits each. */
import type { TenantStore } from '../verifier/ports.js';
import type { Database } from './database.js';
import { StorageRefused } from './refused.js';
import { firstOf, textOf, wordOf } from './row.js';

const REALMS = ['genuine', 'simulated'] as const;

export function tenantStore(database: Database): TenantStore {
  const get: TenantStore['get'] = (name) =>
    database.transaction({ tenant: name }, async (tx) => {
      const { rows } = await tx.query('SELECT tenant, realm FROM tenants WHERE tenant = $1', [name]);
      return firstOf(rows, (row) => ({ name: textOf(row, 'tenant'), realm: wordOf(row, 'realm', REALMS) }));
    });

  return {
    get,
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

/** Every tenant's name, in order. */
export function listTenantNames(database: Database): Promise<readonly string[]> {
  return database.transaction({ tenant: null }, async (tx) => {
    const { rows } = await tx.query('SELECT name FROM tenant_names ORDER BY name');
    return rows.map((row) => textOf(row, 'name'));
  });
}
