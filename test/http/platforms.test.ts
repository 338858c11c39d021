/** Owned machines over the network: whose evidence counts where a policy asks for them, and who may know. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/rats/result.js';
import { bodyFor, evidenceOf, guestWith, prepare, referenceBody, tdWith, type Wanted } from './guest.js';
import { startTestService, type TestService } from './service.js';

const PLATFORMS = '/simulated/v1/platforms';
const LABEL = 'rack 7, slot 3';
const OWNER = 'infrastructure';
const CHIPS = [Buffer.alloc(64, 0xc1), Buffer.alloc(64, 0xc2)] as const;
const TURINS = [Buffer.alloc(8, 0xd1), Buffer.alloc(8, 0xd2)] as const;
const INSTANCES = [Buffer.alloc(16, 0xe1), Buffer.alloc(16, 0xe2)] as const;

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
  const policy = { name: 'owned', document: { common: { platforms: 'registered' } }, activate: true };
  await admin('/policies', policy).expect(201);
  await service.send('patch', '/simulated/v1/workloads/llm-serving', { policy: 'owned' }, service.adminKey);
});
afterAll(() => service.close());

const admin = (path: string, body: object) => service.post(`/simulated/v1${path}`, body, service.adminKey);
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

interface Machine {
  readonly what: string;
  readonly kind: string;
  readonly value: string;
  /** How the check names it. */
  readonly named: string;
  readonly registered: Wanted['mint'];
  /** Differs in the machine alone. */
  readonly stranger: Wanted['mint'];
}

const MACHINES: readonly Machine[] = [
  {
    what: 'an SNP chip',
    kind: 'snp-chip-id',
    value: hexOf(CHIPS[0]),
    named: `chip ${hexOf(CHIPS[0])}`,
    registered: (reportData) => guestWith(reportData, { chipId: CHIPS[0] }),
    stranger: (reportData) => guestWith(reportData, { chipId: CHIPS[1] }),
  },
  {
    what: 'a Turin chip in its short form',
    kind: 'snp-chip-id',
    value: hexOf(TURINS[0]),
    named: `chip ${hexOf(TURINS[0]).padEnd(128, '0')}`,
    registered: (reportData) => guestWith(reportData, { product: 'Turin', chipId: TURINS[0] }),
    stranger: (reportData) => guestWith(reportData, { product: 'Turin', chipId: TURINS[1] }),
  },
  {
    what: 'the provider of a VLEK',
    kind: 'snp-csp-id',
    value: 'CN=cc-ours.example',
    named: 'provider CN=cc-ours.example',
    registered: (reportData) => guestWith(reportData, { signingKey: 'VLEK', cspId: 'CN=cc-ours.example' }),
    stranger: (reportData) => guestWith(reportData, { signingKey: 'VLEK', cspId: 'CN=cc-theirs.example' }),
  },
  {
    what: 'a TDX platform instance',
    kind: 'tdx-platform-instance',
    value: hexOf(INSTANCES[0]),
    named: `platform instance ${hexOf(INSTANCES[0])}`,
    registered: (reportData) => tdWith(reportData, { platformInstanceId: INSTANCES[0] }),
    stranger: (reportData) => tdWith(reportData, { platformInstanceId: INSTANCES[1] }),
  },
];

async function attest(mint: Wanted['mint']) {
  return service.post('/simulated/v1/attest', await bodyFor(service, { mint }));
}

async function checkOf(decision: string): Promise<JsonObject | undefined> {
  const { body } = await service.get(`/simulated/v1/decisions/${decision}`, service.adminKey).expect(200);
  return body.checks.find(({ id }: JsonObject) => id === 'platform_not_registered');
}

describe('platform_not_registered', () => {
  test.each(MACHINES)(
    '$what counts from its registration to its removal, and no other one does',
    async (machine) => {
      const { kind, value, named, registered, stranger } = machine;
      const before = await attest(registered);
      expect(before.body).toMatchObject({ status: 403, code: 'platform_not_registered', stage: 'appraise' });
      const made = await admin('/platforms', { kind, value, label: LABEL, owner: OWNER }).expect(201);

      const accepted = await attest(registered);
      expect(accepted.body).toMatchObject({ status: 'affirming', warnings: [] });
      expect(await checkOf(accepted.body.decision)).toMatchObject({
        outcome: 'pass',
        observed: `${named}: ${LABEL}, owner ${OWNER}`,
      });
      const denied = await attest(stranger);
      expect(denied.body).toMatchObject({ status: 403, code: 'platform_not_registered', stage: 'appraise' });
      // Whoever submits evidence learns nothing of the register, registered or not.
      for (const reply of [before, denied, accepted]) {
        expect(JSON.stringify(reply.body)).not.toMatch(/rack 7|infrastructure/);
      }

      const path = `${PLATFORMS}/${made.body.id}`;
      const removed = await service.send('delete', path, undefined, service.adminKey).expect(200);
      expect(removed.body).toEqual(made.body);
      expect((await attest(registered)).body.code).toBe('platform_not_registered');
    },
  );

  test('a TD whose certificate names no instance is on no register', async () => {
    const reply = await attest((reportData) => tdWith(reportData, { ca: 'processor' }));
    expect(reply.body).toMatchObject({ status: 403, code: 'platform_not_registered' });
    expect(reply.body.checks).toMatchObject([{ id: 'platform_not_registered', observed: null }]);
    const recorded = await checkOf(new URL(reply.body.instance).pathname.split('/').at(-1) ?? '');
    expect(recorded?.observed).toContain('no machine is named');
  });

  test('is no matter where the policy takes any machine, and told to relying parties who ask', async () => {
    const [machine] = MACHINES;
    if (machine === undefined) throw new Error('there is one');
    const reportData = Buffer.alloc(64, 3);
    const evidence = evidenceOf(await machine.registered(reportData));
    const verdictUnder = async (policy: string) => {
      const body = { evidence, report_data: hexOf(reportData), policy };
      const reply = await service.post('/simulated/v1/appraise', body, service.adminKey).expect(200);
      return reply.body.checks.find(({ id }: JsonObject) => id === 'platform_not_registered');
    };
    expect(await verdictUnder('standard')).toMatchObject({ outcome: 'not_run' });
    expect(await verdictUnder('owned')).toMatchObject({ outcome: 'fail' });
    const { kind, value } = machine;
    const label = 'for the relying party';
    await admin('/platforms', { kind, value, label, owner: OWNER }).expect(201);
    expect(await verdictUnder('owned')).toMatchObject({
      outcome: 'pass',
      observed: expect.stringContaining(label),
    });
  });
});

describe('policy_rule_failed', () => {
  test('a rule may ask who owns a machine, whether or not every machine must be registered', async () => {
    const rule = {
      name: 'ours',
      expression: 'platform != null && platform.owner == "finance"',
      message: 'Only machines of the finance department may run this.',
    };
    await admin('/policies', { name: 'finance', document: { rules: [rule] }, activate: true }).expect(201);
    await admin('/workloads', { name: 'ledger', policy: 'finance' }).expect(201);
    const measurement = Buffer.alloc(48, 0x7e);
    const versions = '/workloads/ledger/reference-values';
    await admin(versions, referenceBody(measurement)).expect(201);
    await admin('/audiences', { name: 'ledger', workloads: ['ledger'] }).expect(201);
    const chipId = Buffer.alloc(64, 0x3c);
    const mint = (reportData: Uint8Array) => guestWith(reportData, { chipId, measurement });
    const submit = async () =>
      service.post('/simulated/v1/attest', await bodyFor(service, { audience: 'ledger', mint }));
    const chip = { kind: 'snp-chip-id', value: hexOf(chipId), label: LABEL };
    expect((await submit()).body).toMatchObject({ status: 403, code: 'policy_rule_failed' });
    const others = await admin('/platforms', { ...chip, owner: 'marketing' }).expect(201);
    expect((await submit()).body.code).toBe('policy_rule_failed');
    await service.send('delete', `${PLATFORMS}/${others.body.id}`, undefined, service.adminKey).expect(200);
    await admin('/platforms', { ...chip, owner: 'finance' }).expect(201);
    expect((await submit()).body).toMatchObject({ status: 'affirming' });
  });
});

describe('the register', () => {
  test('has each machine once, with an entity tag, in pages', async () => {
    const body = { kind: 'tdx-platform-instance', value: '0a'.repeat(16), label: 'a', owner: 'b' };
    service.clock.advance(1);
    const made = await admin('/platforms', body).expect(201);
    expect(made.body).toEqual({
      id: expect.stringMatching(/^plt_[\w-]{22}$/),
      ...body,
      created_at: service.clock.now().toISOString(),
    });
    expect((await admin('/platforms', { ...body, label: 'again' })).body.code).toBe('state_conflict');
    const path = `${PLATFORMS}/${made.body.id}`;
    const one = await service.get(path, service.adminKey).expect(200);
    const etag = one.headers.etag ?? '';
    await service.get(path, service.adminKey).set('If-None-Match', etag).expect(304);
    const remove = (tag: string) =>
      service.send('delete', path, undefined, service.adminKey).set('If-Match', tag);
    expect((await remove('"other"')).body.code).toBe('version_conflict');
    service.clock.advance(1);
    await admin('/platforms', { ...body, value: '0b'.repeat(16) }).expect(201);
    const page = await service.get(`${PLATFORMS}?limit=1`, service.adminKey).expect(200);
    expect(page.body.items.map(({ value }: JsonObject) => value)).toEqual(['0b'.repeat(16)]);
    const rest = `${PLATFORMS}?cursor=${encodeURIComponent(page.body.next_cursor)}`;
    expect((await service.get(rest, service.adminKey)).body.items[0]).toEqual(made.body);
    await remove(etag).expect(200);
    expect((await remove(etag)).body.code).toBe('not_found');
    await service.get(path, service.adminKey).expect(404);
    await service.get(`/v1/platforms/${made.body.id}`, service.adminKey).expect(404);
  });

  test('keeps a Turin chip’s id in the long form, which is one machine with the short', async () => {
    const chip = { kind: 'snp-chip-id', label: 'a', owner: 'b' };
    const short = await admin('/platforms', { ...chip, value: 'ab'.repeat(8) }).expect(201);
    expect(short.body.value).toBe('ab'.repeat(8).padEnd(128, '0'));
    const long = await admin('/platforms', { ...chip, value: short.body.value });
    expect(long.body.code).toBe('state_conflict');
  });

  test.each([
    ['a kind that there is not', { kind: 'sgx-ppid', value: '00' }],
    ['a short chip id', { kind: 'snp-chip-id', value: 'ab' }],
    ['a masked chip id', { kind: 'snp-chip-id', value: '00'.repeat(64) }],
    ['capitals', { kind: 'tdx-platform-instance', value: 'AB'.repeat(16) }],
    ['no provider', { kind: 'snp-csp-id', value: '' }],
    ['no label', { kind: 'snp-csp-id', value: 'x', label: '' }],
  ])('refuses %s', async (_what, changes) => {
    const reply = await admin('/platforms', { label: 'a', owner: 'b', ...changes });
    expect({ status: reply.status, code: reply.body.code }).toEqual({ status: 400, code: 'request_invalid' });
  });

  test('is written by admins, read by publishers, and closed to everybody else', async () => {
    const keyOf = async (role: string) =>
      (await admin('/api-keys', { name: role, role }).expect(201)).body.key;
    const [publisher, party] = [await keyOf('publisher'), await keyOf('relying-party')];
    const body = { kind: 'snp-csp-id', value: 'of a publisher', label: 'a', owner: 'b' };
    expect((await service.post(PLATFORMS, body, publisher)).body.code).toBe('role_missing');
    await service.get(PLATFORMS, publisher).expect(200);
    expect((await service.get(PLATFORMS, party)).body.code).toBe('role_missing');
    await service.get(PLATFORMS).expect(401);
  });

  test('a method that there is not is told which there are', async () => {
    const reply = await service.send('patch', `${PLATFORMS}/plt_x`, {}, service.adminKey).expect(405);
    expect(reply.headers.allow).toBe('GET, HEAD, DELETE');
  });
});
