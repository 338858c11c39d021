/** Vendor documents past their nextUpdate over HTTP: undecided, unless the workload's policy is patient, and as long. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { EndorsementUsed, JsonObject } from '../../src/rats/result.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { mintHolder } from '../token/possession.js';
import {
  bodyFor,
  evidenceOf,
  guestWith,
  prepare,
  referenceBody,
  TD,
  tdReferenceBody,
  tdWith,
} from './guest.js';
import { attested, registerRenewable, renewed } from './holder.js';
import { startTestService, type TestService } from './service.js';
import { askedVendors } from './vendor-source.js';

const HOUR = 3600;
const PATIENCE = 48 * HOUR;

const vendors = askedVendors();
let service: TestService;
beforeAll(async () => {
  service = await startTestService({}, { source: vendors });
  await prepare(service);
  const admin = (path: string, body: object) =>
    service.post(`/simulated/v1${path}`, body, service.adminKey).expect(201);
  const document = { common: { stale_endorsements: { hours: PATIENCE / HOUR } } };
  await admin('/policies', { name: 'patient', document, activate: true });
  for (const [name, fill] of [
    ['patient', 0x41],
    ['impatient', 0x42],
  ] as const) {
    await admin('/workloads', { name, ...(name === 'patient' ? { policy: name } : {}) });
    await admin(`/workloads/${name}/reference-values`, referenceBody(Buffer.alloc(48, fill)));
    const td = tdReferenceBody({ mrtd: Buffer.alloc(48, fill) });
    await admin(`/workloads/${name}/reference-values`, td);
    await admin('/audiences', { name, workloads: [name] });
  }
});
beforeEach(() => {
  vendors.behave(async () => {});
  vendors.answer(null);
  vendors.asked();
});
afterEach(() => service.clock.set(SIMULATED_AT));
afterAll(() => service.close());

const FILL = { patient: 0x41, impatient: 0x42 } as const;
type Workload = keyof typeof FILL;

const TEES = [
  {
    tee: 'sev-snp',
    kinds: ['snp-vcek-crl'],
    subject: 'Milan',
    code: 'snp_crl_stale',
    name: 'The VCEK revocation list of Milan',
    mint: (reportData: Uint8Array, workload: Workload) =>
      guestWith(reportData, { measurement: Buffer.alloc(48, FILL[workload]) }),
  },
  {
    tee: 'tdx',
    kinds: ['tdx-pck-crl', 'tdx-tcb-info', 'tdx-qe-identity'],
    subject: 'platform',
    code: 'stale_collateral',
    name: 'The TD QE identity',
    mint: (reportData: Uint8Array, workload: Workload) =>
      tdWith(reportData, { mrTd: Buffer.alloc(48, FILL[workload]), rtmrs: [undefined, TD.rtmr1, TD.rtmr2] }),
  },
] as const;

/** When the first of the TEE's documents ends: all that are named end together. */
async function endOf({ kinds, subject }: (typeof TEES)[number]): Promise<Date> {
  const { body } = await service.get('/simulated/v1/endorsements', service.adminKey).expect(200);
  const found = body.items.find(
    (item: { kind: string; subject: string }) => item.kind === kinds[0] && item.subject === subject,
  );
  return new Date(found.expires_at);
}

const at = (end: Date, seconds: number): Date => new Date(end.getTime() + seconds * 1000);

async function attest({ mint }: (typeof TEES)[number], workload: Workload) {
  const wanted = { audience: workload, mint: (data: Uint8Array) => mint(data, workload) };
  return service.post('/simulated/v1/attest', await bodyFor(service, wanted));
}

function claimsOf(token: string): { readonly exp: number; readonly att: JsonObject } {
  return decodeJwt(token) as never;
}

describe.each(TEES)('outdated documents of $tee', (tee) => {
  test('leave it undecided without a grace: which document, since when, and when to come back', async () => {
    const end = await endOf(tee);
    service.clock.set(at(end, -1));
    expect((await attest(tee, 'impatient')).status).toBe(200);
    service.clock.set(at(end, 1));
    const reply = await attest(tee, 'impatient');
    expect([reply.status, reply.body.code]).toEqual([503, tee.code]);
    expect(reply.body.detail).toContain(`nextUpdate ${end.toISOString()}`);
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    expect(reply.body.checks.map(({ id }: { id: string }) => id)).toContain(tee.code);
  });

  test('give tokens in a grace that say so and end with it', async () => {
    const end = await endOf(tee);
    service.clock.set(at(end, PATIENCE - 60));
    const { status, body } = await attest(tee, 'patient');
    expect([status, body.status, body.expires_in]).toEqual([200, 'affirming', 60]);
    expect(body.warnings).toHaveLength(tee.kinds.length);
    expect(body.warnings).toContain(
      `${tee.name} is past its nextUpdate of ${end.toISOString()} and counts by the grace of the policy alone.`,
    );
    const { exp, att } = claimsOf(body.token);
    expect(exp * 1000).toBe(at(end, PATIENCE).getTime());
    expect(att).toMatchObject({ tcb_in_grace: true });

    const { body: decision } = await service
      .get(`/simulated/v1/decisions/${body.decision}`, service.adminKey)
      .expect(200);
    const until = at(end, PATIENCE).toISOString();
    const graced = (decision.endorsements as EndorsementUsed[]).filter(({ grace_until }) => grace_until);
    expect(graced.map(({ kind }) => kind).sort()).toEqual([...tee.kinds].sort());
    for (const { not_after, grace_until } of graced)
      expect([not_after, grace_until]).toEqual([end.toISOString(), until]);
    const check = decision.checks.find(({ id }: { id: string }) => id === tee.code);
    expect(check).toMatchObject({ outcome: 'pass', remedy: null });
    expect(check.observed).toContain(`in grace until ${until}`);
  });

  test('count for as long and no longer', async () => {
    const end = await endOf(tee);
    for (const [late, workload, expected] of [
      [1, 'patient', [200, 300]],
      [PATIENCE - 1, 'patient', [200, 1]],
      [PATIENCE + 1, 'patient', [503, undefined]],
      [1, 'impatient', [503, undefined]],
    ] as const) {
      service.clock.set(at(end, late));
      const { status, body } = await attest(tee, workload);
      expect([late, workload, status, body.expires_in]).toEqual([late, workload, ...expected]);
    }
  });

  test('beyond the grace leave the challenge unspent and the patience untold', async () => {
    const end = await endOf(tee);
    service.clock.set(at(end, PATIENCE + 1));
    const wanted = { audience: 'patient', mint: (data: Uint8Array) => tee.mint(data, 'patient') };
    const body = await bodyFor(service, wanted);
    for (let again = 0; again < 2; again += 1) {
      const reply = await service.post('/simulated/v1/attest', body).expect(503);
      expect(reply.body.code).toBe(tee.code);
      expect(JSON.stringify(reply.body)).not.toMatch(/grace|48 hours|patient/u);
    }
  });

  test('before they end nothing is said of a grace', async () => {
    service.clock.set(at(await endOf(tee), -1));
    const { status, body } = await attest(tee, 'patient');
    expect([status, body.warnings]).toEqual([200, []]);
    expect(claimsOf(body.token).att).toMatchObject({ tcb_in_grace: false });
  });

  test('in a grace are asked for, and nobody waits for a vendor that says nothing', async () => {
    const end = await endOf(tee);
    service.clock.set(at(end, HOUR));
    vendors.behave(() => new Promise(() => {}));
    expect((await attest(tee, 'patient')).status).toBe(200);
    const wanted = vendors.asked().flatMap((call) => call.wanted.map(({ kind }) => kind));
    expect(wanted.sort()).toEqual([...tee.kinds].sort());
  });

  test('without a grace are waited for: the reply says when the vendor is worth asking again', async () => {
    service.clock.set(at(await endOf(tee), HOUR));
    vendors.answer({ reason: 'unavailable', why: 'the vendor answered 503', retryAfter: 17 });
    const reply = await attest(tee, 'impatient');
    expect(reply.body).toMatchObject({ status: 503, code: tee.code, retry_after: 17 });
    expect(vendors.asked()).toHaveLength(1);
  });

  test('in a grace are asked for in vain when the database goes away meanwhile, and nothing else happens', async () => {
    service.clock.set(at(await endOf(tee), HOUR));
    vendors.behave(() => Promise.reject(new Error('the database went away')));
    expect((await attest(tee, 'patient')).status).toBe(200);
    expect(vendors.asked()).toHaveLength(1);
  });

  test('are judged the same way for a relying party', async () => {
    const end = await endOf(tee);
    service.clock.set(at(end, HOUR));
    const reportData = Buffer.alloc(64, 9);
    const appraise = async (workload: Workload) =>
      service.post(
        '/simulated/v1/appraise',
        {
          evidence: evidenceOf(await tee.mint(reportData, workload)),
          report_data: '09'.repeat(64),
          workload,
        },
        service.adminKey,
      );
    const patient = await appraise('patient');
    expect([patient.status, patient.body.status]).toEqual([200, 'affirming']);
    const graced = (patient.body.endorsements as EndorsementUsed[]).filter((one) => 'grace_until' in one);
    expect(graced).toHaveLength(tee.kinds.length);
    const impatient = await appraise('impatient');
    expect([impatient.status, impatient.body.code]).toEqual([503, tee.code]);
  });
});

test('a token that is renewed in a grace says so as the first one did', async () => {
  const [snp] = TEES;
  const end = await endOf(snp);
  await registerRenewable(service, { workloads: ['patient'] });
  service.clock.set(at(end, HOUR));
  const holder = await mintHolder();
  const measurement = Buffer.alloc(48, FILL.patient);
  const first = await attested(service, { holder, measurement });
  const says = `is past its nextUpdate of ${end.toISOString()} and counts by the grace of the policy alone.`;
  expect(first.body.warnings).toEqual([`${snp.name} ${says}`]);
  service.clock.advance(60);
  const { status, body } = await renewed(service, { holder, token: first.body.token });
  expect([status, body.status]).toEqual([200, 'affirming']);
  expect(body.warnings).toEqual([`The document snp-vcek-crl ${says}`]);
});
