/** Evidence in, token out, over the network: what a guest, a broker and a relying party do. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, jwtVerify } from 'jose';
import {
  attestBody,
  bound,
  evidenceOf,
  guestWith,
  MEASUREMENT,
  makeKey,
  prepare,
  takeChallenge,
} from './guest.js';
import { keysOf } from './relying-party.js';
import { SIMULATED_ISSUER, startTestService, type TestService } from './service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
});
afterAll(() => service.close());

describe('attest', () => {
  test('answers good evidence with a key-bound token that has exactly the members of the contract', async () => {
    const body = await attestBody(service);
    const reply = await service.post('/simulated/v1/attest', body).expect(200);
    expect(Object.keys(reply.body)).toEqual([
      'token',
      'token_type',
      'expires_in',
      'expires_at',
      'status',
      'workload',
      'reference_version',
      'decision',
      'warnings',
    ]);
    expect(reply.body).toMatchObject({
      token_type: 'DPoP',
      expires_in: 300,
      status: 'affirming',
      workload: 'llm-serving',
      reference_version: 1,
      warnings: [],
    });
    expect(reply.headers['cache-control']).toBe('no-store');

    const { payload, protectedHeader } = await jwtVerify(reply.body.token, await keysOf(service), {
      issuer: SIMULATED_ISSUER,
      audience: 'vault',
      currentDate: service.clock.now(),
      algorithms: ['ES256'],
    });
    expect(Object.keys(protectedHeader).sort()).toEqual(['alg', 'kid', 'typ']);
    expect(protectedHeader.typ).toBe('JWT');
    expect(Object.keys(payload).sort()).toEqual(
      [
        ...['iss', 'sub', 'aud', 'iat', 'nbf', 'exp', 'jti', 'eat_profile', 'ear_verifier_id', 'ear_status'],
        ...['cnf', 'att', 'submods'],
      ].sort(),
    );
    expect(payload.sub).toBe('tenant:simulated:workload:llm-serving');
    expect(payload.att).toEqual({
      v: 1,
      tenant: 'simulated',
      workload: 'llm-serving',
      reference_version: 1,
      tee: 'sev-snp',
      generation: 'milan',
      debug: false,
      simulated: true,
      tcb_status: expect.stringMatching(/^(UpToDate|NotShown)$/),
      tcb_source: expect.stringMatching(/^assay-amd-bulletins@/),
      tcb_date: expect.any(String),
      tcb_in_grace: false,
      measurement: MEASUREMENT.toString('hex'),
      policy: expect.stringMatching(/^standard@\d+$/),
      policy_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      decision: reply.body.decision,
      evidence_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      devices: 'none',
      fresh: 'challenge',
    });
    expect(payload.ear_verifier_id).toMatchObject({ build: expect.stringMatching(/^assay \d/) });
    expect(Object.keys(payload.submods as object)).toEqual(['cpu0']);
  });

  test('echoes the relying party’s nonce', async () => {
    const sealed = await takeChallenge(service, { audience: 'vault', rp_nonce: 'rp-nonce-0123' });
    const key = makeKey();
    const body = {
      challenge: sealed.challenge,
      audience: 'vault',
      evidence: evidenceOf(await guestWith(bound(sealed, key))),
      keys: { sig: key },
    };
    const reply = await service.post('/simulated/v1/attest', body).expect(200);
    expect(decodeJwt(reply.body.token)).toMatchObject({
      eat_nonce: 'rp-nonce-0123',
      att: { fresh: 'rp-nonce' },
    });
  });

  test('takes raw bytes for a raw nonce, and gives the bare token to who asks for one', async () => {
    const request = { audience: 'open', binding: 'raw-nonce' };
    const sealed = await takeChallenge(service, request);
    const reportData = Buffer.from(sealed.nonce, 'base64url');
    expect(reportData).toHaveLength(64);
    expect(sealed.report_data).toBe(reportData.toString('hex'));
    const guest = await guestWith(reportData, { envelope: 'extended' });
    const query = new URLSearchParams({ challenge: sealed.challenge, audience: 'open' });
    const reply = await service
      .post(`/simulated/v1/attest?${query}`)
      .set('Content-Type', 'application/octet-stream')
      .set('Accept', 'application/eat+jwt')
      .send(Buffer.from(guest.evidence))
      .expect(200);
    expect(reply.headers['content-type']).toMatch(
      /^application\/eat\+jwt; *eat_profile="tag:ietf\.org,2026:rats\/ear#04"/,
    );
    expect(reply.headers['cache-control']).toBe('no-store');
    const text = Buffer.isBuffer(reply.body) ? reply.body.toString() : reply.text;
    const { payload } = await jwtVerify(text, await keysOf(service), {
      currentDate: service.clock.now(),
    });
    expect(payload.aud).toBe('open');
    expect(payload.cnf).toBeUndefined();

    const again = await takeChallenge(service, request);
    const other = await guestWith(Buffer.from(again.nonce, 'base64url'), { envelope: 'extended' });
    const full = await service
      .post(`/simulated/v1/attest?${new URLSearchParams({ challenge: again.challenge, audience: 'open' })}`)
      .set('Content-Type', 'application/octet-stream')
      .send(Buffer.from(other.evidence))
      .expect(200);
    expect(full.body).toMatchObject({ token_type: 'Bearer', status: 'affirming' });
  });

  test('takes raw bytes for nothing but a raw nonce', async () => {
    const sealed = await takeChallenge(service, { audience: 'open' });
    const guest = await guestWith(Buffer.alloc(64), { envelope: 'extended' });
    const reply = await service
      .post(`/simulated/v1/attest?${new URLSearchParams({ challenge: sealed.challenge, audience: 'open' })}`)
      .set('Content-Type', 'application/octet-stream')
      .send(Buffer.from(guest.evidence))
      .expect(400);
    expect(reply.body.code).toBe('binding_unsupported');
  });

  test('logs nothing that was submitted or issued', async () => {
    const body = await attestBody(service);
    const reply = await service.post('/simulated/v1/attest', body).expect(200);
    const log = service.logLines.join('');
    expect(log).toContain(reply.body.decision);
    const evidence = JSON.parse(JSON.stringify(body)).evidence.cpu.bytes;
    const secrets = [
      evidence.slice(0, 64),
      body.challenge,
      reply.body.token,
      service.adminKey,
      MEASUREMENT.toString('hex'),
    ];
    for (const secret of secrets) expect(log).not.toContain(secret);
  });

  test('of sixteen parallel submissions of one challenge, one gets a token', async () => {
    const body = await attestBody(service);
    const replies = await Promise.all(
      Array.from({ length: 16 }, () => service.post('/simulated/v1/attest', body)),
    );
    expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1);
    expect(replies.filter((reply) => reply.body.code === 'nonce_replayed')).toHaveLength(15);
  });
});

describe('appraise', () => {
  test('gives a relying party the verdict and the decision, and no token', async () => {
    const made = await service
      .post('/simulated/v1/api-keys', { name: 'broker', role: 'relying-party' }, service.adminKey)
      .expect(201);
    const guest = await guestWith(Buffer.alloc(64, 7));
    const body = { evidence: evidenceOf(guest), report_data: '07'.repeat(64), workload: 'llm-serving' };
    const reply = await service.post('/simulated/v1/appraise', body, made.body.key).expect(200);
    expect(reply.body).toMatchObject({
      authentic: true,
      status: 'affirming',
      code: null,
      stage: 'appraise',
      tee: 'sev-snp',
      binding: 'verified',
      simulated: true,
      claims: { measurement: MEASUREMENT.toString('hex') },
    });
    expect(reply.body.token).toBeUndefined();
    const decision = await service
      .get(`/simulated/v1/decisions/${reply.body.decision}`, service.adminKey)
      .expect(200);
    expect(decision.body).toMatchObject({ act: 'appraise', status: 'affirming', workload: 'llm-serving' });
  });

  test('without a workload the status is at most warning', async () => {
    const body = { evidence: evidenceOf(await guestWith(Buffer.alloc(64, 7))), report_data: '07'.repeat(64) };
    const reply = await service.post('/simulated/v1/appraise', body, service.adminKey).expect(200);
    expect(reply.body).toMatchObject({ authentic: true, status: 'warning' });
  });

  test('answers a mismatch with a verdict too', async () => {
    const guest = await guestWith(Buffer.alloc(64, 7));
    const other = { evidence: evidenceOf(guest), report_data: '08'.repeat(64) };
    const reply = await service.post('/simulated/v1/appraise', other, service.adminKey).expect(200);
    expect(reply.body).toMatchObject({
      authentic: false,
      code: 'report_data_mismatch',
      stage: 'bind',
      decision: null,
      claims: null,
    });
  });

  test('simulated evidence is nothing to the genuine issuer', async () => {
    const body = { evidence: evidenceOf(await guestWith(Buffer.alloc(64, 7))), report_data: '07'.repeat(64) };
    const reply = await service.post('/v1/appraise', body, service.adminKey).expect(200);
    expect(reply.body).toMatchObject({ authentic: false, code: 'snp_chain_untrusted', simulated: false });
  });
});
