/** What a denied attester is told at each level that a tenant may choose, in both forms of attest. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { refusalEntry } from '../../src/rats/refusal.js';
import type { CheckResult, JsonObject } from '../../src/rats/result.js';
import { attestBody, evidenceOf, guestWith, MEASUREMENT, prepare, takeChallenge } from './guest.js';
import { startTestService, type TestService } from './service.js';

const OTHER = Buffer.alloc(48, 0x01);
const TENANT = '/simulated/v1/tenant';
const VERSIONS = '/simulated/v1/workloads/llm-serving/reference-values';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
});
afterAll(() => service.close());

const set = (level: string) => service.send('patch', TENANT, { problem_detail: level }, service.adminKey);

async function overJson(measurement: Uint8Array): Promise<JsonObject> {
  const body = await attestBody(service, {}, { measurement });
  return (await service.post('/simulated/v1/attest', body).expect(403)).body;
}

async function overOctets(measurement: Uint8Array): Promise<JsonObject> {
  const sealed = await takeChallenge(service, { audience: 'open', binding: 'raw-nonce' });
  const { evidence } = await guestWith(Buffer.from(sealed.report_data ?? '', 'hex'), {
    measurement,
    envelope: 'extended',
  });
  const query = new URLSearchParams({ challenge: sealed.challenge, audience: 'open' });
  const reply = await service
    .post(`/simulated/v1/attest?${query}`)
    .set('Content-Type', 'application/octet-stream')
    .send(Buffer.from(evidence))
    .expect(403);
  return reply.body;
}

async function recordedCheck(problem: JsonObject): Promise<CheckResult | undefined> {
  const { pathname } = new URL(String(problem.instance));
  const { body } = await service.get(pathname, service.adminKey).expect(200);
  return (body.checks as CheckResult[]).find(({ id }) => id === problem.code);
}

describe.each([
  ['JSON', overJson],
  ['octets', overOctets],
] as const)('a denial of attest over %s', (_form, attest) => {
  const id = 'measurement_not_allowed';
  const remedy = refusalEntry(id).remedy;
  const hex = OTHER.toString('hex');
  const sourceOnly = { id, outcome: 'fail', expected: null, source: 'reference values', remedy };

  test('with `codes` says which checks failed and what to do', async () => {
    await set('codes').expect(200);
    const problem = await attest(OTHER);
    expect(problem.checks).toEqual([{ ...sourceOnly, observed: null }]);
    expect(problem.detail).toMatch(/ it is not what is wanted: measurement_not_allowed\.$/u);
    const text = JSON.stringify(problem);
    for (const secret of [hex, MEASUREMENT.toString('hex'), 'llm-serving'])
      expect(text).not.toContain(secret);
  });

  test('with `observed` says what was observed too', async () => {
    await set('observed').expect(200);
    const problem = await attest(OTHER);
    expect(problem.checks).toEqual([{ ...sourceOnly, observed: hex }]);
    expect(problem.detail).toContain(`(observed ${hex})`);
    const text = JSON.stringify(problem);
    for (const secret of [MEASUREMENT.toString('hex'), 'llm-serving']) expect(text).not.toContain(secret);
  });

  test('with `full` says what the decision record says', async () => {
    await set('full').expect(200);
    const problem = await attest(OTHER);
    const [told] = problem.checks as unknown as readonly CheckResult[];
    expect(told).toEqual(await recordedCheck(problem));
    expect(told?.expected).toContain(MEASUREMENT.toString('hex'));
    expect(problem.detail).toContain('measurement differs from version 1 of llm-serving, active');
  });
});

describe('every level', () => {
  test('leaves what is no denial as explained as it is', async () => {
    const details = [];
    for (const level of ['codes', 'observed', 'full']) {
      await set(level).expect(200);
      const body = await attestBody(service);
      const other = await attestBody(service);
      const crossed = await service.post('/simulated/v1/attest', { ...body, evidence: other.evidence });
      expect(crossed.status).toBe(422);
      const { code, detail, checks } = crossed.body;
      details.push({ code, detail, checks });
    }
    expect(details[0]).toEqual(details[2]);
    expect(details[1]).toEqual(details[2]);
    expect(details[0]?.checks).toMatchObject([{ id: 'report_data_mismatch', observed: 'other bytes' }]);
  });

  test('leaves the record and the relying party everything: a retired and a revoked version by name', async () => {
    const built = Buffer.alloc(48, 0x77);
    const match = { measurement: built.toString('hex') };
    const values = { tee: 'sev-snp', covers: 'boot', match, activate: true };
    const made = await service.post(VERSIONS, values, service.adminKey).expect(201);
    const { version } = made.body;
    await set('codes').expect(200);
    const appraised = async () => {
      const guest = await guestWith(Buffer.alloc(64, 7), { measurement: built });
      const body = { evidence: evidenceOf(guest), report_data: '07'.repeat(64), workload: 'llm-serving' };
      const { body: verdict } = await service
        .post('/simulated/v1/appraise', body, service.adminKey)
        .expect(200);
      return verdict;
    };
    expect((await appraised()).status).toBe('affirming');
    const day = service.clock.now().toISOString().slice(0, 10);
    for (const [act, body, words] of [
      ['retire', {}, `the evidence equals version ${version} of llm-serving, retired on ${day}`],
      [
        'revoke',
        { reason: 'the image leaked.' },
        `the evidence equals version ${version} of llm-serving, revoked on ${day} because: the image leaked`,
      ],
    ] as const) {
      await service.post(`${VERSIONS}/${version}/${act}`, body, service.adminKey).expect(200);
      const verdict = await appraised();
      expect(verdict).toMatchObject({ status: 'contraindicated', code: 'measurement_not_allowed' });
      const told = (verdict.checks as CheckResult[]).find(({ id }) => id === verdict.code);
      expect(told?.expected).toBe(`an active version within its dates; ${words}`);
      const problem = await overJson(built);
      expect(JSON.stringify(problem)).not.toMatch(/version \d|retired|revoked|llm-serving/);
      expect(await recordedCheck(problem)).toMatchObject({ expected: told?.expected });
    }
  });
});

describe('settings of a tenant', () => {
  test('have an entity tag, and a change may insist on it', async () => {
    await set('codes').expect(200);
    const before = await service.get(TENANT, service.adminKey).expect(200);
    expect(before.body).toEqual({
      name: 'simulated',
      issuer: expect.stringMatching(/\/simulated$/u),
      problem_detail: 'codes',
    });
    const { etag = '' } = before.headers;
    const changed = await set('full').set('If-Match', etag).expect(200);
    expect(changed.body.problem_detail).toBe('full');
    expect(changed.headers.etag).not.toBe(etag);
    const late = await set('observed').set('If-Match', etag).expect(412);
    expect(late.body.code).toBe('version_conflict');
    const after = await service.get(TENANT, service.adminKey).expect(200);
    expect([after.body.problem_detail, after.headers.etag]).toEqual(['full', changed.headers.etag]);
    await service
      .get(TENANT, service.adminKey)
      .set('If-None-Match', after.headers.etag ?? '')
      .expect(304);
  });

  test('are of one tenant, and of the levels there are', async () => {
    await set('full').expect(200);
    const standard = await service.get('/v1/tenant', service.adminKey).expect(200);
    expect(standard.body).toMatchObject({ name: 'default', problem_detail: 'codes' });
    for (const body of [{ problem_detail: 'all' }, {}, { problem_detail: 'full', epoch: 1 }]) {
      await service.send('patch', TENANT, body, service.adminKey).expect(400);
    }
  });
});
