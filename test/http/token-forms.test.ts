/** Audiences choose the form of their tokens, and each reader finds what it looks for: through the whole service. */
import { createPublicKey, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, importJWK, type JWK, jwtVerify } from 'jose';
import { bindingDigest, jwkThumbprint, requirePublicJwk } from '../../src/rats/binding.js';
import type { JsonObject } from '../../src/rats/result.js';
import { audienceOf } from '../audience.js';
import { attestBody, bound, evidenceOf, guestWith, makeKey, prepare, takeChallenge } from './guest.js';
import { keysOf } from './relying-party.js';
import { SIMULATED_ISSUER, startTestService, type TestService } from './service.js';

const AUDIENCES = '/simulated/v1/audiences';
const ATTEST = '/simulated/v1/attest';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
});
afterAll(() => service.close());

async function register(name: string, form: JsonObject): Promise<void> {
  await service.post(AUDIENCES, { name, workloads: ['llm-serving'], ...form }, service.adminKey).expect(201);
}

async function tokenFor(audience: string): Promise<string> {
  const sealed = await takeChallenge(service, { audience });
  const key = makeKey();
  const evidence = evidenceOf(await guestWith(bound(sealed, key, audience)));
  const body = { challenge: sealed.challenge, audience, evidence, keys: { sig: key } };
  return (await service.post(ATTEST, body).expect(200)).body.token;
}

async function authorityOf(audience: string): Promise<{ pem: string; certificate: X509Certificate }> {
  const path = `${AUDIENCES}/${encodeURIComponent(audience)}/authority`;
  const { body } = await service.get(path, service.adminKey).expect(200);
  return { pem: body.certificate, certificate: new X509Certificate(body.certificate) };
}

/** What a Trustee key broker with `trusted_certs_paths` does with a token; returns its claims. */
async function readAsTrustee(token: string, trusted: readonly X509Certificate[]): Promise<JsonObject> {
  const header = decodeProtectedHeader(token);
  const { x5c, ...jwk } = header.jwk as JWK;
  const [leaf] = (x5c ?? []).map((text) => new X509Certificate(Buffer.from(text, 'base64')));
  if (leaf === undefined) throw new Error('the header has no certificate');
  if (jwk.alg !== header.alg) throw new Error('the key names another algorithm');
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  if (!leaf.publicKey.equals(key)) throw new Error('the certificate is of another key');
  const issuer = trusted.find((authority) => leaf.checkIssued(authority) && leaf.verify(authority.publicKey));
  if (issuer === undefined) throw new Error('the chain ends nowhere');
  const now = service.clock.now();
  for (const { validFrom, validTo } of [leaf, issuer]) {
    if (now < new Date(validFrom) || now > new Date(validTo)) throw new Error('outside of its validity');
  }
  const { payload } = await jwtVerify(token, await importJWK(jwk, header.alg), { currentDate: now });
  return payload as JsonObject;
}

describe('algorithm and header', () => {
  test('follow the audience, and the issuer’s keys verify both algorithms', async () => {
    await register('gcp', { alg: 'RS256', typ: 'eat+jwt', lifetime: 60 });
    const { protectedHeader, payload } = await jwtVerify(await tokenFor('gcp'), await keysOf(service), {
      issuer: SIMULATED_ISSUER,
      audience: 'gcp',
      currentDate: service.clock.now(),
    });
    expect(protectedHeader).toEqual({ alg: 'RS256', kid: expect.any(String), typ: 'eat+jwt' });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(60);
  });

  test('an access token names its client', async () => {
    await register('api', { typ: 'at+jwt', client_id: 'model-loader' });
    const token = await tokenFor('api');
    expect(decodeProtectedHeader(token).typ).toBe('at+jwt');
    const required = ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'];
    expect(Object.keys(decodeJwt(token))).toEqual(expect.arrayContaining(required));
    expect(decodeJwt(token).client_id).toBe('model-loader');
  });

  test('session tags for AWS are copies of `att`', async () => {
    await register('aws', { aws_tags: true, alg: 'RS256' });
    const claims = decodeJwt(await tokenFor('aws'));
    const att = claims.att as JsonObject;
    expect(claims['https://aws.amazon.com/tags']).toEqual({
      principal_tags: {
        workload: [att.workload],
        reference_version: [String(att.reference_version)],
        tcb: [att.tcb_status],
      },
      transitive_tag_keys: [],
    });
  });

  test('the bare token is announced by the profile that it has', async () => {
    await register('veraison', { profile: 'ear-legacy' });
    const sealed = await takeChallenge(service, { audience: 'veraison' });
    const key = makeKey();
    const evidence = evidenceOf(await guestWith(bound(sealed, key, 'veraison')));
    const reply = await service
      .post(ATTEST, { challenge: sealed.challenge, audience: 'veraison', evidence, keys: { sig: key } })
      .set('Accept', 'application/eat+jwt')
      .expect(200);
    expect(reply.headers['content-type']).toMatch(/eat_profile="tag:github\.com,2023:veraison\/ear"/u);
    const text = Buffer.isBuffer(reply.body) ? reply.body.toString() : reply.text;
    expect(decodeJwt(text).eat_profile).toBe('tag:github.com,2023:veraison/ear');
  });
});

describe.each(['ES256', 'RS256'] as const)('a certificate in the header, %s', (alg) => {
  const name = `kbs/${alg}`;
  const other = `kbs2/${alg}`;
  beforeAll(async () => {
    for (const audience of [name, other]) {
      await register(audience, { alg, key_header: 'x5c', profile: 'ear-compat' });
    }
  });

  test('is enough for who trusts the audience’s authority, and for nobody who trusts another’s', async () => {
    const [ours, theirs] = [await authorityOf(name), await authorityOf(other)];
    const token = await tokenFor(name);
    expect(token.length).toBeLessThanOrEqual(8192);
    const claims = await readAsTrustee(token, [ours.certificate]);
    expect(claims).toMatchObject({
      aud: name,
      submods: { cpu0: { 'ear.status': 'affirming', ear_status: 'affirming' } },
    });
    await expect(readAsTrustee(token, [theirs.certificate])).rejects.toThrow('the chain ends nowhere');
    const { kid } = decodeProtectedHeader(token);
    const { body } = await service.get('/simulated/.well-known/jwks.json').expect(200);
    expect(body.keys.map((key: JWK) => key.kid)).toContain(kid);
    await jwtVerify(token, createLocalJWKSet(body), { currentDate: service.clock.now() });
  });

  test('is replaced long before it ends, under an authority that stays', async () => {
    const before = await authorityOf(name);
    const first = await tokenFor(name);
    service.clock.advance(3 * 3600);
    try {
      const second = await tokenFor(name);
      const leaves = [first, second].map((token) => (decodeProtectedHeader(token).jwk as JWK).x5c);
      expect(leaves[0]).not.toEqual(leaves[1]);
      const after = await authorityOf(name);
      expect(after.pem).toBe(before.pem);
      await readAsTrustee(second, [after.certificate]);
    } finally {
      service.clock.advance(-3 * 3600);
    }
  });
});

describe('the authority of an audience', () => {
  test('is one of those that have one', async () => {
    const { body } = await service.get(`${AUDIENCES}/vault/authority`, service.adminKey).expect(404);
    expect(body).toMatchObject({ code: 'not_found', detail: expect.stringMatching(/fetch the keys/u) });
    const unknown = await service.get(`${AUDIENCES}/nobody/authority`, service.adminKey).expect(404);
    expect(unknown.body.code).toBe('not_found');
  });

  test('is shown to admins alone', async () => {
    const { body } = await service
      .post('/simulated/v1/api-keys', { name: 'reader', role: 'relying-party' }, service.adminKey)
      .expect(201);
    await service.get(`${AUDIENCES}/vault/authority`, body.key).expect(403);
    await service.get(`${AUDIENCES}/vault/authority`).expect(401);
  });
});

test('the key that secrets are wrapped to is the one that the evidence bound', async () => {
  await register('trustee', { profile: 'ear-compat', token_encryption: 'never' });
  const [sig, enc] = [makeKey(), makeKey()];
  const sealed = await takeChallenge(service, { audience: 'trustee' });
  const reportData = bindingDigest({
    issuer: SIMULATED_ISSUER,
    audience: 'trustee',
    nonce: sealed.nonce,
    sig: jwkThumbprint(requirePublicJwk(sig, 'sig')),
    enc: jwkThumbprint(requirePublicJwk(enc, 'enc')),
  });
  const evidence = evidenceOf(await guestWith(reportData));
  const described = { ...enc, kid: 'mine', alg: 'ECDH-ES' };
  const { body } = await service
    .post(ATTEST, {
      challenge: sealed.challenge,
      audience: 'trustee',
      evidence,
      keys: { sig, enc: described },
    })
    .expect(200);
  expect(decodeJwt(body.token)['tee-pubkey']).toEqual({ ...enc, alg: 'ECDH-ES+A256KW' });
});

test('a token longer than its audience takes is a denial that is recorded, and replays as one', async () => {
  await register('tight', { profile: 'ear-compat', alg: 'RS256', max_token_bytes: 1024 });
  const sealed = await takeChallenge(service, { audience: 'tight' });
  const key = makeKey();
  const evidence = evidenceOf(await guestWith(bound(sealed, key, 'tight')));
  const sent = { challenge: sealed.challenge, audience: 'tight', evidence, keys: { sig: key } };
  const denied = await service.post(ATTEST, sent).expect(403);
  expect(denied.body).toMatchObject({ code: 'token_too_large', stage: 'appraise' });
  expect((await service.post(ATTEST, sent).expect(409)).body.code).toBe('nonce_replayed');

  const decision = String(denied.body.instance).replace(/^.*\//u, '');
  const path = `/simulated/v1/decisions/${decision}`;
  const { body } = await service.get(path, service.adminKey).expect(200);
  expect(body).toMatchObject({ status: 'affirming', code: 'token_too_large', audience: 'tight' });
  const check = body.checks.find(({ id }: { id: string }) => id === 'token_too_large');
  expect(check).toMatchObject({ outcome: 'fail', expected: 'at most 1024 bytes' });
  const replayed = await service.post(`${path}/replay`, { evidence }, service.adminKey).expect(200);
  expect(replayed.body).toMatchObject({ identical: true, differences: [] });
});

test('an audience of the usual form answers as it always did', async () => {
  const { maxTokenBytes } = audienceOf('vault');
  const reply = await service.post(ATTEST, await attestBody(service)).expect(200);
  expect(decodeProtectedHeader(reply.body.token)).toEqual({
    alg: 'ES256',
    kid: expect.any(String),
    typ: 'JWT',
  });
  expect(reply.body.token.length).toBeLessThan(maxTokenBytes);
});
