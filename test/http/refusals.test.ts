/** Requests that are refused in words, and what a denial shows and spends. Each code by itself: test/refusals. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type supertest from 'supertest';
import type { JsonObject } from '../../src/rats/result.js';
import { attestBody, bound, evidenceOf, guestWith, makeKey, prepare, takeChallenge } from './guest.js';
import { SIMULATED_ISSUER, startTestService, type TestService } from './service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
});
afterAll(() => service.close());

const OTHER_MEASUREMENT = Buffer.alloc(48, 0x5a);
const attestPath = '/simulated/v1/attest';

async function attest(changes: JsonObject = {}, options = {}): Promise<supertest.Test> {
  return service.post(attestPath, await attestBody(service, changes, options));
}

describe('what is not supported yet is refused in words', () => {
  test.each([
    ['devices', { devices: [] }, 'binding_unsupported', /[Dd]evice/],
    [
      'devices beside the CPU',
      { evidence: { cpu: { bytes: 'AAAA' }, devices: [] } },
      'binding_unsupported',
      /[Dd]evice/,
    ],
    ['CMW as evidence', { evidence: ['application/eat+cwt', 'AAAA'] }, 'evidence_type_unknown', /CMW/],
    [
      'a vTPM envelope of TDX',
      { evidence: { cpu: { type: 'az-tdx', bytes: 'AAAA' } } },
      'evidence_type_unknown',
      /az-tdx/,
    ],
  ] as const)('%s', async (_what, changes, code, words) => {
    const reply = await await attest(changes);
    expect(reply.body.code).toBe(code);
    expect(reply.body.detail).toMatch(words);
  });

  test('a CMW body', async () => {
    const reply = await service.post(attestPath).set('Content-Type', 'application/cmw+json').send('[]');
    expect(reply.body).toMatchObject({ code: 'media_type_unsupported' });
    expect(reply.body.detail).toMatch(/wrapper/);
  });

  test('an Azure envelope at attest, which appraise authenticates with a warning', async () => {
    const sealed = await takeChallenge(service);
    const key = makeKey();
    const guest = await guestWith(bound(sealed, key), { envelope: 'azure-hcl' });
    const body = {
      challenge: sealed.challenge,
      audience: 'vault',
      evidence: evidenceOf(guest),
      keys: { sig: key },
    };
    const refused = await service.post(attestPath, body);
    expect(refused.body.code).toBe('binding_unsupported');
    const verdict = await service
      .post(
        '/simulated/v1/appraise',
        { evidence: evidenceOf(guest), report_data: '00'.repeat(64), workload: 'llm-serving' },
        service.adminKey,
      )
      .expect(200);
    expect(verdict.body).toMatchObject({
      authentic: true,
      status: 'warning',
      binding: 'not_checked',
      tee: 'az-sev-snp',
    });
  });
});

describe('a denial', () => {
  test('shows the failed checks, and only those', async () => {
    const reply = await attest({}, { policy: { debug: true } });
    const { body, status } = await reply;
    expect({ code: body.code, status, stage: body.stage }).toEqual({
      code: 'snp_policy_debug',
      status: 403,
      stage: 'appraise',
    });
    expect(body.checks.map((check: { outcome: string }) => check.outcome)).toEqual(
      body.checks.map(() => 'fail'),
    );
    expect(body.checks.map((check: { id: string }) => check.id)).toContain('snp_policy_debug');
    expect(body.type).toBe(`${SIMULATED_ISSUER}/problems/snp_policy_debug`);
  });

  test('spends the challenge, where refused evidence does not', async () => {
    const good = await attestBody(service);
    const forged = { ...good, evidence: evidenceOf(await guestWith(Buffer.alloc(64, 9))) };
    expect((await service.post(attestPath, forged)).body.code).toBe('report_data_mismatch');
    await service.post(attestPath, good).expect(200);
    const denied = await attestBody(service, {}, { measurement: OTHER_MEASUREMENT });
    expect((await service.post(attestPath, denied)).body.code).toBe('measurement_not_allowed');
    expect((await service.post(attestPath, denied)).body.code).toBe('nonce_replayed');
  });
});
