/** A policy that goes by Intel's early documents: what it asks for, what it denies, and that nobody else notices. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TcbInfoPlan } from '../../src/simulator/index.js';
import {
  bodyFor,
  evidenceOf,
  guestWith,
  importInto,
  prepare,
  referenceBody,
  TD,
  tdReferenceBody,
  tdWith,
} from './guest.js';
import { startTestService, type TestService, tarOf } from './service.js';
import { askedVendors } from './vendor-source.js';

const FILL = { standard: 0x51, early: 0x52 } as const;
type Workload = keyof typeof FILL;

const vendors = askedVendors();
let service: TestService;
const admin = (path: string, body: object) =>
  service.post(`/simulated/v1${path}`, body, service.adminKey).expect(201);

beforeAll(async () => {
  service = await startTestService({}, { source: vendors });
  await prepare(service);
  await admin('/policies', { name: 'early', document: { common: { tcb_track: 'early' } }, activate: true });
  for (const name of ['standard', 'early'] as const) {
    await admin('/workloads', { name, ...(name === 'early' ? { policy: name } : {}) });
    const measurement = Buffer.alloc(48, FILL[name]);
    await admin(`/workloads/${name}/reference-values`, referenceBody(measurement));
    await admin(`/workloads/${name}/reference-values`, tdReferenceBody({ mrtd: measurement }));
    await admin('/audiences', { name, workloads: [name] });
  }
}, 180_000);
afterAll(() => service.close());
beforeEach(() => {
  vendors.behave(async () => {});
  vendors.answer(null);
  vendors.asked();
});

const tdOf = (reportData: Uint8Array, workload: Workload) =>
  tdWith(reportData, { mrTd: Buffer.alloc(48, FILL[workload]), rtmrs: [undefined, TD.rtmr1, TD.rtmr2] });

async function attest(workload: Workload, mint = tdOf) {
  const wanted = { audience: workload, mint: (data: Uint8Array) => mint(data, workload) };
  return service.post('/simulated/v1/attest', await bodyFor(service, wanted));
}

/** How often TDs were of each TCB status so far. */
async function counted(): Promise<Readonly<Record<string, number>>> {
  const { text } = await service.get('/metrics').expect(200);
  const lines = text.matchAll(/^assay_tcb_status_total\{tee="tdx",status="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, status, count]) => [status, Number(count)]));
}

/** Early documents, by which what is UpToDate today has fallen behind. */
async function earlyArchive(): Promise<Buffer> {
  const behind = (levels: TcbInfoPlan['levels']): TcbInfoPlan['levels'] =>
    levels.map((level, index) => (index === 0 ? { ...level, status: 'OutOfDate' } : level));
  const { documents } = await tdWith(Buffer.alloc(64), {
    changes: {
      tcbInfo: (plan) => ({
        ...plan,
        evaluationNumber: plan.evaluationNumber + 1,
        levels: behind(plan.levels),
      }),
    },
  });
  return tarOf({
    'tcb_info.json': documents.tcbInfo ?? '',
    'qe_identity.json': documents.qeIdentity ?? '',
    'tcb_signing_chain.pem': documents.tcbSigningChain ?? '',
  });
}

describe('a policy that goes by the early documents', () => {
  test('leaves a TD undecided while there are none, and asks Intel for them alone', async () => {
    vendors.answer({ reason: 'unavailable', why: 'the vendor answered 503', retryAfter: 17 });
    const reply = await attest('early');
    expect(reply.body).toMatchObject({ status: 503, code: 'collateral_unavailable', retry_after: 17 });
    const wanted = vendors.asked().flatMap((call) => call.wanted.map(({ kind, subject }) => [kind, subject]));
    expect(wanted.sort()).toEqual([
      ['tdx-qe-identity', 'early'],
      ['tdx-tcb-info', expect.stringMatching(/^[0-9a-f]{12}\/early$/)],
    ]);
    expect((await attest('standard')).status).toBe(200);
    expect(vendors.asked()).toEqual([]);
  });

  test('takes what Intel gives when it is asked', async () => {
    vendors.behave(async () => importInto(service, await earlyArchive(), '?track=early').expect(200));
    const reply = await attest('early');
    expect([reply.status, reply.body.code]).toEqual([403, 'tdx_tcb_status_not_accepted']);
  });

  test('denies who is behind them, while others go by the standard ones', async () => {
    const denied = await attest('early');
    expect([denied.status, denied.body.code]).toEqual([403, 'tdx_tcb_status_not_accepted']);
    const { status, body } = await attest('standard');
    expect([status, body.status]).toEqual([200, 'affirming']);
    expect(vendors.asked()).toEqual([]);
  });

  test('is what counts of a platform, once, in the metrics too', async () => {
    const { OutOfDate: behind = 0, UpToDate: upToDate = 0 } = await counted();
    expect((await attest('early')).status).toBe(403);
    expect(await counted()).toEqual({ OutOfDate: behind + 1, UpToDate: upToDate });
    const evidence = evidenceOf(await tdOf(Buffer.alloc(64, 9), 'early'));
    const asked = { evidence, report_data: '09'.repeat(64), workload: 'early' };
    await service.post('/simulated/v1/appraise', asked, service.adminKey).expect(200);
    expect(await counted()).toEqual({ OutOfDate: behind + 2, UpToDate: upToDate });
    expect((await attest('standard')).status).toBe(200);
    expect(await counted()).toEqual({ OutOfDate: behind + 2, UpToDate: upToDate + 1 });
  });

  test('changes nothing for evidence whose vendor has one series', async () => {
    const mint = (reportData: Uint8Array) =>
      guestWith(reportData, { measurement: Buffer.alloc(48, FILL.early) });
    const { status, body } = await attest('early', mint as unknown as typeof tdOf);
    expect([status, body.status]).toEqual([200, 'affirming']);
  });

  test('is tried beside the one in force, each by its own documents', async () => {
    const { body } = await service
      .post(
        '/simulated/v1/policies/simulate',
        {
          evidence: evidenceOf(await tdOf(Buffer.alloc(64, 9), 'standard')),
          report_data: '09'.repeat(64),
          workload: 'standard',
          policy: 'early',
        },
        service.adminKey,
      )
      .expect(200);
    expect(body.in_force.verdict).toMatchObject({ status: 'affirming', tcb: { status: 'UpToDate' } });
    expect(body.proposed.verdict).toMatchObject({
      status: 'contraindicated',
      code: 'tdx_tcb_status_not_accepted',
      tcb: { status: 'OutOfDate' },
    });
  });

  test('judges a relying party’s evidence, and again when the decision is replayed', async () => {
    const evidence = evidenceOf(await tdOf(Buffer.alloc(64, 9), 'early'));
    const asked = { evidence, report_data: '09'.repeat(64), workload: 'early' };
    const { body } = await service.post('/simulated/v1/appraise', asked, service.adminKey).expect(200);
    expect(body).toMatchObject({ authentic: true, tcb: { status: 'OutOfDate' } });
    const path = `/simulated/v1/decisions/${body.decision}/replay`;
    const replayed = await service.post(path, { evidence }, service.adminKey).expect(200);
    expect(replayed.body).toMatchObject({ identical: true, differences: [] });
  });
});
