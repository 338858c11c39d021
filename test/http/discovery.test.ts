/** What anybody may fetch: discovery, keys, problem pages, health, metrics. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { REFUSALS } from '../../src/rats/refusal.js';
import { attestBody, prepare, takeChallenge } from './guest.js';
import { ISSUER, SIMULATED_ISSUER, startTestService, type TestService } from './service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
});
afterAll(() => service.close());

describe('discovery', () => {
  test.each([
    ['', ISSUER],
    ['/simulated', SIMULATED_ISSUER],
  ])('under %p names the issuer exactly, whatever the Host header says', async (path, issuer) => {
    const openid = await service
      .get(`${path}/.well-known/openid-configuration`)
      .set('Host', 'evil.example')
      .set('X-Forwarded-Host', 'evil.example')
      .expect(200);
    expect(openid.body).toMatchObject({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256', 'RS256'],
    });
    expect(openid.body.authorization_endpoint).toBeUndefined();
    const inserted = await service.get(`/.well-known/oauth-authorization-server${path}`).expect(200);
    const appended = await service.get(`${path}/.well-known/oauth-authorization-server`).expect(200);
    expect(inserted.body).toEqual(appended.body);
    expect(inserted.body).toMatchObject({ issuer, jwks_uri: `${issuer}/.well-known/jwks.json` });
  });

  test('each issuer has keys of its own, public members only, and a cache may keep them', async () => {
    const own = await service.get('/.well-known/jwks.json').expect(200);
    const simulated = await service.get('/simulated/.well-known/jwks.json').expect(200);
    const [key, rsa] = own.body.keys;
    expect(Object.keys(rsa).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect(rsa).toMatchObject({ alg: 'RS256', use: 'sig', kty: 'RSA' });
    expect(Buffer.from(rsa.n, 'base64url')).toHaveLength(256);
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(key).toMatchObject({ alg: 'ES256', use: 'sig', kty: 'EC', crv: 'P-256' });
    expect(simulated.body.keys[0].kid).not.toBe(key.kid);
    expect(own.headers['cache-control']).toBe('public, max-age=300, stale-if-error=86400');
    await service
      .get('/.well-known/jwks.json')
      .set('If-None-Match', own.headers.etag ?? '')
      .expect(304);
  });
});

describe('problem pages', () => {
  test.each(REFUSALS.map((entry) => [entry.code, entry] as const))('%s', async (code, entry) => {
    const asJson = await service.get(`/problems/${code}`).set('Accept', 'application/json').expect(200);
    expect(asJson.body).toEqual({ ...entry });
    const page = await service.get(`/problems/${code}`).set('Accept', 'text/html').expect(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.text).toContain(`<code>${code}</code>`);
    expect(page.text).not.toMatch(/<script|javascript:/i);
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'/);
  });

  test('a code that does not exist has none', async () => {
    const reply = await service.get('/problems/no_such_code').expect(404);
    expect(reply.body.code).toBe('not_found');
  });
});

describe('health and metrics', () => {
  test('livez and readyz answer for the process', async () => {
    await service.get('/livez').expect(200, { status: 'live' });
    const { body } = await service.get('/readyz').expect(200);
    expect(body).toMatchObject({
      status: 'ready',
      checks: { database: 'ok', signing_key: 'ok', clock: 'ok' },
    });
    await service.get('/simulated/livez').expect(404);
  });

  test('metrics have the names of the contract and no label that tells who', async () => {
    const body = await attestBody(service);
    await service.post('/simulated/v1/attest', body).expect(200);
    await service.post('/simulated/v1/attest', body).expect(409);
    await takeChallenge(service);
    const { text } = await service.get('/metrics').expect(200);
    for (const line of [
      'assay_attest_total{tee="sev-snp",outcome="ok",code=""} 1',
      'assay_attest_total{tee="sev-snp",outcome="spent",code="nonce_replayed"} 1',
      'assay_challenges_total{outcome="ok"} 2',
      'assay_tokens_total{profile="ear",alg="ES256"} 1',
    ]) {
      expect(text).toContain(line);
    }
    // With the commit where the build knew it.
    expect(text).toMatch(
      /^assay_build_info\{version="0\.1\.0(\+g[0-9a-f]{7,})?",crypto="(node openssl|native aws-lc)\/[^"]+"\} 1$/m,
    );
    for (const name of [
      'assay_attest_duration_seconds_bucket',
      'assay_endorsement_fetch_total',
      'assay_endorsement_expiry_seconds',
      'assay_tcb_status_total',
      'assay_signing_key_age_seconds{alg="ES256"}',
      'assay_signing_key_age_seconds{alg="RS256"}',
      'assay_signing_key_rotation_seconds 2592000',
      'assay_db_pool_in_use',
      'assay_http_request_duration_seconds_bucket',
    ]) {
      expect(text).toContain(name);
    }
    expect(text).toMatch(
      /assay_http_request_duration_seconds_count\{route="\/v1\/attest",method="POST",status="409"\} 1/,
    );
    expect(text).not.toMatch(/[0-9a-f]{64}/);
  });
});
