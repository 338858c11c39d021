/** The forecast over HTTP: who is foreseen to fail, when and why, whom it tells what, and that it comes true. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/rats/result.js';
import { chainOf } from '../../src/simulator/intel/authorities.js';
import { PLATFORM_LEVELS } from '../../src/simulator/intel/tcb-levels.js';
import { SIMULATED_AT, simulatedIntel } from '../simulated-vendor.js';
import { tableWith } from '../verifier/forecast/snp-guest.js';
import { DAY_MS, documentsBy, FMSPC, numbersBy } from '../verifier/forecast/td-platform.js';
import {
  attestBody,
  bodyFor,
  evidenceOf,
  guestWith,
  importInto,
  prepare,
  referenceBody,
  tdAttestBody,
} from './guest.js';
import { startTestService, type TestService, tarOf } from './service.js';

const PATH = '/simulated/v1/endorsements/forecast';
const INSTANCE = '3c'.repeat(16);
const CHIP = '4d'.repeat(64);

let service: TestService;
let publisher = '';
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
  const key = { name: 'publisher', role: 'publisher' };
  publisher = (await admin('/api-keys', key).expect(201)).body.key;
});
afterAll(() => service.close());

const admin = (path: string, body: object) => service.post(`/simulated/v1${path}`, body, service.adminKey);
const after = (days: number): string => new Date(SIMULATED_AT.getTime() + days * DAY_MS).toISOString();

interface Row {
  readonly at: string | null;
  readonly cause: string;
  readonly what: string;
  readonly tee: string;
  readonly fails: boolean;
  readonly platforms: number;
  readonly workloads: readonly string[];
  readonly audiences: readonly string[];
  readonly labels: readonly string[];
  readonly platform_ids: readonly JsonObject[] | null;
  readonly policy: string;
  readonly from: JsonObject;
  readonly to: JsonObject;
  readonly remedy: string | null;
}

async function foreseen(query = '', key = service.adminKey) {
  const { body } = await service.get(`${PATH}${query}`, key).expect(200);
  const rows: readonly Row[] = body.rows;
  const caused = (cause: string): readonly Row[] => rows.filter((row) => row.cause === cause);
  const { platforms, unjudged, truncated, until } = body;
  return { platforms, unjudged, truncated, until, rows, caused };
}

const td = () =>
  tdAttestBody(service, {}, { fmspc: FMSPC, platformInstanceId: Buffer.from(INSTANCE, 'hex') });

/** What asks for one more of the first component, as evaluation 19. */
async function raisedArchive(): Promise<Buffer> {
  const { authorities } = await simulatedIntel();
  const documents = await documentsBy({
    tcbInfo: {
      evaluationNumber: 19,
      levels: PLATFORM_LEVELS.map(({ sgx: [first = 0, ...others], ...level }) => ({
        ...level,
        sgx: [first + 1, ...others],
      })),
    },
    qeIdentity: { evaluationNumber: 19 },
  });
  const [info, identity] = documents.map(({ bytes }) => bytes);
  const chain = chainOf(authorities.tcbSigning.certificate, authorities.root.certificate);
  return tarOf({
    'tcb_info.json': info ?? new Uint8Array(),
    'qe_identity.json': identity ?? new Uint8Array(),
    'tcb_signing_chain.pem': new Uint8Array(Buffer.from(chain, 'utf8')),
  });
}

/** Intel's list, by which evaluation 19 is twelve months old in twenty days. */
async function numbersArchive(): Promise<Buffer> {
  const { authorities } = await simulatedIntel();
  const { bytes } = await numbersBy({ 19: '2025-12-10', 18: '2024-11-12' });
  const chain = chainOf(authorities.tcbSigning.certificate, authorities.root.certificate);
  return tarOf({
    'tcb_evaluation_data_numbers.json': bytes,
    'tcb_signing_chain.pem': new Uint8Array(Buffer.from(chain, 'utf8')),
  });
}

describe('a forecast', () => {
  test('has nothing to say before a platform came', async () => {
    expect(await foreseen()).toMatchObject({ platforms: 0, unjudged: 0, truncated: false, rows: [] });
  });

  test('counts the platforms of decisions, each once, and tells when documents lapse', async () => {
    await service.post('/simulated/v1/attest', await td()).expect(200);
    await service.post('/simulated/v1/attest', await td()).expect(200);
    const guest = { chipId: Buffer.from(CHIP, 'hex') };
    await service.post('/simulated/v1/attest', await attestBody(service, {}, guest)).expect(200);
    const { platforms, unjudged, rows, caused } = await foreseen();
    expect({ platforms, unjudged }).toEqual({ platforms: 2, unjudged: 0 });
    expect(rows.every(({ cause }) => cause === 'documents')).toBe(true);
    const lapsing = caused('documents').filter(({ tee }) => tee === 'tdx');
    expect(lapsing.map(({ to }) => to.code).sort()).toEqual([
      'stale_collateral',
      'stale_collateral',
      'tdx_crl_stale',
    ]);
    expect(lapsing[0]).toMatchObject({ fails: true, workloads: ['llm-serving'], to: { status: 'none' } });
  });

  test('looks as far as it is asked to', async () => {
    expect((await foreseen('?days=1')).rows).toEqual([]);
    expect((await foreseen('?days=366')).until).toBe(after(366));
    for (const days of ['0', '367', '-1', '1.5', 'x', '']) {
      const { body } = await service.get(`${PATH}?days=${days}`, service.adminKey).expect(400);
      expect(body.code).toBe('request_invalid');
    }
    await service.get(`${PATH}?day=1`, service.adminKey).expect(400);
  });

  test('is for operators', async () => {
    const { key } = (await admin('/api-keys', { name: 'broker', role: 'relying-party' }).expect(201)).body;
    expect((await service.get(PATH, key).expect(403)).body.code).toBe('role_missing');
    await service.get(PATH).expect(401);
    expect(
      (await service.get('/v1/endorsements/forecast', service.adminKey).expect(200)).body.platforms,
    ).toBe(0);
  });

  test('of the end of reference values names the version, unless another one follows it', async () => {
    const measurement = Buffer.alloc(48, 0x61);
    await admin('/workloads', { name: 'batch' }).expect(201);
    await admin('/audiences', { name: 'batches', workloads: ['batch'] }).expect(201);
    const values = { ...referenceBody(measurement), not_after: after(20) };
    await admin('/workloads/batch/reference-values', values).expect(201);
    const mint = (reportData: Uint8Array) => guestWith(reportData, { measurement });
    await service
      .post('/simulated/v1/attest', await bodyFor(service, { audience: 'batches', mint }))
      .expect(200);
    const [row, ...others] = (await foreseen()).caused('reference-values');
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      at: new Date(Date.parse(after(20)) + 1).toISOString(),
      what: 'version 1 of batch ends',
      fails: true,
      platforms: 1,
      workloads: ['batch'],
      audiences: ['batches', 'open'],
      to: { status: 'contraindicated', code: 'measurement_not_allowed' },
    });
    expect(row?.remedy).toMatch(/^Register /);
    await admin('/workloads/batch/reference-values', { ...values, not_after: after(200) }).expect(201);
    expect((await foreseen()).caused('reference-values')).toEqual([]);
  });

  test('of a recovery names the workload, the policy and the platforms, and comes true', async () => {
    await importInto(service, await raisedArchive(), '?track=early').expect(200);
    const [row, ...others] = (await foreseen()).caused('tcb-recovery');
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      at: null,
      fails: true,
      tee: 'tdx',
      platforms: 1,
      workloads: ['llm-serving'],
      audiences: ['open', 'vault'],
      policy: 'standard@1',
      from: { status: 'affirming', tcb_status: 'UpToDate', code: null },
      to: { status: 'contraindicated', code: 'tdx_tcb_status_not_accepted' },
      labels: [],
      platform_ids: [{ kind: 'tdx-platform-instance', value: INSTANCE }],
    });
    await importInto(service, await numbersArchive()).expect(200);
    const [dated] = (await foreseen()).caused('tcb-recovery');
    expect(dated).toMatchObject({ at: '2026-12-10T00:00:00.000Z', platforms: 1, to: row?.to });

    // For who goes by the early documents nothing is to come: so it is already.
    await admin('/policies', { name: 'ahead', document: { common: { tcb_track: 'early' } }, activate: true });
    const goBy = (policy: string) =>
      service.send('patch', '/simulated/v1/workloads/llm-serving', { policy }, service.adminKey).expect(200);
    await goBy('ahead');
    expect((await foreseen()).caused('tcb-recovery')).toEqual([]);
    await goBy('standard');

    await service.post('/simulated/v1/attest', await td()).expect(200);
    await admin('/platforms', {
      kind: 'tdx-platform-instance',
      value: INSTANCE,
      label: 'rack 7',
      owner: 'us',
    }).expect(201);
    const [labelled] = (await foreseen('', publisher)).caused('tcb-recovery');
    expect(labelled).toMatchObject({ labels: ['rack 7'], platform_ids: null });
    expect(JSON.stringify(await foreseen('', publisher))).not.toMatch(new RegExp(`${INSTANCE}|${CHIP}`));

    await importInto(service, await raisedArchive()).expect(200);
    const denied = await service.post('/simulated/v1/attest', await td()).expect(403);
    expect(denied.body.code).toBe(row?.to.code);
    expect((await foreseen()).caused('tcb-recovery')).toEqual([]);
  });

  test('with another table of bulletins tells whose status changes', async () => {
    const bulletins = tableWith({ published: '2026-11-01', cpuid: '19/01/1', floor: { snp: '0xff' } });
    const { body } = await service.post(PATH, { bulletins }, service.adminKey).expect(200);
    expect(body.rows).toHaveLength(1);
    expect(body.rows[0]).toMatchObject({
      at: null,
      cause: 'bulletin-table',
      tee: 'sev-snp',
      platforms: 2,
      workloads: ['batch', 'llm-serving'],
      audiences: ['batches', 'open', 'vault'],
      to: { status: 'contraindicated', tcb_status: 'OutOfDate', code: 'snp_tcb_status_not_accepted' },
    });
    const broken = await service.post(PATH, { bulletins: { revision: 'x' } }, service.adminKey).expect(400);
    expect(broken.body.code).toBe('request_invalid');
    expect(broken.body.detail).toContain('table of bulletins');
    await service.post(PATH, {}, service.adminKey).expect(400);
    await service.post(PATH, { bulletins, days: 367 }, service.adminKey).expect(400);
  });

  test('is of evidence that came now: a verdict on the past adds no platform', async () => {
    const reportData = Buffer.alloc(64, 7);
    const guest = await guestWith(reportData, { chipId: Buffer.alloc(64, 0x5e) });
    const body = {
      evidence: evidenceOf(guest),
      report_data: reportData.toString('hex'),
      workload: 'llm-serving',
    };
    const before = (await foreseen()).platforms;
    const past = { ...body, at: new Date(SIMULATED_AT.getTime() - 1000).toISOString() };
    await admin('/appraise', past).expect(200);
    expect((await foreseen()).platforms).toBe(before);
    expect((await admin('/appraise', body).expect(200)).body.status).toBe('affirming');
    expect((await foreseen()).platforms).toBe(before + 1);
  });

  test('forgets platforms that did not come for thirty days', async () => {
    service.clock.advance(29 * 24 * 3600);
    expect((await foreseen()).platforms).toBeGreaterThan(0);
    service.clock.advance(2 * 24 * 3600);
    expect((await foreseen()).platforms).toBe(0);
  });
});
