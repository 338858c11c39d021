/** Policies over the network: what is let in, which version is in force, and whose evidence it judges. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { JsonObject } from '../../src/rats/result.js';
import type { GuestOptions, TdOptions } from '../../src/simulator/index.js';
import {
  attestBody,
  bodyFor,
  evidenceOf,
  guestWith,
  prepare,
  referenceBody,
  tdReferenceBody,
  tdWith,
} from './guest.js';
import { SIMULATED_ISSUER, startTestService, type TestService } from './service.js';

const POLICIES = '/simulated/v1/policies';
const WORKLOADS = '/simulated/v1/workloads';
/** Refuses what `standard` takes: no simulated guest has this guest SVN. */
const DEMANDING: JsonObject = { snp: { minimum_guest_svn: 7 } };

let service: TestService;
let publisher = '';
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
  const made = await admin('/api-keys', { name: 'builds', role: 'publisher' }).expect(201);
  publisher = made.body.key;
});
afterAll(() => service.close());

const admin = (path: string, body: object = {}) =>
  service.post(`/simulated/v1${path}`, body, service.adminKey);

/** A workload of its own with an audience of the same name. */
async function registered(name: string, fill: number, policy?: string): Promise<Partial<GuestOptions>> {
  const measurement = Buffer.alloc(48, fill);
  await admin('/workloads', { name, ...(policy === undefined ? {} : { policy }) }).expect(201);
  await admin(`/workloads/${name}/reference-values`, referenceBody(measurement)).expect(201);
  await admin('/audiences', { name, workloads: [name] }).expect(201);
  return { measurement };
}

async function attest(audience: string, options: Partial<GuestOptions>, changes: JsonObject = {}) {
  const mint = (reportData: Uint8Array) => guestWith(reportData, options);
  return service.post('/simulated/v1/attest', await bodyFor(service, { audience, mint, changes }));
}

const versionOf = (reply: { body: { token?: string } }) =>
  (decodeJwt(reply.body.token ?? '').att as { policy: string }).policy;

describe('a policy', () => {
  test('is written, read back with its defaults, and numbered on', async () => {
    const body = { name: 'written', document: { name: 'written', version: 1, ...DEMANDING } };
    const made = await admin('/policies', body).expect(201);
    expect(made.body).toEqual({
      name: 'written',
      version: 1,
      state: 'draft',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      warnings: [],
    });
    const one = await service.get(`${POLICIES}/written/versions/1`, publisher).expect(200);
    expect(one.body).toMatchObject({ built_in: false, state: 'draft', digest: made.body.digest });
    expect(one.body.document).toMatchObject({ snp: { minimum_guest_svn: 7, vmpl: [0] } });
    expect(one.body.document.name).toBeUndefined();
    // What is read can be written again, and comes to the same but for its number.
    const again = await admin('/policies/written/versions', { document: one.body.document }).expect(201);
    expect(again.body).toMatchObject({ version: 2, state: 'draft' });
    expect(again.body.digest).not.toBe(made.body.digest);
    const two = await service.get(`${POLICIES}/written/versions/2`, publisher).expect(200);
    expect(two.body.document).toEqual(one.body.document);
    const policy = await service.get(`${POLICIES}/written`, publisher).expect(200);
    expect(policy.body).toMatchObject({ built_in: false, active_version: null, latest_version: 2 });
    const versions = await service.get(`${POLICIES}/written/versions?limit=1`, publisher).expect(200);
    expect(versions.body.items.map(({ version }: { version: number }) => version)).toEqual([2]);
    expect(versions.body.next_cursor).not.toBeNull();
  });

  test.each<[string, JsonObject, RegExp]>([
    ['an unknown member', { document: { sgx: {} } }, /sgx: unknown member/],
    ['a member called __proto__', { document: JSON.parse('{"__proto__": {}}') }, /__proto__: unknown member/],
    ['a value that none may have', { document: { snp: { vmpl: [9] } } }, /snp\.vmpl\.0/],
    [
      'what the lint calls an error',
      { document: { snp: { chips_allowed: ['ab'.repeat(64)], chips_denied: ['ab'.repeat(64)] } } },
      /snp\.chips_denied\.0: is allowed as well/,
    ],
    [
      'a rule that can never pass',
      { document: { rules: [{ name: 'never', expression: '1 == 2', message: 'x' }] } },
      /rules\.0\.expression: can never be true/,
    ],
    ['another name inside', { document: { name: 'other' } }, /name: this is the policy "bad"/],
    ['another number inside', { document: { version: 3 } }, /version: this becomes version 1/],
  ])('with %s is refused, and told where', async (_what, body, words) => {
    const reply = await admin('/policies', { name: 'bad', ...body });
    expect({ status: reply.status, code: reply.body.code }).toEqual({ status: 400, code: 'policy_invalid' });
    expect(reply.body.detail).toMatch(words);
    await service.get(`${POLICIES}/bad`, publisher).expect(404);
  });

  test('with what the lint only warns of is let in, and told so', async () => {
    const document = { snp: { tcb_floors: [{ cpuid: '19/11/1', tcb: { snp: 1 } }] } };
    const { body } = await admin('/policies', { name: 'warned', document }).expect(201);
    expect(body.warnings).toEqual([
      { path: 'snp.tcb_floors.0.tcb.snp', reason: expect.stringContaining('below an active row') },
    ]);
  });

  test('its name is taken once, and a repeated request gets the first reply', async () => {
    const send = (document: JsonObject) =>
      admin('/policies', { name: 'once', document }).set('Idempotency-Key', 'policy-once');
    const [first, second] = [await send(DEMANDING).expect(201), await send(DEMANDING).expect(201)];
    expect(second.body).toEqual(first.body);
    expect((await send({})).body.code).toBe('idempotency_conflict');
    expect((await admin('/policies', { name: 'once', document: {} })).body.code).toBe('state_conflict');
    expect((await admin('/policies', { name: 'standard', document: {} })).body.code).toBe('state_conflict');
    expect((await admin('/policies', { name: 'simulate', document: {} })).body.code).toBe('request_invalid');
  });

  test('is written by admins alone; publishers read', async () => {
    for (const path of ['', '/once/versions', '/once/versions/1/activate']) {
      const reply = await service.post(`${POLICIES}${path}`, {}, publisher);
      expect({ path, code: reply.body.code }).toEqual({ path, code: 'role_missing' });
    }
    for (const path of ['', '/once', '/once/versions', '/once/versions/1']) {
      await service.get(`${POLICIES}${path}`, publisher).expect(200);
    }
  });

  test('that does not exist is unknown, in words', async () => {
    for (const path of ['/absent', '/absent/versions']) {
      expect((await service.get(`${POLICIES}${path}`, publisher)).body.code).toBe('policy_unknown');
    }
    const added = await admin('/policies/absent/versions', { document: {} });
    expect(added.body.code).toBe('policy_unknown');
    for (const version of ['9', '0', '01', 'x']) {
      await service.get(`${POLICIES}/once/versions/${version}`, publisher).expect(404);
    }
    expect((await admin('/policies/once/versions/9/activate')).body.code).toBe('not_found');
  });

  test('carries entity tags: a write that saw another state is refused', async () => {
    await admin('/policies', { name: 'tagged', document: {} }).expect(201);
    const { headers } = await service.get(`${POLICIES}/tagged`, publisher).expect(200);
    const etag = headers.etag ?? '';
    await service.get(`${POLICIES}/tagged`, publisher).set('If-None-Match', etag).expect(304);
    const next = () => admin('/policies/tagged/versions', { document: {} }).set('If-Match', etag);
    await next().expect(201);
    expect((await next()).body.code).toBe('version_conflict');
    const activate = admin('/policies/tagged/versions/1/activate').set('If-Match', '"other"');
    expect((await activate).body.code).toBe('version_conflict');
  });
});

describe('shipped policies', () => {
  test('are listed among the tenant’s own, and their document can be read', async () => {
    const { body } = await service.get(`${POLICIES}?limit=200`, publisher).expect(200);
    const standard = body.items.find(({ name }: { name: string }) => name === 'standard');
    expect(standard).toEqual({
      name: 'standard',
      built_in: true,
      active_version: 1,
      latest_version: 1,
      created_at: null,
    });
    const names = body.items.map(({ name }: { name: string }) => name);
    expect(names).toEqual([...names].sort());
    const one = await service.get(`${POLICIES}/standard/versions/1`, publisher).expect(200);
    expect(one.body).toMatchObject({ state: 'active', built_in: true, created_at: null });
    expect((await admin('/policies/standard/versions/1/activate')).body.code).toBe('state_conflict');
  });

  test('give way to versions of one’s own from number 2, and come back', async () => {
    const options = await registered('by-default', 0x41);
    expect(versionOf(await attest('by-default', options))).toBe('standard@1');
    const added = { document: DEMANDING, activate: true };
    const made = await admin('/policies/standard/versions', added).expect(201);
    expect(made.body).toMatchObject({ version: 2, state: 'active' });
    const denied = await attest('by-default', options);
    expect(denied.body).toMatchObject({ status: 403, code: 'snp_guest_svn_below_minimum' });
    const versions = await service.get(`${POLICIES}/standard/versions`, publisher).expect(200);
    expect(
      versions.body.items.map(({ version, state }: JsonObject) => `${String(version)} ${String(state)}`),
    ).toEqual(['2 active', '1 retired']);
    const back = await admin('/policies/standard/versions/1/activate').expect(200);
    expect(back.body).toEqual({ name: 'standard', version: 1, state: 'active' });
    expect(versionOf(await attest('by-default', options))).toBe('standard@1');
    const policy = await service.get(`${POLICIES}/standard`, publisher).expect(200);
    expect(policy.body).toMatchObject({ built_in: true, active_version: 1, latest_version: 2 });
  });
});

describe('the policy of a workload', () => {
  test('judges its evidence and no other’s; token and record name version and digest', async () => {
    await admin('/policies', { name: 'own', document: {}, activate: true }).expect(201);
    const chosen = await registered('chosen', 0x51, 'own');
    const free = await registered('free', 0x52);
    const reply = await attest('chosen', chosen);
    expect(reply.status).toBe(200);
    const { body: version } = await service.get(`${POLICIES}/own/versions/1`, publisher).expect(200);
    const claims = decodeJwt(reply.body.token);
    expect(claims.att).toMatchObject({ policy: 'own@1', policy_digest: version.digest });
    expect(claims.submods).toMatchObject({
      cpu0: { ear_appraisal_policy_ids: [`${SIMULATED_ISSUER}/policies/own/1`] },
    });
    const record = await service.get(`/simulated/v1/decisions/${reply.body.decision}`, service.adminKey);
    expect(record.body).toMatchObject({ policy: 'own@1', policy_digest: version.digest });

    await admin('/policies/own/versions', { document: DEMANDING, activate: true }).expect(201);
    const denied = await attest('chosen', chosen);
    expect(denied.body.code).toBe('snp_guest_svn_below_minimum');
    expect(versionOf(await attest('free', free))).toBe('standard@1');
    // With and without its name in the request.
    const named = await attest('chosen', chosen, { workload: 'chosen' });
    expect(named.body.code).toBe('snp_guest_svn_below_minimum');
    await admin('/policies/own/versions/1/activate').expect(200);
    expect(versionOf(await attest('chosen', chosen, { workload: 'chosen' }))).toBe('own@1');
  });

  test('of several workloads in one audience is that of the one that matches', async () => {
    await admin('/policies', { name: 'of-one', document: DEMANDING, activate: true }).expect(201);
    const strict = await registered('strict-one', 0x53, 'of-one');
    const loose = await registered('loose-one', 0x54);
    await admin('/audiences', { name: 'both', workloads: ['strict-one', 'loose-one'] }).expect(201);
    expect((await attest('both', strict)).body.code).toBe('snp_guest_svn_below_minimum');
    expect(versionOf(await attest('both', loose))).toBe('standard@1');
  });

  test('can be chosen and dropped later, by an admin who saw the present state', async () => {
    await admin('/policies', { name: 'later', document: DEMANDING, activate: true }).expect(201);
    const options = await registered('changing', 0x55);
    const path = `${WORKLOADS}/changing`;
    const change = (body: object, key = service.adminKey) => service.send('patch', path, body, key);
    expect(versionOf(await attest('changing', options))).toBe('standard@1');
    const { headers } = await service.get(path, publisher).expect(200);
    const stale = await change({ policy: 'later' }).set('If-Match', '"other"');
    expect(stale.body.code).toBe('version_conflict');
    const changed = await change({ policy: 'later' })
      .set('If-Match', headers.etag ?? '')
      .expect(200);
    expect(changed.body).toMatchObject({ name: 'changing', policy: 'later', description: null });
    expect((await attest('changing', options)).body.code).toBe('snp_guest_svn_below_minimum');
    const described = await change({ description: 'words' }, publisher).expect(200);
    expect(described.body).toMatchObject({ policy: 'later', description: 'words' });
    expect((await change({ policy: null }, publisher)).body.code).toBe('role_missing');
    await change({ policy: null }).expect(200);
    expect(versionOf(await attest('changing', options))).toBe('standard@1');
  });

  test('must be there with a version in force, and is the admin’s to choose', async () => {
    await admin('/policies', { name: 'only-drafts', document: {} }).expect(201);
    for (const policy of ['absent', 'only-drafts']) {
      const made = await admin('/workloads', { name: 'unlucky', policy });
      expect({ policy, code: made.body.code }).toEqual({ policy, code: 'policy_unknown' });
      const changed = await service.send('patch', `${WORKLOADS}/llm-serving`, { policy }, service.adminKey);
      expect({ policy, code: changed.body.code }).toEqual({ policy, code: 'policy_unknown' });
    }
    const publish = (policy: string) => service.post(WORKLOADS, { name: `of-${policy}`, policy }, publisher);
    await publish('standard').expect(201);
    expect((await publish('own')).body.code).toBe('role_missing');
    const nowhere = await service.send('patch', `${WORKLOADS}/absent`, {}, service.adminKey);
    expect(nowhere.body.code).toBe('workload_unknown');
  });
});

describe('appraise', () => {
  const REPORT_DATA = Buffer.alloc(64, 7);
  async function appraise(changes: JsonObject, options: Partial<GuestOptions> = {}) {
    const guest = await guestWith(REPORT_DATA, options);
    const body = { evidence: evidenceOf(guest), report_data: REPORT_DATA.toString('hex'), ...changes };
    return service.post('/simulated/v1/appraise', body, service.adminKey);
  }

  test('judges by the policy that is named, else the workload’s, else `standard`', async () => {
    await admin('/policies', { name: 'asked', document: DEMANDING }).expect(201);
    await admin('/policies', { name: 'kept', document: DEMANDING, activate: true }).expect(201);
    const options = await registered('kept', 0x61, 'kept');
    const policyOf = async (changes: JsonObject) => {
      const { body } = await appraise(changes, options);
      const record = await service.get(`/simulated/v1/decisions/${body.decision}`, service.adminKey);
      return [record.body.policy, body.code];
    };
    expect(await policyOf({})).toEqual(['standard@1', null]);
    expect(await policyOf({ workload: 'kept' })).toEqual(['kept@1', 'snp_guest_svn_below_minimum']);
    expect(await policyOf({ workload: 'kept', policy: 'standard' })).toEqual(['standard@1', null]);
    expect(await policyOf({ policy: 'standard@1' })).toEqual(['standard@1', null]);
    expect(await policyOf({ policy: 'asked@1' })).toEqual(['asked@1', 'snp_guest_svn_below_minimum']);
    for (const policy of ['asked', 'asked@2', 'standard@7', 'absent']) {
      const reply = await appraise({ policy });
      expect({ policy, status: reply.status, code: reply.body.code }).toEqual({
        policy,
        status: 404,
        code: 'policy_unknown',
      });
    }
  });
});

describe('what a policy asks of vendor documents', () => {
  const LATEST = { common: { minimum_evaluation_number: 100_000 } };

  async function attestTd(audience: string, options: Partial<TdOptions>) {
    const mint = (reportData: Uint8Array) => tdWith(reportData, options);
    return service.post('/simulated/v1/attest', await bodyFor(service, { audience, mint }));
  }

  test('is asked once it is known whose policy applies: undecided, the challenge unspent, others untouched', async () => {
    await admin('/policies', { name: 'latest', document: LATEST, activate: true }).expect(201);
    for (const [name, fill, policy] of [
      ['td-latest', 0x71, 'latest'],
      ['td-any', 0x72, 'standard'],
    ] as const) {
      await admin('/workloads', { name, policy }).expect(201);
      const reference = tdReferenceBody({ mrtd: Buffer.alloc(48, fill) });
      await admin(`/workloads/${name}/reference-values`, reference).expect(201);
    }
    await admin('/audiences', { name: 'tds', workloads: ['td-latest', 'td-any'] }).expect(201);
    const options = { mrTd: Buffer.alloc(48, 0x71) };
    const mint = (reportData: Uint8Array) => tdWith(reportData, options);
    const body = await bodyFor(service, { audience: 'tds', mint });
    const undecided = await service.post('/simulated/v1/attest', body);
    expect(undecided.body).toMatchObject({
      status: 503,
      code: 'tdx_tcb_evaluation_number_too_low',
      stage: 'authenticate',
      tee: 'tdx',
      retryable: true,
      checks: [{ id: 'tdx_tcb_evaluation_number_too_low', outcome: 'fail', expected: null, observed: null }],
    });
    // The number is the policy's, and told where the tenant lets an attester see it.
    expect(JSON.stringify(undecided.body)).not.toContain('100000');
    const setDetail = (level: string) =>
      service.send('patch', '/simulated/v1/tenant', { problem_detail: level }, service.adminKey).expect(200);
    await setDetail('full');
    const told = await service.post('/simulated/v1/attest', body);
    await setDetail('codes');
    expect(told.body.checks).toMatchObject([{ expected: 'tcbEvaluationDataNumber at least 100000' }]);
    expect(told.body.detail).toContain('at least 100000');
    expect(undecided.headers['retry-after']).toMatch(/^\d+$/);
    expect((await attestTd('tds', { mrTd: Buffer.alloc(48, 0x72) })).status).toBe(200);
    // The same evidence, unchanged, once the policy asks for less.
    await admin('/policies/latest/versions', { document: {}, activate: true }).expect(201);
    expect(versionOf(await service.post('/simulated/v1/attest', body))).toBe('latest@2');
    expect((await service.post('/simulated/v1/attest', body)).body.code).toBe('nonce_replayed');
  });

  test('makes an appraisal undecided, too', async () => {
    await admin('/policies', { name: 'newest', document: LATEST, activate: true }).expect(201);
    const reportData = Buffer.alloc(64, 9);
    const evidence = evidenceOf(await tdWith(reportData));
    const body = { evidence, report_data: reportData.toString('hex') };
    const ask = (policy: string) =>
      service.post('/simulated/v1/appraise', { ...body, policy }, service.adminKey);
    expect((await ask('newest')).body.code).toBe('tdx_tcb_evaluation_number_too_low');
    const { body: verdict } = await ask('standard').expect(200);
    const check = verdict.checks.find(({ id }: JsonObject) => id === 'tdx_tcb_evaluation_number_too_low');
    expect(check).toMatchObject({ outcome: 'pass', expected: 'tcbEvaluationDataNumber at least 0' });
    // Of SNP there are no such numbers to ask for.
    const guest = evidenceOf(await guestWith(reportData));
    const snp = { evidence: guest, report_data: reportData.toString('hex'), policy: 'newest' };
    await service.post('/simulated/v1/appraise', snp, service.adminKey).expect(200);
  });
});

test('the evidence of the first tests is still good at the end', async () => {
  await service.post('/simulated/v1/attest', await attestBody(service)).expect(200);
});
