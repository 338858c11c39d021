/** Row-level security: of every table with a tenant, nobody but that tenant sees a row. */

import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/storage/database.js';
import { audienceOf } from '../audience.js';
import type { Engine } from './engine.js';
import { genuineEpoch } from './renewals-suite.js';
import {
  makeTenant,
  NOW,
  randomHex,
  sampleAuthority,
  sampleCommit,
  samplePlatform,
  samplePolicy,
  sampleReference,
  sampleRenewal,
  sampleSighting,
  sampleTerms,
  sampleWorkload,
} from './samples.js';
import type { Opened } from './storage-suite.js';

/** Tables without a tenant, and why they may be seen by all. */
const SHARED: Readonly<Record<string, string>> = {
  deployment: 'one row: issuer and KEK check value of the whole deployment, read before any tenant is known',
  tenant_names: 'names alone, so that housekeeping can visit each tenant in turn',
  endorsements: 'vendor documents, public by nature and shared by the tenants of a realm',
  endorsement_uses:
    'which vendor documents were of use in a realm and when last; it names no tenant and no evidence',
  endorsement_refreshes: 'how renewing each vendor document of a realm went, shared as the documents are',
  'pgboss.archive': 'jobs that ended: names of vendor documents to renew',
  'pgboss.job': 'jobs: names of vendor documents to renew',
  'pgboss.j4dd86a7fbab8e156c31a5980f7296da6e24d14b2ea2464710eba1a6f':
    'the part of pgboss.job that holds the queue refresh-endorsements (SHA-224 of its name)',
  'pgboss.queue': 'names and settings of the queues',
  'pgboss.schedule': 'schedules of jobs; none is used and the service may not read it',
  'pgboss.subscription': 'events of jobs; none is used and the service may not read it',
  'pgboss.version': 'version of the job queue’s tables',
  endorsement_epochs: 'one number for each realm, which says nothing but that vendor documents came',
  vendor_requests:
    'names of vendor documents that were asked for, shared as the documents are; a share is a name alone',
  vendor_services: 'when each vendor’s service may be asked again, the same for all',
  schema_migrations: 'names of the migrations that ran',
};

export function describeIsolation(opened: Opened): void {
  describe('row-level security', () => {
    let owner = '';
    let stranger = '';
    beforeAll(async () => {
      owner = await makeTenant(opened().stores);
      stranger = await makeTenant(opened().stores);
      await fillEveryTable(opened(), owner);
    });

    test('every table has a tenant or a reason to have none', async () => {
      const tables = await listTables(opened());
      const without = tables.filter((table) => !table.hasTenant).map((table) => table.name);
      expect(without.sort()).toEqual(Object.keys(SHARED).sort());
      expect(Object.values(SHARED).every((reason) => reason.length > 0)).toBe(true);
      expect(tables.filter((table) => table.hasTenant).length).toBeGreaterThanOrEqual(16);
    });

    test('a tenant’s rows are there for it and for nobody else', async () => {
      const engine = opened();
      for (const { name } of (await listTables(engine)).filter((table) => table.hasTenant)) {
        // There is something to see, and the tenant sees it.
        expect([name, await rowsSeen(engine.database, owner, name, owner)]).not.toEqual([name, 0]);
        expect([name, await rowsSeen(engine.database, null, name)]).toEqual([name, 0]);
        expect([name, await rowsSeen(engine.database, '', name)]).toEqual([name, 0]);
        expect([name, await rowsSeen(engine.database, stranger, name, owner)]).toEqual([name, 0]);
      }
    });

    test('a tenant cannot write rows of another', async () => {
      const engine = opened();
      const writes = [
        "INSERT INTO workloads (tenant, name, created_at) VALUES ($1, 'planted', now())",
        "INSERT INTO policies (tenant, name, created_at) VALUES ($1, 'planted', now())",
        "INSERT INTO platforms (tenant, id, kind, value, label, owner, created_at) VALUES ($1, 'p', 'snp-csp-id', 'p', 'p', 'p', now())",
        "INSERT INTO platform_sightings (tenant, workload, policy, machine, tee, facts, fields, first_seen_at, last_seen_at) VALUES ($1, 'w', '', repeat('0', 64), 'tdx', '{}', '{}', now(), now())",
        "INSERT INTO reference_field_sets (tenant, tee, fields) VALUES ($1, 'sev-snp', 'planted')",
      ];
      for (const write of writes) {
        for (const tenant of [stranger, null]) {
          const attempt = engine.database.transaction({ tenant }, (tx) => tx.query(write, [owner]));
          await expect(attempt).rejects.toThrow(/row-level security/);
        }
      }
      const raise = 'UPDATE tenants SET epoch = epoch + 1 WHERE tenant = $1';
      const outside = await engine.database.transaction({ tenant: stranger }, (tx) =>
        tx.query(raise, [owner]),
      );
      expect(outside.count).toBe(0);
    });

    test('what is decided can be neither changed nor removed by the service', async () => {
      const engine = opened();
      for (const statement of [
        "UPDATE decisions SET status = 'affirming'",
        'DELETE FROM decisions',
        'DELETE FROM tokens',
        'UPDATE tokens SET expires_at = now()',
        'UPDATE renewable_decisions SET until = now()',
        'UPDATE spent_proofs SET expires_at = now()',
        'TRUNCATE spent_proofs',
        "UPDATE reference_values SET match = '{}'",
        "UPDATE policy_versions SET document = '{}'",
        'DELETE FROM policy_versions',
        "UPDATE reference_value_states SET state = 'active'",
        'DELETE FROM reference_value_states',
        "UPDATE platform_states SET label = 'another'",
        'DELETE FROM platform_states',
        'UPDATE decisions SET epoch = 0',
        "UPDATE platforms SET value = 'another'",
        'ALTER TABLE decisions DISABLE ROW LEVEL SECURITY',
        'TRUNCATE spent_challenges',
      ]) {
        const attempt = engine.database.transaction({ tenant: owner }, (tx) => tx.query(statement));
        await expect(attempt).rejects.toThrow(/permission denied|must be owner/);
      }
    });

    test('the role and the tenant end with the transaction', async () => {
      const engine = opened();
      await engine.database.transaction({ tenant: owner }, (tx) => tx.query('SELECT 1'));
      const seen = await engine.database.transaction({ tenant: null }, async (tx) => {
        const text = "SELECT current_user::text AS role, current_setting('assay.tenant') AS tenant";
        return (await tx.query(text)).rows[0];
      });
      expect(seen).toEqual({ role: 'assay_service', tenant: '' });
    });

    test('a tenant’s name is text, whatever is in it', async () => {
      const engine = opened();
      const name = `o'; RESET ROLE; -- \\ "${randomHex(4)}`;
      await engine.stores.tenants.ensure(name, 'genuine', NOW);
      expect(await engine.stores.tenants.get(name)).toEqual({ name, realm: 'genuine' });
      const text = "SELECT current_user::text AS role, current_setting('assay.tenant') AS tenant";
      const { rows } = await engine.database.transaction({ tenant: name }, (tx) => tx.query(text));
      expect(rows).toEqual([{ role: 'assay_service', tenant: name }]);
    });
  });
}

/** Through the stores, so that a table that they do not write fails the test for it. */
async function fillEveryTable(engine: Engine, tenant: string): Promise<void> {
  const { stores } = engine;
  await stores.workloads.create(tenant, sampleWorkload('llm'));
  await stores.referenceValues.create(tenant, 'llm', sampleReference({ measurement: randomHex(48) }), NOW);
  await stores.policies.create(tenant, 'own', samplePolicy('own'), NOW);
  await stores.platforms.create(tenant, samplePlatform({ kind: 'snp-csp-id', value: 'Example' }));
  await stores.sightings.record(tenant, [sampleSighting()]);
  await stores.audiences.create(tenant, audienceOf('vault-prod'));
  await stores.authorities.ensure(tenant, 'vault-prod', async () => sampleAuthority(tenant, 'vault-prod'));
  await stores.decisions.commit(
    sampleCommit(tenant, { endorsements: await genuineEpoch(engine), renewal: sampleTerms() }),
  );
  await stores.renewals.commit(sampleRenewal(tenant));
  const digest = createHash('sha256').update(tenant).digest();
  await stores.apiKeys.create(tenant, { id: 'a', name: 'a', role: 'admin', createdAt: NOW }, digest);
  await stores.idempotency.once(tenant, 'route', 'key', digest, NOW, async () => ({ status: 200, body: {} }));
}

interface TableFound {
  readonly name: string;
  readonly hasTenant: boolean;
}

/** Everything that can hold or show rows, from the catalogue. */
async function listTables(engine: Engine): Promise<readonly TableFound[]> {
  const rows = await engine.administer(
    `SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name, EXISTS (
        SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
      ) AS has_tenant
       FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'`,
  );
  return rows.map((row) => ({ name: String(row.name), hasTenant: row.has_tenant === true }));
}

/** Rows that a transaction of `tenant` sees; `of`: rows of that tenant only. */
function rowsSeen(database: Database, tenant: string | null, table: string, of?: string): Promise<number> {
  return database.transaction({ tenant }, async (tx) => {
    const filter = of === undefined ? '' : 'WHERE tenant = $1';
    const { rows } = await tx.query(
      `SELECT count(*)::integer AS n FROM ${table} ${filter}`,
      of === undefined ? [] : [of],
    );
    return Number(rows[0]?.n);
  });
}
