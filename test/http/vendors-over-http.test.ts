/** From a report to a token through the whole way to the vendors: queue, transport, their services, store. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GuestOptions, startVendorService, type VendorService } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { bodyFor, guestWith, makeKey, register, tdAttestBody } from './guest.js';
import { startTestService, type TestService } from './service.js';

const ATTEST = '/simulated/v1/attest';

let vendors: VendorService;
let service: TestService;
beforeAll(async () => {
  const vendor = { amd: await simulatedVendor(), intel: await simulatedIntel() };
  // The clock of the service, once there is one.
  const clock = { now: () => service?.clock.now() ?? SIMULATED_AT };
  vendors = await startVendorService({ vendor, clock, behaviour: ['vcek:rate=1/10s'] });
  service = await startTestService({
    ASSAY_VENDOR_FETCH: 'on',
    ASSAY_SIMULATED_VENDOR_URL: vendors.url,
  });
  await register(service);
}, 120_000);
afterAll(async () => {
  await service.close();
  await vendors.close();
});

/** A report without its VCEK, of the chip. */
function bareBody(chip: number, options: Partial<GuestOptions> = {}) {
  return bodyFor(service, {
    mint: async (reportData) => ({
      ...(await guestWith(reportData, { signingKey: 'VCEK', chipId: Buffer.alloc(64, chip), ...options })),
      certificates: [],
    }),
  });
}

function asked(): number {
  return vendors.requests.length;
}

test('an empty store fills by what evidence needs, and is not asked for it twice', async () => {
  await service.post(ATTEST, await bareBody(1)).expect(200);
  const first = asked();
  expect(vendors.requests.filter(({ vcek }) => vcek)).toHaveLength(1);
  await service.post(ATTEST, await bareBody(1)).expect(200);
  expect(asked()).toBe(first);
  await service.post(ATTEST, await tdAttestBody(service)).expect(200);
  const both = asked();
  expect(both).toBeGreaterThan(first);
  await service.post(ATTEST, await tdAttestBody(service)).expect(200);
  expect(asked()).toBe(both);
});

test('the next chip waits for its turn as long as it is told, and strangers spend nobody’s', async () => {
  const before = asked();
  for (let chip = 100; chip < 120; chip += 1) {
    const forged = { ...(await bareBody(chip)), keys: { sig: makeKey() } };
    expect((await service.post(ATTEST, forged)).body.code).toBe('report_data_mismatch');
  }
  expect(asked()).toBe(before);
  const body = await bareBody(2);
  const refused = await service.post(ATTEST, body);
  expect(refused.body).toMatchObject({ status: 503, code: 'snp_kds_rate_limited', retryable: true });
  const wait = Number(refused.headers['retry-after']);
  expect(wait).toBeGreaterThan(0);
  service.clock.advance(wait);
  await service.post(ATTEST, body).expect(200);
  expect(vendors.requests.filter(({ vcek, status }) => vcek && status === 429)).toEqual([]);
});

test('while the vendor is down, what needs nothing of it goes on, and the rest is undecided', async () => {
  vendors.set('down');
  service.clock.advance(20);
  await service.post(ATTEST, await bareBody(1)).expect(200);
  await service.post(ATTEST, await tdAttestBody(service)).expect(200);
  const body = await bareBody(3);
  const refused = await service.post(ATTEST, body);
  expect(refused.body).toMatchObject({ status: 503, code: 'snp_kds_unavailable' });
  vendors.set();
  service.clock.advance(Number(refused.headers['retry-after']));
  await service.post(ATTEST, body).expect(200);
});
