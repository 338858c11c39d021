/** A TD gets its token exactly as an SNP guest does: nothing in the request says which TEE it is. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, jwtVerify } from 'jose';
import { SIMULATED_FMSPCS, type TdOptions } from '../../src/simulator/index.js';
import {
  attestBody,
  bound,
  evidenceOf,
  makeKey,
  prepare,
  TD,
  takeChallenge,
  tdAttestBody,
  tdWith,
} from './guest.js';
import { keysOf } from './relying-party.js';
import { SIMULATED_ISSUER, startTestService, type TestService } from './service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
});
afterAll(() => service.close());

const attestPath = '/simulated/v1/attest';
const MRTD = TD.mrtd.toString('hex');

/** From its issue date: an hour before the instant of the tests, for thirty days. */
const DOCUMENTS_LIVE = 30 * 86_400 - 3600;

describe('attest', () => {
  test('answers a good TD with a key-bound token that has exactly the members of the contract', async () => {
    const reply = await service.post(attestPath, await tdAttestBody(service)).expect(200);
    const ofSnp = await service.post(attestPath, await attestBody(service)).expect(200);
    expect(Object.keys(reply.body)).toEqual(Object.keys(ofSnp.body));
    expect(reply.body).toMatchObject({
      token_type: 'DPoP',
      expires_in: 300,
      status: 'affirming',
      workload: 'llm-serving',
      reference_version: 2,
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
    expect(Object.keys(payload)).toEqual(Object.keys(decodeJwt(ofSnp.body.token)));
    expect(payload.sub).toBe('tenant:simulated:workload:llm-serving');
    expect(payload.ear_status).toBe('affirming');
    expect(payload.cnf).toEqual({ jkt: expect.stringMatching(/^[\w-]{43}$/) });
    expect(payload.att).toEqual({
      v: 1,
      tenant: 'simulated',
      workload: 'llm-serving',
      reference_version: 2,
      tee: 'tdx',
      generation: 'tdx-01',
      debug: false,
      simulated: true,
      tcb_status: 'UpToDate',
      tcb_source: 'intel-tcb-info',
      tcb_date: '2023-08-09',
      tcb_in_grace: false,
      measurement: MRTD,
      policy: expect.stringMatching(/^standard@\d+$/),
      policy_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      decision: reply.body.decision,
      evidence_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      devices: 'none',
      fresh: 'challenge',
    });
    expect(Object.keys(payload.submods as object)).toEqual(['cpu0']);
  });

  test.each<[string, Partial<TdOptions>, string]>([
    ['TD report 1.0 in version 5', { quoteVersion: 5, bodyType: 2 }, 'tdx-01'],
    ['TD report 1.5', { quoteVersion: 5 }, 'tdx-01'],
    ['under the Processor CA', { ca: 'processor' }, 'tdx-01'],
    ['of the other family', { fmspc: SIMULATED_FMSPCS[1] }, 'tdx-01'],
    ['in a buffer with zeros', { envelope: 'padded' }, 'tdx-01'],
    ['as configfs-tsm hands it out', { envelope: 'configfs-tsm' }, 'tdx-01'],
    ['by module 3', { module: { major: 3, isvSvn: 4 } }, 'tdx-03'],
    ['by module 0, which has no identity', { module: { major: 0, isvSvn: 5 } }, 'tdx-00'],
  ])('takes a TD %s', async (_what, options, generation) => {
    const { body } = await service.post(attestPath, await tdAttestBody(service, {}, options)).expect(200);
    expect(decodeJwt(body.token)).toMatchObject({
      ear_status: 'affirming',
      att: { tee: 'tdx', generation, measurement: MRTD },
    });
  });

  test('takes it by name, and by no other', async () => {
    const typed = async (type: string) => {
      const body = JSON.parse(JSON.stringify(await tdAttestBody(service)));
      body.evidence.cpu.type = type;
      return service.post(attestPath, body);
    };
    expect((await typed('tdx')).status).toBe(200);
    const { status, body } = await typed('sev-snp');
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'evidence_type_unknown' });
  });

  test('takes no certificates beside a quote, which carries its own', async () => {
    const { pckChain, evidence } = await tdWith(Buffer.alloc(64));
    const submitted = evidenceOf({ evidence, certificates: pckChain });
    const reply = await service.post(attestPath, await tdAttestBody(service, { evidence: submitted }));
    expect({ status: reply.status, code: reply.body.code }).toEqual({ status: 400, code: 'request_invalid' });
    expect(reply.body.detail).toMatch(/leave out the certificates/);
  });

  test('echoes the relying party’s nonce', async () => {
    const sealed = await takeChallenge(service, { audience: 'vault', rp_nonce: 'rp-nonce-0123' });
    const key = makeKey();
    const body = {
      challenge: sealed.challenge,
      audience: 'vault',
      evidence: evidenceOf(await tdWith(bound(sealed, key))),
      keys: { sig: key },
    };
    const reply = await service.post(attestPath, body).expect(200);
    expect(decodeJwt(reply.body.token)).toMatchObject({
      eat_nonce: 'rp-nonce-0123',
      att: { fresh: 'rp-nonce' },
    });
  });

  test.each(['raw', 'padded', 'configfs-tsm'] as const)(
    'takes raw bytes for a raw nonce: %s',
    async (envelope) => {
      const sealed = await takeChallenge(service, { audience: 'open', binding: 'raw-nonce' });
      const td = await tdWith(Buffer.from(sealed.nonce, 'base64url'), { envelope });
      const query = new URLSearchParams({ challenge: sealed.challenge, audience: 'open' });
      const { body } = await service
        .post(`${attestPath}?${query}`)
        .set('Content-Type', 'application/octet-stream')
        .send(Buffer.from(td.evidence))
        .expect(200);
      expect(body).toMatchObject({ token_type: 'Bearer', status: 'affirming' });
      const { payload } = await jwtVerify(body.token, await keysOf(service), {
        issuer: SIMULATED_ISSUER,
        audience: 'open',
        currentDate: service.clock.now(),
      });
      expect(payload).toMatchObject({ att: { tee: 'tdx', measurement: MRTD } });
      expect(payload.cnf).toBeUndefined();
    },
  );

  test('gives no token that outlives the documents it rests on', async () => {
    service.clock.advance(DOCUMENTS_LIVE - 90);
    try {
      const { body } = await service.post(attestPath, await tdAttestBody(service)).expect(200);
      expect(body.expires_in).toBe(90);
    } finally {
      service.clock.advance(90 - DOCUMENTS_LIVE);
    }
  });

  test('logs nothing that was submitted or issued', async () => {
    const body = await tdAttestBody(service);
    const reply = await service.post(attestPath, body).expect(200);
    const log = service.logLines.join('');
    expect(log).toContain(reply.body.decision);
    const evidence = JSON.parse(JSON.stringify(body)).evidence.cpu.bytes;
    const registers = Object.values(TD).map((bytes) => bytes.toString('hex'));
    const secrets = [evidence.slice(0, 64), body.challenge, reply.body.token, ...registers];
    for (const secret of secrets) expect(log).not.toContain(secret);
  });

  test('of sixteen parallel submissions of one challenge, one gets a token', async () => {
    const body = await tdAttestBody(service);
    const replies = await Promise.all(Array.from({ length: 16 }, () => service.post(attestPath, body)));
    expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1);
    expect(replies.filter((reply) => reply.body.code === 'nonce_replayed')).toHaveLength(15);
  });
});

describe('appraise', () => {
  const appraisePath = '/simulated/v1/appraise';
  const bodyOf = async (options: Partial<TdOptions> = {}) => ({
    evidence: evidenceOf(await tdWith(Buffer.alloc(64, 7), options)),
    report_data: '07'.repeat(64),
  });

  test('gives a relying party the verdict and the decision, and no token', async () => {
    const body = { ...(await bodyOf({ quoteVersion: 5 })), workload: 'llm-serving' };
    const reply = await service.post(appraisePath, body, service.adminKey).expect(200);
    expect(reply.body).toMatchObject({
      authentic: true,
      status: 'affirming',
      code: null,
      stage: 'appraise',
      tee: 'tdx',
      envelope: 'raw',
      binding: 'verified',
      simulated: true,
      claims: { quote_version: 5, body_type: 3, mrtd: MRTD, fmspc: SIMULATED_FMSPCS[0] },
      tcb: {
        status: 'UpToDate',
        source: 'intel-tcb-info',
        platform: { status: 'UpToDate' },
        module: { status: 'UpToDate' },
        qe: { status: 'UpToDate' },
      },
    });
    expect(reply.body.token).toBeUndefined();
    const kinds = new Set(reply.body.endorsements.map(({ kind }: { kind: string }) => kind));
    expect([...kinds].sort()).toEqual(
      ['tdx-pck', 'tdx-pck-ca', 'tdx-pck-crl', 'tdx-qe-identity']
        .concat(['tdx-root-ca', 'tdx-root-crl', 'tdx-tcb-info', 'tdx-tcb-signing'])
        .sort(),
    );
    const decision = await service
      .get(`/simulated/v1/decisions/${reply.body.decision}`, service.adminKey)
      .expect(200);
    expect(decision.body).toMatchObject({ act: 'appraise', status: 'affirming', workload: 'llm-serving' });
  });

  test('simulated evidence is nothing to the genuine issuer', async () => {
    const reply = await service.post('/v1/appraise', await bodyOf(), service.adminKey).expect(200);
    expect(reply.body).toMatchObject({
      authentic: false,
      code: 'tdx_pck_chain_untrusted',
      simulated: false,
    });
  });
});
