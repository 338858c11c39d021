/**
 * Whatever was verified before is judged again at the instant of use: the same documents, the same chain and the same service
 * on both sides of a second. The vendors are away when it matters, and come back.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/rats/result.js';
import { SIMULATED_FMSPCS, startVendorService, type VendorService } from '../../src/simulator/index.js';
import { attestBody, prepare, tdAttestBody } from '../http/guest.js';
import { startTestService, type TestService } from '../http/service.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';

const [FMSPC] = SIMULATED_FMSPCS;
const ATTEST = '/simulated/v1/attest';
const WARM = 3;
/** Times that somebody is told to come back once the vendors answer again: of a service one request goes first. */
const MOST_RETURNS = 6;

interface Listed {
  readonly kind: string;
  readonly subject: string;
  readonly state: string;
  readonly expires_at: string;
}

const CASES: readonly {
  readonly tee: string;
  readonly rests: readonly string[];
  readonly codes: readonly string[];
  readonly body: (service: TestService) => Promise<JsonObject>;
}[] = [
  { tee: 'snp', rests: ['snp-vcek-crl Milan'], codes: ['snp_crl_stale'], body: attestBody },
  {
    tee: 'tdx',
    rests: [`tdx-tcb-info ${FMSPC}/standard`, 'tdx-qe-identity standard', 'tdx-pck-crl platform'],
    codes: ['stale_collateral', 'tdx_crl_stale'],
    body: tdAttestBody,
  },
];

describe.each(CASES)('$tee evidence around the end of what it rests on', ({ tee, rests, codes, body }) => {
  let vendors: VendorService;
  let service: TestService;
  beforeAll(async () => {
    const vendor = { amd: await simulatedVendor(), intel: await simulatedIntel() };
    const clock = { now: () => service?.clock.now() ?? SIMULATED_AT };
    vendors = await startVendorService({ vendor, clock, behaviour: ['down'] });
    service = await startTestService({
      ASSAY_VENDOR_FETCH: 'on',
      ASSAY_SIMULATED_VENDOR_URL: vendors.url,
    });
    await prepare(service);
  }, 120_000);
  afterAll(async () => {
    await service.close();
    await vendors.close();
  });

  /** When the first of the documents ends, in milliseconds. */
  async function end(): Promise<number> {
    const reply = await service.get('/simulated/v1/endorsements', service.adminKey).expect(200);
    const items: readonly Listed[] = reply.body.items;
    const ends = items
      .filter(({ state }) => state === 'current')
      .filter(({ kind, subject }) => rests.includes(`${kind} ${subject}`))
      .map(({ expires_at }) => new Date(expires_at).getTime());
    return Math.min(...ends);
  }

  async function attestAt(instant: number) {
    service.clock.set(new Date(instant));
    return service.post(ATTEST, await body(service));
  }

  test('a second before it is good, a second after nobody can say, and a second before it is good again', async () => {
    const last = await end();
    for (let time = 0; time < WARM; time += 1) expect((await attestAt(last - 1000)).status).toBe(200);
    // What was good until then needed no vendor.
    expect(vendors.requests).toEqual([]);
    const after = await attestAt(last + 1000);
    expect(after.status).toBe(503);
    expect(codes).toContain(after.body.code);
    expect(after.body).toMatchObject({ retryable: true });
    expect(JSON.stringify(after.body)).toContain(new Date(last).toISOString().slice(0, 10));
    expect(Number(after.headers['retry-after'])).toBeGreaterThan(0);
    expect((await attestAt(last - 1000)).status).toBe(200);
    expect((await attestAt(last + 1000)).status).toBe(503);
  });

  test('once the vendors are back it heals by itself, within the times that are told', async () => {
    vendors.set();
    const last = await end();
    let reply = await attestAt(last + 2000);
    let returns = 0;
    while (reply.status === 503 && returns < MOST_RETURNS) {
      returns += 1;
      service.clock.advance(Number(reply.headers['retry-after']));
      reply = await service.post(ATTEST, await body(service));
    }
    expect([reply.status, reply.body.code]).toEqual([200, undefined]);
    expect(await end()).toBeGreaterThan(last);
    process.stdout.write(
      `[scenario] ${tee} evidence past the end of its lists: good again after ${returns} returns\n`,
    );
  });
});
