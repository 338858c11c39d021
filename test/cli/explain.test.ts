/** `assay explain` on decisions of a real service: both TEEs, affirmed, warned, denied. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/rats/result.js';
import {
  attestBody,
  bodyFor,
  evidenceOf,
  guestWith,
  prepare,
  referenceBody,
  TD,
  tdAttestBody,
  tdWith,
} from '../http/guest.js';
import { startTestService, type TestService } from '../http/service.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { assay } from './run-assay.js';
import { startStubServer } from './stub-server.js';

const FIRMWARE = Buffer.alloc(48, 0xf1);
const OTHER = Buffer.alloc(48, 0x01);

let service: TestService;
let door: Server;
let reach: readonly string[] = [];
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
  const admin = (path: string, body: object) =>
    service.post(`/simulated/v1${path}`, body, service.adminKey).expect(201);
  await admin('/workloads', { name: 'edge' });
  await admin('/workloads/edge/reference-values', { ...referenceBody(FIRMWARE), covers: 'firmware' });
  await admin('/audiences', { name: 'lenient', workloads: ['edge'], minimum_status: 'warning' });
  door = createServer(service.app).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const { port } = door.address() as AddressInfo;
  reach = ['--server', `http://127.0.0.1:${port}/simulated`, '--key', service.adminKey];
});
afterAll(async () => {
  door.close();
  door.closeAllConnections();
  await service.close();
});

async function attested(body: object, status: number): Promise<JsonObject> {
  return (await service.post('/simulated/v1/attest', body).expect(status)).body;
}

async function explain(id: unknown, now = SIMULATED_AT): Promise<string> {
  const { code, out, err } = await assay(['explain', String(id), ...reach], { now });
  expect([code, err]).toEqual([0, '']);
  return out;
}

describe('a decision in words', () => {
  test('affirmed, SNP: what, when, for whom, on what grounds', async () => {
    const { decision } = await attested(await attestBody(service), 200);
    const out = await explain(decision);
    expect(out).toMatch(/^✓ Accepted \(affirming\): a token was issued\n/u);
    expect(out).toContain('Simulated evidence');
    expect(out).toContain(`decision    ${decision}`);
    expect(out).toContain('judged      2026-11-20 12:00:00 UTC');
    expect(out).toContain('asked by    attest, for the audience vault');
    expect(out).toContain('workload    llm-serving, version 1');
    expect(out).toMatch(/policy {6}standard@\d/u);
    expect(out).toMatch(/status {6}NotShown \(assay-amd-bulletins@[\d-]+, \d{4}-\d\d-\d\d\)/u);
    expect(out).toMatch(/snp-vcek-crl +\d{4}-\d\d-\d\d {2}\d{4}-\d\d-\d\d {2}[0-9a-f]{12} {2}in force/u);
    expect(out).toMatch(/SHA-256\n {2}evidence {4}[0-9a-f]{64}\n/u);
    expect(out).toMatch(/\nSignatures verified by (node openssl|native aws-lc)\/[^\n]+\n/u);
    expect(out).not.toContain('What failed');
    expect(out).not.toContain('Reservations');
  });

  test('says later which endorsements have lapsed since', async () => {
    const { decision } = await attested(await tdAttestBody(service), 200);
    const now = await explain(decision);
    expect(now).toMatch(/^✓ Accepted .*\n.*Simulated/u);
    expect(now).not.toContain('lapsed');
    const later = await explain(decision, new Date('2027-02-01T00:00:00Z'));
    expect(later).toMatch(/tdx-tcb-info .*2026-11-20 {2}2026-12-20 .* lapsed/u);
    expect(later).toMatch(/tdx-root-ca .* in force/u);
    const before = await explain(decision, new Date('2020-01-01T00:00:00Z'));
    expect(before).toMatch(/tdx-tcb-info .* not yet valid/u);
  });

  test('warned: every reservation and what would cure it', async () => {
    const mint = (reportData: Uint8Array) => guestWith(reportData, { measurement: FIRMWARE });
    const { decision } = await attested(await bodyFor(service, { audience: 'lenient', mint }), 200);
    const out = await explain(decision);
    expect(out).toMatch(/^! Accepted with reservations \(warning\): a token was issued\n/u);
    expect(out).toMatch(/Reservations\n! measurement_not_allowed {2}passed, with a reservation\n/u);
    expect(out).toMatch(/remedy {3}Register values that cover the boot/u);
  });

  test('denied, TDX: what failed and what to do, in order; by the problem’s instance too', async () => {
    const options = { level: 'OutOfDate', rtmrs: [undefined, TD.rtmr1, OTHER] } as const;
    const problem = await attested(await tdAttestBody(service, {}, options), 403);
    const out = await explain(problem.instance);
    expect(out).toMatch(/^✗ Denied: genuine, but not what was wanted \(measurement_not_allowed\)\n/u);
    expect(out).toContain('workload    none matched');
    const places = ['measurement_not_allowed  ', 'tdx_tcb_status_not_accepted  '].map((id) =>
      out.indexOf(`✗ ${id}`),
    );
    expect(places[0]).toBeGreaterThan(0);
    expect(places[1]).toBeGreaterThan(places[0] ?? 0);
    expect(out.replace(/\s+/gu, ' ')).toContain(
      '(rtmr2 differs, the rest equals version 2 of llm-serving, active)',
    );
    expect(out).toMatch(/status {6}OutOfDate \(intel-tcb-info, \d{4}-\d\d-\d\d\)/u);
    expect(out).toMatch(/platform {4}OutOfDate, level of /u);
    expect(out).toMatch(/advisories {2}INTEL-SA-/u);
  });

  test('appraised for a relying party, with another status', async () => {
    const td = await tdWith(Buffer.alloc(64, 7));
    const body = { evidence: evidenceOf(td), report_data: '07'.repeat(64) };
    const verdict = await service.post('/simulated/v1/appraise', body, service.adminKey).expect(200);
    const out = await explain(verdict.body.decision);
    expect(out).toMatch(/^! Accepted with reservations \(warning\): no token/u);
    expect(out).toContain('asked by    appraise\n');
    expect(out).toMatch(/! measurement_not_allowed {2}not checked\n {4}because {2}nothing to compare with/u);
  });

  test('fits into 80 columns but for what is to be pasted, and needs no colour', async () => {
    const body = await tdAttestBody(service, {}, { attributes: { debug: true }, mrTd: OTHER });
    const out = await explain((await attested(body, 403)).instance);
    for (const line of out.split('\n'))
      expect([line, line.includes('`') || [...line].length <= 80]).toEqual([line, true]);
    const { out: coloured } = await assay(
      ['explain', String((await attested(await attestBody(service), 200)).decision), ...reach],
      { colour: true },
    );
    expect(coloured).toContain('\u001b[');
  });

  test('with --json is the record itself', async () => {
    const { decision } = await attested(await attestBody(service), 200);
    const { out } = await assay(['explain', String(decision), '--json', ...reach]);
    const { body } = await service.get(`/simulated/v1/decisions/${decision}`, service.adminKey).expect(200);
    expect(JSON.parse(out)).toEqual(body);
  });

  test('that does not exist, and what is none', async () => {
    const absent = await assay(['explain', 'dec_absent', ...reach]);
    expect(absent.code).toBe(1);
    expect(absent.err).toContain('not_found');
    const stub = await startStubServer();
    stub.answer(200, { id: 'dec_1' });
    const none = await assay(['explain', 'dec_1', '--server', stub.url, '--key', 'k']);
    await stub.close();
    expect([none.code, none.out]).toEqual([4, '']);
    expect(none.err).toContain('no decision');
  });
});
