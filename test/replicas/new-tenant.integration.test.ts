/** A tenant that is made while replicas run is there on each of them at once, and is looked after like those before it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { NOTICE } from '../../src/token/key-life.js';
import { listsArchive, referenceBody } from '../http/guest.js';
import { tokenFor } from '../http/isolation/filling.js';
import { ISSUER, simulatedAnchors, startTestService, type TestService } from '../http/service.js';
import { type Holder, mintHolder } from '../token/possession.js';
import { createDatabase, type TestDatabase } from './database.js';

const KEK = '11'.repeat(32);
const SHARED = { ASSAY_CHALLENGE_SECRET: '22'.repeat(32), ASSAY_SIMULATED_VENDORS: '0' };
const measurement = randomBytes(48);

describe('two replicas on one PostgreSQL', () => {
  let database: TestDatabase;
  let holder: Holder;
  let replicas: readonly [TestService, TestService];
  const start = async (env: Readonly<Record<string, string>>): Promise<TestService> =>
    startTestService(
      { ASSAY_DATABASE_URL: database.url, ...SHARED, ...env },
      { genuineAnchors: await simulatedAnchors() },
    );

  beforeAll(async () => {
    database = await createDatabase();
    holder = await mintHolder();
    replicas = [await start({ ASSAY_KEK: KEK }), await start({ ASSAY_KEK: KEK })];
    const [one] = replicas;
    await one
      .post('/v1/endorsements/import', undefined, one.adminKey)
      .set('Content-Type', 'application/x-tar')
      .send(await listsArchive())
      .expect(200);
  }, 180_000);
  afterAll(async () => {
    await Promise.all((replicas ?? []).map((replica) => replica.close()));
    await database?.drop();
  }, 60_000);

  /** Makes a tenant on the one and has the other name what it protects, without a pause. */
  async function makeTenant(name: string): Promise<string> {
    const [one, other] = replicas;
    for (const replica of replicas) await replica.get(`/t/${name}/.well-known/jwks.json`).expect(404);
    const { body } = await one.post('/v1/tenants', { name }, one.adminKey).expect(201);
    const { key } = body.admin_key;
    const create = (path: string, of: object) => other.post(`/t/${name}/v1${path}`, of, key).expect(201);
    await create('/workloads', { name: 'llm' });
    await create('/workloads/llm/reference-values', referenceBody(measurement));
    await create('/audiences', { name: 'vault', workloads: ['llm'] });
    return key;
  }
  const attesting = (name: string) => ({
    ...{ path: `/t/${name}`, issuer: `${ISSUER}/t/${name}`, audience: 'vault', measurement, holder },
  });
  const signerAt = async (replica: TestService, name: string) =>
    String(decodeProtectedHeader((await tokenFor(replica, attesting(name))).token).kid);
  const publishedAt = async (replica: TestService, name: string): Promise<readonly string[]> => {
    const { body } = await replica.get(`/t/${name}/.well-known/jwks.json`).expect(200);
    return body.keys.map(({ kid }: { readonly kid: string }) => kid).sort();
  };

  test('have its discovery, one set of keys, and tokens, at once', async () => {
    await makeTenant('prompt');
    for (const replica of replicas) {
      const found = await replica.get('/t/prompt/.well-known/openid-configuration').expect(200);
      expect(found.body.issuer).toBe(`${ISSUER}/t/prompt`);
    }
    const [first, second] = await Promise.all(replicas.map((replica) => publishedAt(replica, 'prompt')));
    expect(second).toEqual(first);
    expect(first).toHaveLength(2);
    const kids = await Promise.all(replicas.map((replica) => signerAt(replica, 'prompt')));
    expect(new Set(kids).size).toBe(1);
    expect(first).toContain(kids[0]);
  });

  test('agree on its name, whoever is asked', async () => {
    const replies = await Promise.all(
      [...replicas, ...replicas].map((replica) =>
        replica.post('/v1/tenants', { name: 'contested' }, replica.adminKey),
      ),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  test('turn its keys, by hand and by themselves', async () => {
    const key = await makeTenant('turning');
    const [one, other] = replicas;
    const before = await signerAt(other, 'turning');
    const rotated = await one.post('/t/turning/v1/keys/rotate', { alg: 'ES256' }, key).expect(201);
    const [{ kid: next }] = rotated.body.keys;
    expect(await publishedAt(other, 'turning')).toContain(next);
    expect(await signerAt(other, 'turning')).toBe(before);
    await database.ask(
      `UPDATE signing_keys SET active_from = active_from - interval '${NOTICE} seconds' WHERE tenant = 'turning' AND state = 'published'`,
    );
    const deadline = Date.now() + 180_000;
    while ((await signerAt(other, 'turning')) !== next) {
      if (Date.now() > deadline) throw new Error('the next key never signed');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }

    const urgent = { emergency: true, reason: 'tried' };
    await one.post('/t/turning/v1/keys/rotate', urgent, key).expect(201);
    const after = await signerAt(other, 'turning');
    expect([before, next]).not.toContain(after);
    expect(await publishedAt(other, 'turning')).not.toContain(next);
    expect(await publishedAt(one, 'turning')).toContain(after);
  });

  test('go on under another key-encryption key, its keys among those that are wrapped anew', async () => {
    await makeTenant('wrapped');
    const before = await signerAt(replicas[0], 'wrapped');
    const wrapped = () =>
      database.ask(
        "SELECT wrapped FROM signing_keys WHERE tenant = 'wrapped' AND state = 'active' ORDER BY alg",
      );
    const old = await wrapped();
    const changed = await start({ ASSAY_KEK: '33'.repeat(32), ASSAY_KEK_PREVIOUS: KEK });
    try {
      const fresh = await wrapped();
      expect(fresh).toHaveLength(2);
      for (const [index, row] of fresh.entries()) expect(row).not.toEqual(old[index]);
      expect(await signerAt(changed, 'wrapped')).toBe(before);
    } finally {
      await changed.close();
    }
  });
});
