/** Migration 0014 on a database that has keys already, by an owner whom row-level security binds. */
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type EmbeddedDatabase, openPglite } from '../../src/storage/pglite.js';

const KEY_STATES = '0014_key_states.sql';

let database: EmbeddedDatabase;
beforeAll(async () => {
  database = await openPglite(null);
}, 60_000);
afterAll(() => database.close());

const key = (tenant: string, kid: string, state: string, purpose = 'token') => `
  SELECT set_config('assay.tenant', '${tenant}', false);
  INSERT INTO signing_keys (tenant, kid, purpose, alg, state, public_jwk, wrapped, created_at)
  VALUES ('${tenant}', '${kid}', '${purpose}', 'ES256', '${state}', '{"kty":"EC"}', '\\x01', '2026-01-02T03:04:05Z');`;

test('active keys have signed since they were made, and keep what they are', async () => {
  const earlier = (await readdir('migrations')).filter((file) => file < KEY_STATES).sort();
  expect(earlier).toHaveLength(13);
  const rows = await database.administer(async (session) => {
    await session.run(`CREATE ROLE assay_service NOLOGIN; CREATE ROLE founder NOLOGIN;
      GRANT ALL ON SCHEMA public TO founder; GRANT assay_service TO founder; SET ROLE founder;
      CREATE TABLE schema_migrations (id serial PRIMARY KEY, name text, run_on timestamp);`);
    for (const file of earlier) await session.run(await readFile(`migrations/${file}`, 'utf8'));
    for (const tenant of ['acme', 'default']) {
      await session.run(`SELECT set_config('assay.tenant', '${tenant}', false);
        INSERT INTO tenant_names (name) VALUES ('${tenant}');
        INSERT INTO tenants (tenant, realm, created_at) VALUES ('${tenant}', 'genuine', now());`);
      await session.run(key(tenant, `${tenant}-1`, 'active') + key(tenant, `${tenant}-2`, 'retired'));
      await session.run(key(tenant, `${tenant}-3`, 'active', 'bundle'));
    }
    await session.run(`SELECT set_config('assay.tenant', '', false); BEGIN;`);
    await session.run(await readFile(`migrations/${KEY_STATES}`, 'utf8'));
    await session.run('COMMIT; RESET ROLE;');
    return (
      await session.query(
        `SELECT kid, state, published_at, active_from, retired_at IS NULL AS signs, wrapped IS NULL AS gone
           FROM signing_keys ORDER BY kid`,
      )
    ).rows;
  });
  const made = new Date('2026-01-02T03:04:05Z');
  expect(rows).toEqual(
    ['acme', 'default'].flatMap((tenant) =>
      ['active', 'retired', 'active'].map((state, index) => ({
        ...{ kid: `${tenant}-${index + 1}`, state, published_at: made, active_from: made },
        ...{ signs: state === 'active', gone: false },
      })),
    ),
  );
});
