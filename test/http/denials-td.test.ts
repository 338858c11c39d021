/** What a denied TD is told, what the record keeps, and what neither may give away. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { parsePolicy } from '../../src/appraisal/policy-schema.js';
import { parseReferenceValue } from '../../src/appraisal/reference-schema.js';
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import { type RefusalCode, refusalEntry } from '../../src/rats/refusal.js';
import type { CheckResult, JsonObject } from '../../src/rats/result.js';
import {
  intelAnchorsOf,
  mintTd,
  SIMULATED_FMSPCS,
  TD_FAULTS,
  type TdOptions,
  tdReferenceValueOf,
} from '../../src/simulator/index.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { denialOf } from '../../src/verifier/denial.js';
import { toldDenial } from '../../src/verifier/told-denial.js';
import { verifyEvidence } from '../../src/verifier/verify.js';
import { audienceOf } from '../audience.js';
import { SIMULATED_AT, simulatedIntel } from '../simulated-vendor.js';
import { bodyFor, prepare, TD, tdReferenceBody, tdWith } from './guest.js';
import { SIMULATED_ISSUER, startTestService, type TestService } from './service.js';

/** Firmware that several workloads have in common, and their kernels. */
const SHARED_MRTD = Buffer.alloc(48, 0x5e);
const KERNEL_A = Buffer.alloc(48, 0x0a);
const KERNEL_B = Buffer.alloc(48, 0x0b);
const UNKNOWN = Buffer.alloc(48, 0x01);

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
  const admin = (path: string, body: object) =>
    service.post(`/simulated/v1${path}`, body, service.adminKey).expect(201);
  for (const [name, rtmr1] of [
    ['kernel-a', KERNEL_A],
    ['kernel-b', KERNEL_B],
    ['kernel-b-too', KERNEL_B],
  ] as const) {
    await admin('/workloads', { name });
    await admin(`/workloads/${name}/reference-values`, tdReferenceBody({ mrtd: SHARED_MRTD, rtmr1 }));
  }
  await admin('/audiences', { name: 'kernels', workloads: ['kernel-a', 'kernel-b', 'kernel-b-too'] });
  await admin('/audiences', { name: 'kernel-b', workloads: ['kernel-b'] });
  // Of what an attester may be told, all but what was registered; problem-detail.test.ts has the other levels.
  await service
    .send('patch', '/simulated/v1/tenant', { problem_detail: 'observed' }, service.adminKey)
    .expect(200);
});
afterAll(() => service.close());

async function submit(audience: string, options: Partial<TdOptions>) {
  const body = await bodyFor(service, { audience, mint: (reportData) => tdWith(reportData, options) });
  return service.post('/simulated/v1/attest', body);
}

async function denied(options: Partial<TdOptions>, audience = 'vault'): Promise<JsonObject> {
  const reply = await submit(audience, options);
  expect({ status: reply.status, stage: reply.body.stage }).toEqual({ status: 403, stage: 'appraise' });
  return reply.body;
}

async function recordOf(problem: JsonObject): Promise<JsonObject> {
  const path = String(problem.instance).slice(new URL(SIMULATED_ISSUER).origin.length);
  const { body } = await service.get(path, service.adminKey).expect(200);
  return body;
}

const idsOf = (checks: unknown): string[] => (checks as CheckResult[]).map(({ id }) => id);
const failedOf = (checks: unknown): string[] =>
  (checks as CheckResult[]).filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);

describe('a denied TD', () => {
  test.each([
    ['mrtd', { mrTd: UNKNOWN }],
    ['rtmr1', { rtmrs: [undefined, UNKNOWN, TD.rtmr2] }],
    ['rtmr2', { rtmrs: [undefined, TD.rtmr1, UNKNOWN] }],
  ] as const)(
    'with another %s is told which register, and not what the operator registered; the record has both',
    async (register, options) => {
      const problem = await denied(options);
      expect(problem).toMatchObject({ code: 'measurement_not_allowed', tee: 'tdx' });
      expect(idsOf(problem.checks)).toEqual(['measurement_not_allowed']);
      const [check] = problem.checks as unknown as readonly CheckResult[];
      expect(check?.observed).toBe(`${register} ${hexOf(UNKNOWN)}`);
      const text = JSON.stringify(problem);
      for (const registered of Object.values(TD)) expect(text).not.toContain(hexOf(registered));
      expect(text).not.toContain('llm-serving');
      const record = await recordOf(problem);
      expect(failedOf(record.checks)).toEqual(['measurement_not_allowed']);
      expect(JSON.stringify(record)).toContain(
        `${register} ${hexOf(TD[register])} (${register} differs, the rest equals version 2 of llm-serving, active)`,
      );
      expect(JSON.stringify(record)).toContain(`${register} ${hexOf(UNKNOWN)}`);
    },
  );

  test('with nothing in common is compared with nothing that it could learn from', async () => {
    const text = JSON.stringify(await denied({ mrTd: UNKNOWN, rtmrs: [UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN] }));
    for (const registered of [...Object.values(TD), SHARED_MRTD, KERNEL_A, KERNEL_B]) {
      expect(text).not.toContain(hexOf(registered));
    }
  });

  test('under debug is told so, and nobody’s policy lifts it', async () => {
    const problem = await denied({ attributes: { debug: true } });
    expect(problem).toMatchObject({ code: 'tdx_debug_td', tee: 'tdx' });
    expect(idsOf(problem.checks)).toEqual(['tdx_debug_td']);
    expect(problem.type).toBe(`${SIMULATED_ISSUER}/problems/tdx_debug_td`);
    expect(await recordOf(problem)).toMatchObject({ code: 'tdx_debug_td', status: 'contraindicated' });
  });

  test('with a service TD bound is not told which ones are accepted', async () => {
    const problem = await denied({ quoteVersion: 5, mrServiceTd: UNKNOWN });
    expect(problem.code).toBe('tdx_service_td_not_allowed');
    const [check] = problem.checks as unknown as readonly CheckResult[];
    expect(check?.expected).toBeNull();
    expect(check?.observed).toBe(hexOf(UNKNOWN));
  });

  test('is told everything that is wrong at once', async () => {
    const problem = await denied({ level: 'OutOfDate', attributes: { migratable: true }, mrTd: UNKNOWN });
    // The first of the table is the code: common ones come before those of a TEE.
    expect(problem.code).toBe('measurement_not_allowed');
    expect(idsOf(problem.checks).sort()).toEqual([
      'measurement_not_allowed',
      'tdx_attributes_forbidden',
      'tdx_tcb_status_not_accepted',
    ]);
    expect(JSON.stringify(problem.checks)).toContain('INTEL-SA-99803');
  });
});

describe('workloads that share their firmware', () => {
  const withKernel = (rtmr1: Buffer) => ({ mrTd: SHARED_MRTD, rtmrs: [undefined, rtmr1, TD.rtmr2] });

  test('are told apart by their kernels', async () => {
    const { body } = await submit('kernels', withKernel(KERNEL_A));
    expect(body.workload).toBe('kernel-a');
    expect(decodeJwt(body.token)).toMatchObject({
      sub: 'tenant:simulated:workload:kernel-a',
      att: { measurement: hexOf(SHARED_MRTD) },
    });
  });

  test('are ambiguous where the kernels are one too, and the names stay with the operator', async () => {
    const problem = await denied(withKernel(KERNEL_B), 'kernels');
    expect(problem.code).toBe('workload_ambiguous');
    expect(idsOf(problem.checks)).toEqual(['workload_ambiguous']);
    expect(JSON.stringify(problem)).not.toContain('kernel-b');
    expect(JSON.stringify(await recordOf(problem))).toContain('kernel-b, kernel-b-too');
  });

  test('are no ambiguity for an audience that takes only one of them', async () => {
    const { body } = await submit('kernel-b', withKernel(KERNEL_B));
    expect(body.workload).toBe('kernel-b');
  });

  test('are nothing to an audience that takes another', async () => {
    const problem = await denied(withKernel(KERNEL_A), 'kernel-b');
    expect(problem.code).toBe('workload_not_allowed');
    expect(idsOf(problem.checks)).toEqual(['workload_not_allowed']);
    for (const secret of [hexOf(KERNEL_A), hexOf(KERNEL_B), 'kernel-a']) {
      expect(JSON.stringify(problem)).not.toContain(secret);
    }
  });

  test('match no TD by their firmware alone', async () => {
    const problem = await denied(withKernel(UNKNOWN), 'kernels');
    expect(problem.code).toBe('measurement_not_allowed');
    expect((problem.checks as unknown as readonly CheckResult[])[0]?.observed).toBe(
      `rtmr1 ${hexOf(UNKNOWN)}`,
    );
  });
});

/** Policies cannot be registered yet, so that the codes only another policy can earn are denied here by hand. */
describe('every denial of a TD', () => {
  const audience = audienceOf('vault');
  const deniable = TD_FAULTS.filter((code) => refusalEntry(code).class === 'denied');

  async function denialFor(fault: RefusalCode) {
    const intel = await simulatedIntel();
    const td = await mintTd(intel, { at: SIMULATED_AT, fault });
    const value = parseReferenceValue({ ...tdReferenceValueOf(td) });
    const verification = await verifyEvidence({
      evidence: parseEvidence('auto', td.evidence, []),
      expectedReportData: td.expected.reportData,
      endorsements: td.endorsements,
      anchors: intelAnchorsOf(intel),
      at: SIMULATED_AT,
      revocation: 'required',
      policy: td.policy === null ? STANDARD_POLICY : parsePolicy(td.policy),
      references: { given: true, candidates: [{ ...value, workload: 'w', version: 1 }] },
    });
    const denial = denialOf(verification, { audience, matchedElsewhere: false });
    if (denial === null) throw new TypeError(`${fault} denies nothing`);
    return { td, denial, refusal: toldDenial(denial, 'observed') };
  }

  test.each(deniable)('%s names its check and one cause', async (fault) => {
    const { denial, refusal } = await denialFor(fault);
    expect(refusal).toMatchObject({ code: fault, stage: 'appraise' });
    expect(idsOf(refusal.checks)).toEqual([fault]);
    expect(failedOf(denial.checks)).toEqual([fault]);
  });

  test.each([
    'measurement_not_allowed',
    'tdx_fmspc_not_allowed',
    'tdx_platform_not_allowed',
    'tdx_service_td_not_allowed',
  ] as const)('%s keeps what the operator registered from the attester', async (fault) => {
    const { td, denial, refusal } = await denialFor(fault);
    const told = JSON.stringify(refusal);
    const [check] = refusal.checks;
    expect(check?.expected).toBeNull();
    const { expected } = td;
    for (const secret of [
      ...expected.rtmrs.slice(1, 3).map(hexOf),
      hexOf(expected.platformInstanceId),
      expected.fmspc,
      '1 allowed platform instance',
    ]) {
      expect(told).not.toContain(secret);
    }
    const record = denial.checks.find(({ id }) => id === fault);
    expect(record?.expected).toMatch(/./);
    expect(record?.observed).toBe(check?.observed);
    if (fault === 'tdx_fmspc_not_allowed') {
      expect(record).toMatchObject({ expected: SIMULATED_FMSPCS[0], observed: SIMULATED_FMSPCS[1] });
    }
  });
});
