/** What a denied attester is told by default, what the record keeps, and what neither may give away. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CheckResult, JsonObject } from '../../src/rats/result.js';
import type { GuestOptions } from '../../src/simulator/index.js';
import { attestBody, bound, evidenceOf, guestWith, makeKey, prepare, referenceBody } from './guest.js';
import { SIMULATED_ISSUER, startTestService, type TestService } from './service.js';

/** Registered values that no stranger should see. */
const SECRET_MEASUREMENT = Buffer.alloc(48, 0x5e);
const SECRET_HOST_DATA = '77'.repeat(32);
const UNKNOWN_MEASUREMENT = Buffer.alloc(48, 0x01);

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
  const admin = (path: string, body: object) =>
    service.post(`/simulated/v1${path}`, body, service.adminKey).expect(201);
  await admin('/workloads', { name: 'secret-workload' });
  await admin('/workloads/secret-workload/reference-values', {
    ...referenceBody(),
    match: { measurement: SECRET_MEASUREMENT.toString('hex'), host_data: SECRET_HOST_DATA },
  });
  await admin('/workloads', { name: 'firmware-only' });
  await admin('/workloads/firmware-only/reference-values', {
    ...referenceBody(Buffer.alloc(48, 0xf1)),
    covers: 'firmware',
  });
  await admin('/audiences', { name: 'strict', workloads: ['firmware-only'] });
});
afterAll(() => service.close());

async function denied(changes: JsonObject = {}, options: Partial<GuestOptions> = {}): Promise<JsonObject> {
  const body = await attestBody(service, changes, options);
  const reply = await service.post('/simulated/v1/attest', body).expect(403);
  return reply.body;
}

async function recordOf(problem: JsonObject): Promise<JsonObject> {
  const instance = String(problem.instance);
  expect(instance.startsWith(`${SIMULATED_ISSUER}/v1/decisions/dec_`)).toBe(true);
  const path = instance.slice(new URL(SIMULATED_ISSUER).origin.length);
  const { body } = await service.get(path, service.adminKey).expect(200);
  return body;
}

const idsOf = (checks: unknown): string[] => (checks as CheckResult[]).map(({ id }) => id);
const failedOf = (checks: unknown): string[] =>
  (checks as CheckResult[]).filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);

describe('a denial', () => {
  test('says which check failed and what to do, not what was compared; the record has it all', async () => {
    const problem = await denied({}, { measurement: UNKNOWN_MEASUREMENT });
    expect(problem).toMatchObject({ code: 'measurement_not_allowed', tee: 'sev-snp', stage: 'appraise' });
    const text = JSON.stringify(problem);
    expect(problem.checks).toMatchObject([{ expected: null, observed: null, source: 'reference values' }]);
    const record = JSON.stringify(await recordOf(problem));
    for (const secret of ['a5'.repeat(48), UNKNOWN_MEASUREMENT.toString('hex'), 'llm-serving']) {
      expect(text).not.toContain(secret);
      expect(record).toContain(secret);
    }
    expect(record).toContain('measurement differs from version 1 of llm-serving, active');
  });

  test('for a workload that the audience does not take tells nothing of it', async () => {
    const problem = await denied({ workload: 'secret-workload' }, { measurement: SECRET_MEASUREMENT });
    expect(problem.code).toBe('workload_not_allowed');
    expect(idsOf(problem.checks)).toEqual(['workload_not_allowed']);
    expect(JSON.stringify(problem)).not.toContain(SECRET_HOST_DATA);
    const record = await recordOf(problem);
    expect(record).toMatchObject({ code: 'workload_not_allowed', workload: null });
    expect(failedOf(record.checks)).toEqual(['workload_not_allowed']);
    expect(JSON.stringify(record)).not.toContain(SECRET_HOST_DATA);
  });

  test('below the audience’s minimum fails in a check of its own', async () => {
    const sealed = await service.post('/simulated/v1/challenges', { audience: 'strict' }).expect(201);
    expect(sealed.body.audience).toBe('strict');
    const key = makeKey();
    const guest = await guestWith(bound(sealed.body, key, 'strict'), { measurement: Buffer.alloc(48, 0xf1) });
    const problem = await denied({
      challenge: sealed.body.challenge,
      audience: 'strict',
      evidence: evidenceOf(guest),
      keys: { sig: key },
    });
    expect(problem.code).toBe('status_below_minimum');
    expect(idsOf(problem.checks)).toEqual(['status_below_minimum']);
    expect(JSON.stringify(problem)).not.toMatch(/firmware only/);
    const record = await recordOf(problem);
    expect(failedOf(record.checks)).toEqual(['status_below_minimum']);
    expect(JSON.stringify(record)).toMatch(/firmware only/);
  });
});

test('an instant before any such processor existed is a mistake, not a fault', async () => {
  const body = {
    evidence: { cpu: { bytes: 'AAAA' } },
    report_data: '00'.repeat(64),
    at: '0000-01-01T00:00:00Z',
  };
  const reply = await service.post('/simulated/v1/appraise', body, service.adminKey).expect(400);
  expect(reply.body.code).toBe('request_invalid');
});
