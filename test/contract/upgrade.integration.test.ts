/** A database that an earlier release filled, from before vendors were asked, comes to the present schema and goes on. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runner } from 'node-pg-migrate';
import { MIGRATIONS_TABLE } from '../../src/storage/database.js';
import { migrateDatabase, openStores } from '../../src/storage/index.js';
import { reparsedPolicy } from '../../src/verifier/policy-documents.js';
import type { Stores } from '../../src/verifier/ports.js';
import { administer, makeDatabase, type OwnDatabase } from './postgres-engine.js';
import { minutesLater, NOW, sampleDocument } from './samples.js';

const MIGRATIONS = fileURLToPath(new URL('../../../migrations/', import.meta.url));
/** The last of the schema that the database was left at. */
const EARLIER = 7;

const CRL = { kind: 'snp-vcek-crl', subject: 'Milan' };
const CHIP = 'aa'.repeat(64);
const VEK = { kind: 'snp-vek', subject: `Milan/${CHIP}/0300000000000018d5` };
const OTHER_LEVEL = { kind: 'snp-vek', subject: `Milan/${CHIP}/0400000000000018db` };

/** As a service of that release would have left it: a tenant with what it registered, and vendor documents. */
const FILLED = [
  `INSERT INTO tenant_names (name) VALUES ('default')`,
  `INSERT INTO tenants (tenant, realm, epoch, created_at) VALUES ('default', 'genuine', 5, now())`,
  `INSERT INTO workloads (tenant, name, created_at) VALUES ('default', 'llm', now())`,
  `INSERT INTO reference_values (tenant, workload, version, state, tee, covers, match, created_at, changed_at)
   VALUES ('default', 'llm', 1, 'active', 'sev-snp', 'boot', '{"measurement":["${'ab'.repeat(48)}"]}', now(), now()),
          ('default', 'llm', 2, 'draft', 'sev-snp', 'boot', '{"measurement":["${'cd'.repeat(48)}"]}', now(), now())`,
  `INSERT INTO platforms (tenant, id, kind, value, label, owner, created_at)
   VALUES ('default', 'plt_1', 'snp-chip-id', '${CHIP}', 'rack 7', 'us', now())`,
  `INSERT INTO policies (tenant, name, created_at) VALUES ('default', 'ours', now())`,
  `INSERT INTO policy_versions (tenant, policy, version, state, document, digest, created_at, changed_at)
   VALUES ('default', 'ours', 1, 'active', '{"name":"ours","version":1,"common":{"platforms":"registered"}}',
           '${'0'.repeat(64)}', now(), now())`,
];

let own: OwnDatabase;
let stores: Stores;
let applied: readonly string[];
const list = sampleDocument({ ...CRL, sequence: 1n });
const vek = sampleDocument({ ...VEK, sequence: null });

beforeAll(async () => {
  own = await makeDatabase();
  const earlier = await runner({
    databaseUrl: own.url,
    dir: MIGRATIONS,
    direction: 'up',
    count: EARLIER,
    migrationsTable: MIGRATIONS_TABLE,
    schema: 'public',
    migrationsSchema: 'public',
    log: () => {},
  });
  expect(earlier).toHaveLength(EARLIER);
  await administer(own.adminUrl, [
    ...FILLED,
    ...[list, vek].map(
      ({ kind, subject, sha256, bytes }) =>
        `INSERT INTO endorsements (realm, kind, subject, sha256, document, issued_at, expires_at, sequence, source, stored_at)
         VALUES ('genuine', '${kind}', '${subject}', '${sha256}', '\\x${Buffer.from(bytes).toString('hex')}',
                 '${NOW.toISOString()}', '${minutesLater(60 * 24 * 30).toISOString()}', ${kind === CRL.kind ? 1 : 'NULL'},
                 'import', '${NOW.toISOString()}')`,
    ),
  ]);
  await expect(openStores(own.url)).rejects.toThrow(/assay migrate/);
  applied = await migrateDatabase(own.url);
  stores = await openStores(own.url);
}, 120_000);
afterAll(async () => {
  await stores.close();
  await own.drop();
});

describe('a database of an earlier release', () => {
  test('gets every migration since, once', async () => {
    expect(applied.length).toBeGreaterThan(6);
    expect(applied[0]).toMatch(/^0008_/);
    expect(await migrateDatabase(own.url)).toEqual([]);
  });

  test('keeps its vendor documents, and knows which are about a machine', async () => {
    const { endorsements } = stores;
    const scope = { state: null, now: NOW, machines: true } as const;
    const { items } = await endorsements.page('genuine', scope, { limit: 10, cursor: null });
    expect(items.map(({ sha256, state }) => [sha256, state])).toEqual([
      [list.sha256, 'current'],
      [vek.sha256, 'current'],
    ]);
    expect((await endorsements.shared('genuine', NOW)).map(({ sha256 }) => sha256)).toEqual([list.sha256]);
    expect(await endorsements.knows('genuine', [OTHER_LEVEL])).toBe(true);
  });

  test('has an epoch of them that a newer document raises, so that nothing is decided behind its back', async () => {
    const { endorsements, decisions } = stores;
    const standing = () => endorsements.findStanding('genuine', [CRL], { at: minutesLater(5), fresh: true });
    const before = await standing();
    expect(before.documents).toEqual([{ ...CRL, bytes: list.bytes }]);
    const newer = sampleDocument({ ...CRL, sequence: 2n, issuedAt: minutesLater(1) });
    expect(await endorsements.keep('genuine', newer, 'import', minutesLater(2))).toBe('current');
    const after = await standing();
    expect(after.epoch).toBeGreaterThan(before.epoch);
    expect(after.documents).toEqual([{ ...CRL, bytes: newer.bytes }]);
    const { epoch } = await stores.policies.find('default', { workload: 'llm', otherwise: 'standard' });
    const stands = (one: bigint) => decisions.epochStands('default', epoch, { realm: 'genuine', epoch: one });
    expect([await stands(before.epoch), await stands(after.epoch)]).toEqual([false, true]);
  });

  test('judges by its policies as before: what they do not name is at its default', async () => {
    const kept = await stores.policies.getVersion('default', 'ours', 1);
    if (kept === null) throw new Error('the policy is gone');
    expect(reparsedPolicy(kept).common).toMatchObject({
      platforms: 'registered',
      tcb_track: 'standard',
      stale_endorsements: null,
    });
  });

  test('remembers from now on how reference values and machines stood', async () => {
    const machine = { kind: 'snp-chip-id', value: CHIP } as const;
    expect((await stores.platforms.find('default', machine)).platform).toMatchObject({ label: 'rack 7' });
    await administer(own.adminUrl, [
      `DO $check$ BEGIN
         ASSERT (SELECT array_agg(version || ' ' || state || ' ' || epoch) FROM reference_value_states) = ARRAY['1 active 5'];
         ASSERT (SELECT count(*) FROM platform_states WHERE value = '${CHIP}' AND epoch = 5) = 1;
       END $check$`,
    ]);
  });

  test('lets vendors be asked', async () => {
    const standing = { nextAt: NOW, closedUntil: null, failures: 1 };
    await stores.vendorRequests.open('genuine', 'amd-kds', (books) => books.record(standing));
    expect(await stores.vendorRequests.report('genuine')).toEqual([
      { ...standing, service: 'amd-kds', waiting: 0 },
    ]);
    await stores.refreshes.note('genuine', [{ ...CRL, lastUsedAt: NOW }]);
    expect(await stores.refreshes.known('genuine', [CRL, VEK])).toMatchObject([CRL]);
  });
});
