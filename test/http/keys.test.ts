/** Signing keys as operators see them, and what a change means for tokens. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { attestBody, prepare } from './guest.js';
import { SIMULATED_ISSUER, startTestService, type TestService } from './service.js';

const KEYS = '/simulated/v1/keys';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
});
afterAll(() => service.close());

interface KeyShown {
  readonly kid: string;
  readonly alg: string;
  readonly state: string;
  readonly purpose: string;
}

async function listed(): Promise<readonly KeyShown[]> {
  return (await service.get(KEYS, service.adminKey).expect(200)).body.items;
}

async function jwks(): Promise<JSONWebKeySet> {
  return (await service.get('/simulated/.well-known/jwks.json').expect(200)).body;
}

async function token(): Promise<string> {
  return (await service.post('/simulated/v1/attest', await attestBody(service)).expect(200)).body.token;
}

const verify = async (text: string) =>
  jwtVerify(text, createLocalJWKSet(await jwks()), {
    issuer: SIMULATED_ISSUER,
    currentDate: service.clock.now(),
  });

const rotate = (body?: object, key = service.adminKey) => service.post(`${KEYS}/rotate`, body, key);

describe('who may', () => {
  test('an admin of the tenant, who never sees a key’s text', async () => {
    await service.get(KEYS).expect(401);
    await service.post(`${KEYS}/rotate`, {}).expect(401);
    const made = { name: 'build', role: 'publisher' };
    const { body } = await service.post('/simulated/v1/api-keys', made, service.adminKey).expect(201);
    await service.get(KEYS, body.key).expect(403);
    await rotate({}, body.key).expect(403);
    await token();
    const { text } = await service.get(KEYS, service.adminKey).expect(200);
    expect(text).not.toMatch(/wrapped|PRIVATE|"d"/);
  });

  test('an emergency needs a reason, and nothing else has one', async () => {
    for (const body of [{ emergency: true }, { reason: 'x' }, { alg: 'HS256' }, { emergency: 'yes' }]) {
      const reply = await rotate(body).expect(400);
      expect(reply.body.code).toBe('request_invalid');
    }
    const wrong = [
      { purpose: 'bundle' },
      { purpose: 'challenge', emergency: true, reason: 'x' },
      { purpose: 'bundle', alg: 'ES256', emergency: true, reason: 'x' },
    ];
    for (const body of wrong) {
      expect((await rotate(body).expect(400)).body.code).toBe('request_invalid');
    }
    expect((await rotate({ purposes: [] }).expect(400)).body.code).toBe('member_unknown');
  });
});

test('the next key is published for 70 minutes, beside the one that signs', async () => {
  const before = await token();
  const { body } = await rotate({ alg: 'ES256' }).expect(201);
  expect(body.keys).toEqual([expect.objectContaining({ alg: 'ES256', state: 'published', reason: null })]);
  const now = service.clock.now().getTime();
  expect(Date.parse(body.keys[0].active_from) - now).toBe(4_200_000);
  const set = await jwks();
  expect(set.keys.map(({ kid }) => kid)).toContain(body.keys[0].kid);
  expect(set.keys.map(({ use, alg }) => [use, alg])).toEqual([
    ['sig', 'ES256'],
    ['sig', 'RS256'],
    ['sig', 'ES256'],
  ]);
  const { kid } = decodeProtectedHeader(await token());
  expect(kid).toBe(decodeProtectedHeader(before).kid);
  const again = await rotate().expect(409);
  expect(again.body).toMatchObject({
    code: 'state_conflict',
    detail: expect.stringContaining(body.keys[0].kid),
  });
});

test('a repeated Idempotency-Key rotates once', async () => {
  const once = () => rotate({ alg: 'RS256' }).set('Idempotency-Key', 'rotate-1').expect(201);
  const [first, second] = [await once(), await once()];
  expect(second.body).toEqual(first.body);
});

test('an emergency: new keys at once, older ones gone from the set, their tokens worthless', async () => {
  const before = await token();
  expect((await verify(before)).payload.iss).toBe(SIMULATED_ISSUER);
  const { etag } = (await service.get('/simulated/.well-known/jwks.json').expect(200)).headers;
  const { body } = await rotate({ emergency: true, reason: 'a backup was copied' }).expect(201);
  const fresh = body.keys.filter(({ state }: KeyShown) => state === 'active');
  expect(fresh.map(({ alg }: KeyShown) => alg)).toEqual(['ES256', 'RS256']);
  expect(body.keys.length).toBeGreaterThan(fresh.length);
  for (const key of body.keys.slice(fresh.length)) {
    expect(key).toMatchObject({ state: 'removed', reason: 'a backup was copied' });
  }
  const changed = await service
    .get('/simulated/.well-known/jwks.json')
    .set('If-None-Match', etag ?? '')
    .expect(200);
  expect(changed.body.keys.map(({ kid }: KeyShown) => kid)).toEqual(fresh.map(({ kid }: KeyShown) => kid));
  await expect(verify(before)).rejects.toThrow(/no applicable key/);
  const after = await token();
  expect(decodeProtectedHeader(after).kid).toBe(fresh[0]?.kid);
  expect((await verify(after)).payload.iss).toBe(SIMULATED_ISSUER);
  const states = (await listed()).map(({ state }) => state);
  expect(states.filter((state) => state === 'active')).toHaveLength(2);
  const [told] = service.logLines.filter((line) => line.includes('"signing key removed"'));
  expect(told).toContain('a backup was copied');
  const { text } = await service.get('/metrics').expect(200);
  for (const { alg } of fresh) {
    expect(text).toContain(`assay_signing_key_changes_total{alg="${alg}",cause="emergency"} 1\n`);
  }
});

describe('an emergency reaches authorities of audiences and bundle keys too', () => {
  const urgent = { emergency: true, reason: 'a backup with its KEK was copied' };
  const authority = async (): Promise<string> =>
    (await service.get('/simulated/v1/audiences/kbs/authority', service.adminKey).expect(200)).text;
  const purposesOf = (keys: readonly KeyShown[]) => [...new Set(keys.map(({ purpose }) => purpose))];
  const bundleKids = async (): Promise<readonly string[]> =>
    (
      await service.get('/simulated/v1/endorsements/bundles/jwks', service.adminKey).expect(200)
    ).body.keys.map(({ kid }: KeyShown) => kid);

  beforeAll(async () => {
    const kbs = { name: 'kbs', workloads: '*', key_header: 'x5c', profile: 'ear-compat' };
    await service.post('/simulated/v1/audiences', kbs, service.adminKey).expect(201);
  });

  test('all of them when nothing less is asked for', async () => {
    const [pem, bundle] = [await authority(), await bundleKids()];
    const { body } = await rotate(urgent).expect(201);
    expect(purposesOf(body.keys)).toEqual(['token', 'bundle']);
    expect(body.authorities).toEqual([
      { audience: 'kbs', kid: expect.any(String), removed_at: service.clock.now().toISOString() },
    ]);
    expect(await authority()).not.toBe(pem);
    expect(bundle.some((kid) => body.keys.some((key: KeyShown) => key.kid === kid))).toBe(true);
    for (const kid of await bundleKids()) expect(bundle).not.toContain(kid);
    expect(service.logLines.some((line) => line.includes('"authority of an audience removed"'))).toBe(true);
  });

  test.each([
    [{ alg: 'ES256' }, ['token'], 0],
    [{ alg: 'RS256', purpose: 'token' }, ['token'], 0],
    [{ purpose: 'token' }, ['token'], 0],
    [{ purpose: 'bundle' }, ['bundle'], 0],
    [{ purpose: 'audience-authority' }, [], 1],
  ])('what %j names, and nothing else', async (members, purposes, authorities) => {
    const [pem, bundle] = [await authority(), await bundleKids()];
    const { body } = await rotate({ ...urgent, ...members }).expect(201);
    expect([purposesOf(body.keys), body.authorities.length]).toEqual([purposes, authorities]);
    expect((await authority()) === pem).toBe(authorities === 0);
    expect((await bundleKids())[0] === bundle[0]).toBe(!purposes.includes('bundle'));
  });
});

test('another tenant’s keys stay as they are', async () => {
  const own = await service.get('/.well-known/jwks.json').expect(200);
  await rotate({ emergency: true, reason: 'again' }).expect(201);
  expect((await service.get('/.well-known/jwks.json').expect(200)).body).toEqual(own.body);
});
