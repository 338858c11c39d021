/** Operators' routes: who may do what, what is stored, and that tenants do not see one another. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseReferenceValue } from '../../src/appraisal/reference-schema.js';
import { parametersOf } from '../../src/http/route.js';
import { ROUTES } from '../../src/http/routes.js';
import { ReferenceValueBody } from '../../src/http/schemas/references.js';
import { TDX_MATCH_FIELDS } from '../../src/rats/reference-value.js';
import type { JsonObject } from '../../src/rats/result.js';
import { attestBody, listsArchive, prepare, referenceBody } from './guest.js';
import { startTestService, type TestService } from './service.js';

let service: TestService;
const withEvents = (...events: readonly JsonObject[]) => ({
  tee: 'tdx',
  match: { mrtd: 'a5'.repeat(48), events },
});
const ALL_OF_TDX = Object.fromEntries(TDX_MATCH_FIELDS.map((field) => [field, 'a5'.repeat(48)]));
const keys = { admin: '', publisher: '', 'relying-party': '' };
/** The same under the service's own issuer. */
const serviceKeys = { publisher: '', 'relying-party': '' };
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
  keys.admin = service.adminKey;
  for (const role of ['publisher', 'relying-party'] as const) {
    const made = await service.post('/simulated/v1/api-keys', { name: role, role }, keys.admin).expect(201);
    keys[role] = made.body.key;
    const whole = await service.post('/v1/api-keys', { name: role, role }, keys.admin).expect(201);
    serviceKeys[role] = whole.body.key;
  }
});
afterAll(() => service.close());

const pathOf = (template: string) =>
  parametersOf(template).reduce((path, name) => path.replace(`{${name}}`, 'x'), template);

describe('every_mutating_route_needs_auth', () => {
  const guarded = ROUTES.filter((route) => route.access !== 'anybody');
  const open = ROUTES.filter((route) => route.access === 'anybody').map(
    (route) => `${route.method} ${route.path}`,
  );

  test('only attesters’, discovery and health routes are open', () => {
    expect(open.sort()).toEqual([
      'get /.well-known/jwks.json',
      'get /.well-known/oauth-authorization-server',
      'get /.well-known/openid-configuration',
      'get /docs',
      'get /livez',
      'get /metrics',
      'get /openapi.json',
      'get /problems/{code}',
      'get /readyz',
      'post /v1/attest',
      'post /v1/challenges',
      'post /v1/tokens/renew',
    ]);
  });

  test.each(guarded.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s',
    async (_name, route) => {
      const path = pathOf(route.wholeService === true ? route.path : `/simulated${route.path}`);
      const call = (key?: string) =>
        service.send(route.method, path, route.method === 'get' ? undefined : {}, key);
      const nobody = await call();
      expect({ status: nobody.status, code: nobody.body.code }).toEqual({
        status: 401,
        code: 'unauthenticated',
      });
      expect(nobody.headers['www-authenticate']).toMatch(/^Bearer/);
      for (const role of ['publisher', 'relying-party'] as const) {
        const reply = await call((route.wholeService === true ? serviceKeys : keys)[role]);
        const allowed = route.access !== 'anybody' && route.access.includes(role);
        expect({ role, denied: reply.body.code === 'role_missing' }).toEqual({ role, denied: !allowed });
      }
      const admin = await call(keys.admin);
      expect(['unauthenticated', 'role_missing']).not.toContain(admin.body.code);
    },
  );
});

describe('tenants', () => {
  test('a key of one tenant is nothing to another, and the quick start’s admin key serves the built-in two', async () => {
    await service.get('/v1/workloads', keys.publisher).expect(401);
    await service.get('/v1/workloads', keys.admin).expect(200, { items: [], next_cursor: null });
    const own = await service.get('/simulated/v1/workloads', keys.admin).expect(200);
    expect(own.body.items.map((item: { name: string }) => item.name)).toEqual(['llm-serving']);
  });

  test('a challenge of one issuer is nothing to another', async () => {
    await service.post('/v1/audiences', { name: 'vault', workloads: '*' }, keys.admin).expect(201);
    const reply = await service.post('/v1/attest', await attestBody(service));
    expect(reply.body.code).toBe('challenge_invalid');
  });

  test('tenants that do not exist, and built-in ones under /t/, have no routes', async () => {
    for (const path of [
      '/t/acme/v1/workloads',
      '/t/default/livez',
      '/t/simulated/.well-known/jwks.json',
      '/t/',
      '/t',
    ]) {
      const reply = await service.get(path);
      expect({ path, code: reply.body.code }).toEqual({ path, code: 'not_found' });
    }
  });

  test('only the built-in tenants import vendor documents, which are shared', async () => {
    const reply = await service
      .post('/simulated/v1/endorsements/import', undefined, keys.publisher)
      .set('Content-Type', 'application/x-tar')
      .send(await listsArchive());
    expect(reply.body.code).toBe('role_missing');
  });
});

describe('workloads and reference values', () => {
  const base = '/simulated/v1/workloads';

  test('move from draft to active to retired or revoked, and never back', async () => {
    const created = await service
      .post(base, { name: 'moving', description: 'a test' }, keys.publisher)
      .expect(201);
    expect(created.body).toEqual({
      name: 'moving',
      description: 'a test',
      policy: null,
      created_at: service.clock.now().toISOString(),
    });
    const { activate: _, ...draft } = referenceBody();
    const versions = `${base}/moving/reference-values`;
    await service.post(versions, draft, keys.publisher).expect(201, { version: 1, state: 'draft' });
    await service.post(`${versions}/1/retire`, undefined, keys.publisher).expect(409);
    await service
      .post(`${versions}/1/activate`, undefined, keys.publisher)
      .expect(200, { version: 1, state: 'active' });
    await service
      .post(`${versions}/1/retire`, {}, keys.publisher)
      .expect(200, { version: 1, state: 'retired' });
    await service.post(`${versions}/1/revoke`, {}, keys.publisher).expect(400);
    const reason = { reason: 'leaked' };
    await service
      .post(`${versions}/1/revoke`, reason, keys.publisher)
      .expect(200, { version: 1, state: 'revoked' });
    const again = await service.post(`${versions}/1/activate`, undefined, keys.publisher).expect(409);
    expect(again.body.code).toBe('state_conflict');
    const { body } = await service.get(`${versions}/1`, keys.publisher).expect(200);
    expect(body).toMatchObject({
      state: 'revoked',
      reason: 'leaked',
      match: { measurement: ['a5'.repeat(48)] },
    });
    await service.get(`${versions}/2`, keys.publisher).expect(404);
    await service.get(`${versions}/01`, keys.publisher).expect(404);
    await service.post(`${base}/absent/reference-values`, draft, keys.publisher).expect(404);
  });

  test('a revoked version gives no more tokens', async () => {
    await service.post(base, { name: 'short-lived' }, keys.publisher).expect(201);
    const measurement = Buffer.alloc(48, 0x33);
    const versions = `${base}/short-lived/reference-values`;
    await service.post(versions, referenceBody(measurement), keys.publisher).expect(201);
    const attest = async () =>
      service.post('/simulated/v1/attest', await attestBody(service, {}, { measurement }));
    await service.post('/simulated/v1/audiences', { name: 'wide', workloads: '*' }, keys.admin).expect(201);
    const before = await attest();
    expect(before.body.code).toBe('workload_not_allowed');
    await service.post(`${versions}/1/revoke`, { reason: 'bad build' }, keys.publisher).expect(200);
    expect((await attest()).body.code).toBe('measurement_not_allowed');
  });

  test('carry entity tags: unchanged is 304, and a write that saw another state is refused', async () => {
    const path = `${base}/llm-serving/reference-values/1`;
    const { headers } = await service.get(path, keys.publisher).expect(200);
    const { etag = '' } = headers;
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    const same = await service.get(path, keys.publisher).set('If-None-Match', etag);
    expect({ status: same.status, text: same.text }).toEqual({ status: 304, text: '' });
    const stale = await service.post(`${path}/retire`, undefined, keys.publisher).set('If-Match', '"other"');
    expect({ status: stale.status, code: stale.body.code }).toEqual({
      status: 412,
      code: 'version_conflict',
    });
    await service.get(path, keys.publisher).set('If-None-Match', etag).expect(304);
  });

  test.each<[string, JsonObject, boolean]>([
    ['a plain one', referenceBody(), true],
    [
      'any of several',
      { ...referenceBody(), match: { measurement: ['a5'.repeat(48), '5a'.repeat(48)] } },
      true,
    ],
    [
      'everything',
      {
        ...referenceBody(),
        not_before: '2026-01-01T00:00:00Z',
        not_after: '2027-01-01T00:00:00Z',
        provenance: { commit: 'abc', nested: [1, null] },
        labels: { team: 'a' },
      },
      true,
    ],
    ['an unknown member', { ...referenceBody(), extra: 1 }, false],
    ['an unknown field', { ...referenceBody(), match: { mrtd: 'a5'.repeat(48) } }, false],
    ['no covers', { tee: 'sev-snp', match: { measurement: 'a5'.repeat(48) } }, false],
    ['TDX without covers', { tee: 'tdx', match: { mrtd: 'a5'.repeat(48) } }, true],
    ['all of TDX', { tee: 'tdx', covers: 'runtime', match: ALL_OF_TDX, labels: { team: 'a' } }, true],
    ['an SNP field for TDX', { tee: 'tdx', match: { measurement: 'a5'.repeat(48) } }, false],
    ['TDX without MRTD', { tee: 'tdx', match: { rtmr1: 'a5'.repeat(48) } }, false],
    ['no events', { tee: 'tdx', match: { mrtd: 'a5'.repeat(48), events: [] } }, false],
    ['events', withEvents({ register: 'rtmr2', measured: ['a5'.repeat(48)] }), true],
    [
      'events beside any partition table',
      withEvents({ register: 'rtmr1', measured: ['a5'.repeat(48)], partition_tables: 'any' }),
      true,
    ],
    [
      'partition tables where there are none',
      withEvents({ register: 'rtmr2', measured: ['a5'.repeat(48)], partition_tables: 'any' }),
      false,
    ],
    ['events by type', withEvents({ register: 'rtmr1', type: 3, measured: ['a5'.repeat(48)] }), false],
    ['events without digests', withEvents({ register: 'rtmr1', measured: [] }), false],
    ['another TEE', { tee: 'sgx', covers: 'boot', match: { measurement: 'a5'.repeat(48) } }, false],
  ])('the API description and the judge of bodies agree on %s', (_what, body, good) => {
    expect(ReferenceValueBody.safeParse(body).success).toBe(good);
    if (good) expect(() => parseReferenceValue(body)).not.toThrow();
    else expect(() => parseReferenceValue(body)).toThrow();
  });

  test('lists come in pages', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) {
      service.clock.advance(1);
      await service.post(base, { name }, keys.publisher).expect(201);
    }
    const first = await service.get(`${base}?limit=2`, keys.publisher).expect(200);
    expect(first.body.items.map((item: { name: string }) => item.name)).toEqual(['page-c', 'page-b']);
    const cursor = encodeURIComponent(first.body.next_cursor);
    const second = await service.get(`${base}?limit=200&cursor=${cursor}`, keys.publisher).expect(200);
    expect(second.body.items[0].name).toBe('page-a');
    expect(second.body.next_cursor).toBeNull();
    for (const query of [
      'limit=0',
      'limit=201',
      'limit=ten',
      'cursor=nonsense',
      'limit=1&limit=2',
      'page=2',
    ]) {
      const reply = await service.get(`${base}?${query}`, keys.publisher);
      expect({ query, status: reply.status }).toEqual({ query, status: 400 });
    }
  });
});

describe('audiences, keys and decisions', () => {
  test('an audience says whom it is for, and defaults are the safe ones', async () => {
    const path = '/simulated/v1/audiences';
    const made = await service
      .post(path, { name: 'sts.example', workloads: ['llm-serving'] }, keys.admin)
      .expect(201);
    expect(made.body).toEqual({
      name: 'sts.example',
      minimum_status: 'affirming',
      renewal_seconds: 0,
      token_encryption: 'when-key',
      workloads: ['llm-serving'],
      profile: 'ear',
      alg: 'ES256',
      lifetime: 300,
      key_binding: 'required',
      key_header: 'kid',
      typ: 'JWT',
      client_id: null,
      aws_tags: false,
      max_token_bytes: 4096,
      created_at: service.clock.now().toISOString(),
    });
    for (const wrong of [
      { name: 'no-workloads' },
      { name: 'none', workloads: [] },
      { name: 'long', workloads: '*', lifetime: 3601 },
      { name: 'short', workloads: '*', lifetime: 29 },
      { name: 'pss', workloads: '*', alg: 'PS256' },
      { name: 'legacy', workloads: '*', profile: 'ear_legacy' },
      { name: 'x5u', workloads: '*', key_header: 'x5u' },
      { name: 'nobody', workloads: '*', typ: 'at+jwt' },
      { name: 'client', workloads: '*', client_id: 'loader' },
      { name: 'tiny', workloads: '*', max_token_bytes: 1023 },
      { name: 'huge', workloads: '*', max_token_bytes: 8193 },
      { name: 'two words', workloads: '*' },
    ]) {
      const reply = await service.post(path, wrong, keys.admin);
      expect({ ...wrong, code: reply.body.code }).toEqual({ ...wrong, code: 'request_invalid' });
    }
    const long = await service.post(path, { name: 'long', workloads: '*', lifetime: 3601 }, keys.admin);
    expect(long.body.detail).toBe('`lifetime` must be a whole number of seconds from 30 to 3600.');
  });

  test('a key is shown once and listed without its text', async () => {
    const made = await service
      .post('/simulated/v1/api-keys', { name: 'n', role: 'publisher' }, keys.admin)
      .expect(201);
    expect(made.body.key).toMatch(/^ak_[\w-]{43}$/);
    expect(made.headers['cache-control']).toBe('no-store');
    const { body } = await service.get('/simulated/v1/api-keys?limit=200', keys.admin).expect(200);
    expect(body.items.map((item: { id: string }) => item.id)).toContain(made.body.id);
    expect(JSON.stringify(body)).not.toContain(made.body.key.slice(3));
    const again = await service
      .post('/simulated/v1/api-keys', { name: 'n', role: 'publisher' }, keys.admin)
      .set('Idempotency-Key', 'k');
    expect(again.body.code).toBe('request_invalid');
  });

  test('the same Idempotency-Key makes one thing and repeats its reply', async () => {
    const body = { name: 'made-once' };
    const send = () =>
      service.post('/simulated/v1/workloads', body, keys.admin).set('Idempotency-Key', 'retry-1');
    const [first, second] = [await send().expect(201), await send().expect(201)];
    expect(second.body).toEqual(first.body);
    const bad = await service
      .post('/simulated/v1/workloads', body, keys.admin)
      .set('Idempotency-Key', 'with space');
    expect(bad.body.code).toBe('request_invalid');
  });

  test('decisions are listed with claims, vector and endorsements, for admins of the tenant', async () => {
    const { body } = await service.post('/simulated/v1/attest', await attestBody(service)).expect(200);
    const list = await service.get('/simulated/v1/decisions?limit=1', keys.admin).expect(200);
    expect(list.body.items[0]).toMatchObject({ id: body.decision, act: 'attest', status: 'affirming' });
    const one = await service.get(`/simulated/v1/decisions/${body.decision}`, keys.admin).expect(200);
    expect(one.body).toEqual(list.body.items[0]);
    expect(one.body.vector).toMatchObject({ hardware: 2, executables: 3 });
    expect(one.body.endorsements.length).toBeGreaterThan(1);
    await service.get(`/v1/decisions/${body.decision}`, keys.admin).expect(404);
  });
});
