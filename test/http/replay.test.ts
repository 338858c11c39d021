/** Decisions judged again over HTTP: as of then, whatever has been imported, withdrawn and changed since. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/rats/result.js';
import { mintList } from '../../src/simulator/amd/vendor.js';
import { BOOT_EVENTS } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';
import {
  bodyFor,
  evidenceOf,
  guestWith,
  importInto,
  intelArchive,
  prepare,
  referenceBody,
  TD,
  tdReferenceBody,
  tdWith,
} from './guest.js';
import { startTestService, type TestService, tarOf } from './service.js';

const DAY = 86_400_000;
const MONTH_LATER = new Date(SIMULATED_AT.getTime() + 31 * DAY);
const DECISIONS = '/simulated/v1/decisions';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
});
afterEach(() => service.clock.set(SIMULATED_AT));
afterAll(() => service.close());

const admin = (path: string, body: object) => service.post(`/simulated/v1${path}`, body, service.adminKey);

async function replay(decision: string, evidence: JsonObject, key = service.adminKey) {
  return service.post(`${DECISIONS}/${decision}/replay`, { evidence }, key);
}

async function expectIdentical(decision: string, evidence: JsonObject): Promise<JsonObject> {
  const { status, body } = await replay(decision, evidence);
  expect([status, body.differences, body.identical]).toEqual([200, [], true]);
  expect(body.verdict.decision).toBeNull();
  return body.verdict;
}

type Mint = Parameters<typeof bodyFor>[1]['mint'];

/** A workload of its own with a policy and an audience of its name, and what runs there. */
async function registered(name: string, values: JsonObject, policy: JsonObject = {}): Promise<void> {
  await admin('/policies', { name, document: policy, activate: true }).expect(201);
  await admin('/workloads', { name, policy: name }).expect(201);
  await admin(`/workloads/${name}/reference-values`, values).expect(201);
  await admin('/audiences', { name, workloads: [name] }).expect(201);
}

/** What attest made of it: the decision, and the evidence that it was made on. */
async function attested(
  audience: string,
  mint: Mint,
  changes: JsonObject = {},
): Promise<{ decision: string; evidence: JsonObject; status: number }> {
  const sent = await bodyFor(service, { audience, mint, changes });
  const { status, body } = await service.post('/simulated/v1/attest', sent);
  const decision = body.decision ?? String(body.instance).replace(/^.*\//u, '');
  return { decision, status, evidence: sent.evidence as JsonObject };
}

const measured = (fill: number): Mint => {
  return (reportData) => guestWith(reportData, { measurement: Buffer.alloc(48, fill) });
};
const td = (fill: number): Mint => {
  return (reportData) =>
    tdWith(reportData, { mrTd: Buffer.alloc(48, fill), rtmrs: [undefined, TD.rtmr1, TD.rtmr2] });
};

/** Newer documents of every kind. */
async function importNewer(): Promise<void> {
  const issued = new Date(MONTH_LATER.getTime() - DAY);
  const window = { thisUpdate: issued, nextUpdate: new Date(issued.getTime() + 400 * DAY) };
  const list = await mintList(await simulatedVendor(), { product: 'Milan', kind: 'VCEK', ...window });
  for (const archive of [await tarOf({ 'vcek_crl.der': list.bytes }), await intelArchive(issued)]) {
    const { body } = await importInto(service, archive).expect(200);
    expect(body.rejected).toEqual([]);
    expect(body.imported.some(({ state }: { state: string }) => state !== 'past')).toBe(true);
  }
}

describe('a month later', () => {
  test('everything has changed, and each decision is as it was', async () => {
    await registered('snp-month', referenceBody(Buffer.alloc(48, 0x51)));
    await registered('tdx-month', tdReferenceBody({ mrtd: Buffer.alloc(48, 0x52) }));
    const made = [await attested('snp-month', measured(0x51)), await attested('tdx-month', td(0x52))];
    expect(made.map(({ status }) => status)).toEqual([200, 200]);

    service.clock.set(MONTH_LATER);
    await importNewer();
    for (const name of ['snp-month', 'tdx-month']) {
      await admin(`/workloads/${name}/reference-values/1/retire`, {}).expect(200);
      const document = { snp: { products: ['Turin'] }, tdx: { fmspcs: ['ffffffffffff'] } };
      await admin(`/policies/${name}/versions`, { document, activate: true }).expect(201);
    }
    expect((await attested('snp-month', measured(0x51))).status).toBe(403);
    expect((await attested('tdx-month', td(0x52))).status).toBe(403);

    for (const { decision, evidence } of made) {
      const verdict = await expectIdentical(decision, evidence);
      expect(verdict).toMatchObject({
        authentic: true,
        status: 'affirming',
        binding: 'verified',
        at: SIMULATED_AT.toISOString(),
      });
    }
    // The documents of then are not those of now.
    for (const [place, kind] of [
      [0, 'snp-vcek-crl'],
      [1, 'tdx-tcb-info'],
    ] as const) {
      const { decision, evidence } = made[place] ?? { decision: '', evidence: {} };
      const { verdict } = (await replay(decision, evidence)).body;
      const used = verdict.endorsements.find((one: { kind: string }) => one.kind === kind);
      const { body } = await service.get('/simulated/v1/endorsements', service.adminKey);
      const listed = body.items.find(({ sha256 }: { sha256: string }) => sha256 === used.sha256);
      expect(listed.state).toBe('past');
    }
  });
});

describe('what was denied', () => {
  test('is denied again, in the words of then', async () => {
    await registered('denied', referenceBody(Buffer.alloc(48, 0x53)));
    const { decision, evidence, status } = await attested('denied', measured(0x63));
    expect(status).toBe(403);
    // What came later, what was withdrawn and what was registered for this very evidence changes no word.
    await admin('/workloads/denied/reference-values/1/revoke', { reason: 'leaked' }).expect(200);
    await admin('/workloads/denied/reference-values', referenceBody(Buffer.alloc(48, 0x63))).expect(201);
    const draft = { ...referenceBody(Buffer.alloc(48, 0x73)), activate: false };
    service.clock.advance(60);
    await admin('/workloads/denied/reference-values', draft).expect(201);
    const verdict = await expectIdentical(decision, evidence);
    expect(verdict).toMatchObject({ status: 'contraindicated', code: 'measurement_not_allowed' });
    expect(JSON.stringify(verdict.checks)).toContain('version 1 of denied, active');
  });

  test('with a retired version beside it is told as retired then, though it was revoked since', async () => {
    await registered('withdrawn', referenceBody(Buffer.alloc(48, 0x54)));
    await admin('/workloads/withdrawn/reference-values/1/retire', {}).expect(200);
    const { decision, evidence, status } = await attested('withdrawn', measured(0x54));
    expect(status).toBe(403);
    service.clock.advance(3 * 86_400);
    await admin('/workloads/withdrawn/reference-values/1/revoke', { reason: 'leaked' }).expect(200);
    const verdict = await expectIdentical(decision, evidence);
    expect(JSON.stringify(verdict.checks)).toContain('retired on 2026-11-20');
  });

  test('for naming a workload, or for two that match, is denied for the same', async () => {
    await registered('twin-one', referenceBody(Buffer.alloc(48, 0x55)));
    await registered('twin-two', referenceBody(Buffer.alloc(48, 0x55)));
    await admin('/audiences', { name: 'twins', workloads: ['twin-one', 'twin-two'] }).expect(201);
    const ambiguous = await attested('twins', measured(0x55));
    const named = await attested('twins', measured(0x55), { workload: 'twin-two' });
    const elsewhere = await attested('twin-one', measured(0x55), { workload: 'twin-two' });
    expect([ambiguous.status, named.status, elsewhere.status]).toEqual([403, 200, 403]);
    await admin('/workloads/twin-two/reference-values/1/revoke', { reason: 'gone' }).expect(200);
    expect(await expectIdentical(ambiguous.decision, ambiguous.evidence)).toMatchObject({
      code: 'workload_ambiguous',
    });
    await expectIdentical(named.decision, named.evidence);
    await expectIdentical(elsewhere.decision, elsewhere.evidence);
  });
});

describe('an event log', () => {
  const named = (index: number): readonly string[] =>
    BOOT_EVENTS.filter((event) => event.index === index).map(({ digest }) =>
      Buffer.from(digest).toString('hex'),
    );

  test('belongs to the evidence: with it the decision is the same, without it another', async () => {
    const events = [
      { register: 'rtmr1', measured: named(2) },
      { register: 'rtmr2', measured: named(3) },
    ];
    const mrTd = Buffer.alloc(48, 0x58);
    const match = { mrtd: mrTd.toString('hex'), events };
    await registered('logged', { tee: 'tdx', match, activate: true });
    const { decision, evidence, status } = await attested('logged', (reportData) =>
      tdWith(reportData, { mrTd, rtmrs: undefined, eventLog: BOOT_EVENTS }),
    );
    expect(status).toBe(200);
    await admin('/workloads/logged/reference-values/1/revoke', { reason: 'old' }).expect(200);
    await expectIdentical(decision, evidence);
    const { event_log: _left, ...bare } = evidence.cpu as JsonObject;
    const { body } = await replay(decision, { cpu: bare });
    expect(body.identical).toBe(false);
    const paths = body.differences.map(({ path }: { path: string }) => path);
    expect(paths).toContain('code');
    expect(paths).toContain('checks.event_log_replay_mismatch.outcome');
  });
});

describe('the register of machines', () => {
  test('counts as it stood', async () => {
    const chipId = Buffer.alloc(64, 0xc7);
    const mint: Mint = (reportData) => guestWith(reportData, { measurement: Buffer.alloc(48, 0x56), chipId });
    await registered('owned', referenceBody(Buffer.alloc(48, 0x56)), { common: { platforms: 'registered' } });
    const strange = await attested('owned', mint);
    const machine = { kind: 'snp-chip-id', value: chipId.toString('hex'), label: 'rack 1', owner: 'us' };
    const { body: platform } = await admin('/platforms', machine).expect(201);
    const own = await attested('owned', mint);
    const gone = `/simulated/v1/platforms/${platform.id}`;
    await service.send('delete', gone, undefined, service.adminKey).expect(200);
    expect([strange.status, own.status]).toEqual([403, 200]);
    expect(await expectIdentical(strange.decision, strange.evidence)).toMatchObject({
      code: 'platform_not_registered',
    });
    await expectIdentical(own.decision, own.evidence);
  });
});

describe('verdicts of relying parties', () => {
  test.each([
    ['with a workload', { workload: 'llm-serving' }],
    ['with nothing to compare', {}],
    ['under a policy of their choice', { policy: 'strict' }],
    ['of an instant in the past', { at: new Date(SIMULATED_AT.getTime() - 600_000).toISOString() }],
  ])('%s are the same again', async (_what, asked) => {
    const guest = await guestWith(Buffer.alloc(64, 3));
    const evidence = evidenceOf(guest);
    const body = { evidence, report_data: '03'.repeat(64), ...asked };
    const appraised = await service.post('/simulated/v1/appraise', body, service.adminKey).expect(200);
    service.clock.set(MONTH_LATER);
    const verdict = await expectIdentical(appraised.body.decision, evidence);
    const { decision: _made, ...then } = appraised.body;
    expect(verdict).toEqual({ ...then, decision: null });
  });

  test('that rested on an outdated document in its grace are the same', async () => {
    await registered('graced', referenceBody(Buffer.alloc(48, 0x57)), {
      common: { stale_endorsements: { hours: 24 } },
    });
    const { body } = await service.get('/simulated/v1/endorsements', service.adminKey);
    const ends = body.items
      .filter(
        (one: { kind: string; subject: string }) => one.kind === 'snp-vcek-crl' && one.subject === 'Milan',
      )
      .map((one: { expires_at: string }) => Date.parse(one.expires_at));
    service.clock.set(new Date(Math.max(...ends) + 3_600_000));
    const { decision, evidence, status } = await attested('graced', measured(0x57));
    expect(status).toBe(200);
    service.clock.advance(30 * 86_400);
    const verdict = await expectIdentical(decision, evidence);
    expect(JSON.stringify(verdict)).toContain('grace_until');
  });
});

describe('a replay', () => {
  test('of other evidence is refused, and says both digests', async () => {
    const { decision } = await attested('vault', measured(0xa5));
    const other = evidenceOf(await guestWith(Buffer.alloc(64, 1)));
    const { status, body } = await replay(decision, other);
    expect([status, body.code]).toEqual([400, 'request_invalid']);
    const { body: record } = await service.get(`${DECISIONS}/${decision}`, service.adminKey);
    expect(body.detail).toContain(record.evidence_digest);
  });

  test('without a certificate that is nowhere else says which', async () => {
    const { decision, evidence } = await attested('vault', measured(0xa5));
    const { certificates: _left, ...bare } = evidence.cpu as JsonObject;
    const { status, body } = await replay(decision, { cpu: bare });
    expect([status, body.code]).toEqual([409, 'state_conflict']);
    expect(body.detail).toMatch(/not at hand any more.*: snp-vek of SHA-256 [0-9a-f]{64} /u);
  });

  test('writes nothing', async () => {
    const { decision, evidence } = await attested('vault', measured(0xa5));
    const before = await service.get(`${DECISIONS}?limit=1`, service.adminKey);
    const record = await service.get(`${DECISIONS}/${decision}`, service.adminKey);
    await expectIdentical(decision, evidence);
    const after = await service.get(`${DECISIONS}?limit=1`, service.adminKey);
    expect(after.body.items).toEqual(before.body.items);
    expect((await service.get(`${DECISIONS}/${decision}`, service.adminKey)).body).toEqual(record.body);
  });

  test('is for relying parties of the tenant', async () => {
    const { decision, evidence } = await attested('vault', measured(0xa5));
    const keyFor = async (role: string): Promise<string> =>
      (await admin('/api-keys', { name: role, role }).expect(201)).body.key;
    expect((await replay(decision, evidence, await keyFor('relying-party'))).status).toBe(200);
    expect((await replay(decision, evidence, await keyFor('publisher'))).status).toBe(403);
    const elsewhere = await service.post(`/v1/decisions/${decision}/replay`, { evidence }, service.adminKey);
    expect(elsewhere.status).toBe(404);
    expect((await replay('dec_none', evidence)).status).toBe(404);
  });
});

describe('a decision in words', () => {
  test('is what `assay explain` prints, for whoever asks for text', async () => {
    const { decision } = await attested('vault', measured(0xa5));
    const path = `${DECISIONS}/${decision}`;
    const { body } = await service.get(path, service.adminKey).expect(200);
    const told = await service.get(path, service.adminKey).set('Accept', 'text/plain').expect(200);
    expect(told.headers['content-type']).toMatch(/^text\/plain/u);
    expect(told.headers.vary).toContain('Accept');
    expect(told.text).toContain('Accepted (affirming): a token was issued');
    expect(told.text).toContain(body.evidence_digest);
    expect(told.text).not.toContain('\u001b');
    const again = service.get(path, service.adminKey).set('Accept', 'text/plain');
    await again.set('If-None-Match', told.headers.etag ?? '').expect(304);
    const json = service.get(path, service.adminKey).set('If-None-Match', told.headers.etag ?? '');
    await json.expect(200);
  });
});
