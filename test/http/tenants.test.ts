/** A tenant that is not built in is made over the network, and has an issuer, keys and rows of its own from then on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { HttpParts } from '../../src/http/parts.js';
import type { Call } from '../../src/http/route.js';
import { TENANTS_ROUTES } from '../../src/http/routes/tenants.js';
import { ROUTES } from '../../src/http/routes.js';
import { RESERVED_TENANTS, TENANT_NAME } from '../../src/http/tenant-name.js';
import { systemEntropy } from '../../src/platform/entropy.js';
import { createLog, faultFields } from '../../src/platform/log.js';
import { StorageRefused } from '../../src/storage/index.js';
import { ISSUER, startTestService, type TestService } from './service.js';

let dir = '';
let url = '';
let service: TestService;
let acme = '';
const KEK = 'cd'.repeat(32);
const TENANTS = '/v1/tenants';

const create = (body: object, key = service.adminKey) => service.post(TENANTS, body, key);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-tenants-'));
  url = `pglite:${join(dir, 'db')}`;
  service = await startTestService({ ASSAY_DATABASE_URL: url, ASSAY_KEK: KEK });
  const { body } = await create({ name: 'acme', description: 'contract 4711' }).expect(201);
  acme = body.admin_key.key;
});
afterAll(async () => {
  await service.close();
  await rm(dir, { recursive: true, force: true });
});

describe('making a tenant', () => {
  test('gives its issuer and its first admin key, which is told nowhere else', async () => {
    const made = await create({ name: 'initech' }).expect(201);
    expect(made.body).toEqual({
      name: 'initech',
      issuer: `${ISSUER}/t/initech`,
      realm: 'genuine',
      description: null,
      created_at: service.clock.now().toISOString(),
      admin_key: { id: expect.stringMatching(/^key_/), key: expect.stringMatching(/^ak_[\w-]{43}$/) },
    });
    expect(made.headers['cache-control']).toBe('no-store');
    const { id, key } = made.body.admin_key;
    const { body } = await service.get('/t/initech/v1/api-keys', key).expect(200);
    expect(body.items).toMatchObject([{ id, role: 'admin' }]);
    const told = [...service.logLines, JSON.stringify((await service.get(TENANTS, service.adminKey)).body)];
    expect(told.join('\n')).toContain(id);
    expect(told.join('\n')).not.toContain(key.slice(3));
  });

  test('makes its signing keys at once, of its own', async () => {
    const { body: made } = await create({ name: 'keyed' }).expect(201);
    const { body: own } = await service.get('/t/keyed/v1/keys', made.admin_key.key).expect(200);
    const states = own.items.map(({ alg, state }: Record<string, string>) => `${alg} ${state}`);
    expect(states.sort()).toEqual(['ES256 active', 'RS256 active']);
    const { body: published } = await service.get('/t/keyed/.well-known/jwks.json').expect(200);
    const kids = (keys: readonly { readonly kid: string }[]) => keys.map(({ kid }) => kid).sort();
    expect(kids(published.keys)).toEqual(kids(own.items));
    const { body: standard } = await service.get('/.well-known/jwks.json').expect(200);
    expect(kids(standard.keys).filter((kid) => kids(published.keys).includes(kid))).toEqual([]);
  });

  test('tells its key also when signing keys are not made in time', async () => {
    jest.useFakeTimers();
    try {
      const route = TENANTS_ROUTES.find(({ id }) => id === 'createTenant');
      const logged: string[] = [];
      let asked: () => void = () => {};
      const making = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const parts = {
        stores: {
          tenants: { create: async (made: object) => ({ ...made, realm: 'genuine' }) },
        },
        clock: service.clock,
        entropy: systemEntropy,
        tenants: { issuerOf: (name: string) => `${ISSUER}/t/${name}` },
        log: createLog({ write: (line) => void logged.push(line) }),
        faultFields,
        jwks: () => {
          asked();
          return new Promise(() => {});
        },
      };
      const body = { mediaType: 'application/json', bytes: Buffer.from('{"name":"patient"}') };
      const call = { caller: null, body, header: () => undefined };
      const reply = route?.handle(parts as unknown as HttpParts, call as unknown as Call);
      await making;
      await jest.runOnlyPendingTimersAsync();
      expect(await reply).toMatchObject({
        status: 201,
        content: { json: { name: 'patient', admin_key: { key: expect.stringMatching(/^ak_/) } } },
      });
      expect(logged.map((line) => JSON.parse(line).level)).toEqual(['info', 'warn']);
    } finally {
      jest.useRealTimers();
    }
  });

  test('refuses a name that is taken, by how many at once however', async () => {
    expect((await create({ name: 'acme' })).body.code).toBe('state_conflict');
    const replies = await Promise.all(Array.from({ length: 5 }, () => create({ name: 'raced' })));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    const winner = replies.find(({ status }) => status === 201)?.body.admin_key.key;
    const { body } = await service.get('/t/raced/v1/api-keys', winner).expect(200);
    expect(body.items).toHaveLength(1);
  });

  test.each([
    ...['', 'A', 'Acme', '-acme', 'a.b', 'a_b', 'a/b', 'a b', 'ä', 'a\u0000b', 'x'.repeat(41)],
    ...RESERVED_TENANTS,
  ])('refuses the name %j', async (name) => {
    const { body } = await create({ name });
    expect(body.code).toBe('request_invalid');
  });

  test.each(['0', 'a', 'a-', 'simulated-2', 'x'.repeat(40)])('takes the name %j', async (name) => {
    const { body } = await create({ name }).expect(201);
    await service.get(`/t/${name}/.well-known/openid-configuration`).expect(200);
    expect(body.issuer).toBe(`${ISSUER}/t/${name}`);
  });

  test('reserves every first step of a path', () => {
    const steps = ROUTES.map(({ path }) => path.split('/')[1]?.replace(/^\.|\.json$/g, '') ?? '');
    const names = [...new Set(steps)].filter((step) => new RegExp(`^${TENANT_NAME}$`).test(step));
    expect(names).toContain('problems');
    expect(names.filter((name) => !RESERVED_TENANTS.includes(name))).toEqual([]);
  });

  test('takes no Idempotency-Key, no other member and no empty description', async () => {
    const repeatable = await create({ name: 'repeated' }).set('Idempotency-Key', 'k');
    expect(repeatable.body.code).toBe('request_invalid');
    expect((await create({ name: 'realmed', realm: 'simulated' })).body.code).toBe('member_unknown');
    expect((await create({ name: 'blank', description: '' })).body.code).toBe('request_invalid');
    for (const name of ['repeated', 'realmed', 'blank']) await service.get(`/t/${name}/docs`).expect(404);
  });

  test('is for admins of the built-in tenant, under its issuer', async () => {
    const reader = { name: 'reader', role: 'publisher' };
    const { body } = await service.post('/v1/api-keys', reader, service.adminKey).expect(201);
    expect((await create({ name: 'stolen' }, body.key)).body.code).toBe('role_missing');
    expect((await create({ name: 'stolen' }, acme)).body.code).toBe('unauthenticated');
    expect((await service.post(TENANTS, { name: 'stolen' })).body.code).toBe('unauthenticated');
    for (const under of ['/simulated', '/t/acme']) {
      for (const key of [acme, service.adminKey]) {
        const reply = await service.post(`${under}${TENANTS}`, { name: 'stolen' }, key);
        expect([under, reply.status, reply.body.code]).toEqual([under, 404, 'not_found']);
        await service.get(`${under}${TENANTS}`, key).expect(404);
        await service.get(`${under}${TENANTS}/acme`, key).expect(404);
      }
    }
    await service.get('/t/stolen/docs').expect(404);
  });
});

describe('tenants', () => {
  test('are listed by name, in pages, built-in ones among them', async () => {
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await service.get(`${TENANTS}?limit=2${query}`, service.adminKey).expect(200);
      expect(body.items.length).toBeLessThanOrEqual(2);
      names.push(...body.items.map(({ name }: { name: string }) => name));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(names).toEqual([...new Set(names)].sort());
    for (const name of ['acme', 'default', 'simulated']) expect(names).toContain(name);
    const forged = Buffer.from('["workloads","a"]').toString('base64url');
    for (const query of ['limit=201', 'cursor=nonsense', `cursor=${forged}`]) {
      const reply = await service.get(`${TENANTS}?${query}`, service.adminKey);
      expect([query, reply.body.code]).toEqual([query, 'request_invalid']);
    }
    const beyond = Buffer.from('["tenants","zzzz"]').toString('base64url');
    const { body } = await service.get(`${TENANTS}?cursor=${beyond}`, service.adminKey).expect(200);
    expect(body).toEqual({ items: [], next_cursor: null });
  });

  test('are shown one by one, with the issuer of each', async () => {
    const found = await service.get(`${TENANTS}/acme`, service.adminKey).expect(200);
    const issuer = `${ISSUER}/t/acme`;
    expect(found.body).toMatchObject({
      name: 'acme',
      issuer,
      realm: 'genuine',
      description: 'contract 4711',
    });
    await service
      .get(`${TENANTS}/acme`, service.adminKey)
      .set('If-None-Match', found.headers.etag ?? '')
      .expect(304);
    const simulated = await service.get(`${TENANTS}/simulated`, service.adminKey).expect(200);
    expect(simulated.body).toMatchObject({ issuer: `${ISSUER}/simulated`, realm: 'simulated' });
    const standard = await service.get(`${TENANTS}/default`, service.adminKey).expect(200);
    expect(standard.body).toMatchObject({ issuer: ISSUER, realm: 'genuine' });
    await service.get(`${TENANTS}/nobody`, service.adminKey).expect(404);
  });

  test('do not see what the operator noted about them', async () => {
    const { text } = await service.get('/t/acme/v1/tenant', acme).expect(200);
    expect(text).not.toContain('4711');
  });
});

describe('a tenant under /t/', () => {
  test('has an issuer of its own, in both forms of discovery', async () => {
    const issuer = `${ISSUER}/t/acme`;
    const openid = await service.get('/t/acme/.well-known/openid-configuration').expect(200);
    expect(openid.body).toMatchObject({ issuer, jwks_uri: `${issuer}/.well-known/jwks.json` });
    const inserted = await service.get('/.well-known/oauth-authorization-server/t/acme').expect(200);
    expect(inserted.body).toMatchObject({ issuer });
  });

  test('names itself in its problems, and imports nothing that others would use', async () => {
    const reply = await service
      .post('/t/acme/v1/endorsements/import', undefined, acme)
      .set('Content-Type', 'application/x-tar')
      .send(Buffer.alloc(1024));
    expect(reply.body).toMatchObject({
      code: 'role_missing',
      type: `${ISSUER}/t/acme/problems/role_missing`,
    });
    await service.get('/t/acme/problems/role_missing').expect(200);
  });
});

describe('a database', () => {
  test('is refused in words under another key-encryption key or another issuer, and keeps its tenants', async () => {
    await service.post('/t/acme/v1/workloads', { name: 'secret-project' }, acme).expect(201);
    await service.close();
    const attempt = (env: Record<string, string>) =>
      startTestService({ ASSAY_DATABASE_URL: url, ASSAY_KEK: KEK, ...env });
    const otherKek = attempt({ ASSAY_KEK: 'ef'.repeat(32) });
    await expect(otherKek).rejects.toThrow(StorageRefused);
    await expect(otherKek).rejects.toThrow(/key-encryption key/);
    const otherIssuer = attempt({ ASSAY_ISSUER: 'http://localhost:9090' });
    await expect(otherIssuer).rejects.toThrow(/belongs to the issuer http:\/\/localhost:8080/);
    service = await attempt({});
    await service.get('/t/acme/v1/workloads/secret-project', acme).expect(200);
  });
});
