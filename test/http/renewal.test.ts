/**
 * Renewing from the miniature vendors over HTTP, under a clock that service and vendors share: days of renewal, a vendor
 * that is away or lies, and Intel's two tracks.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SIMULATED_FMSPCS } from '../../src/simulator/index.js';
import { startVendorService, type VendorService } from '../../src/simulator/service/vendor-service.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { attestBody, prepare, tdAttestBody } from './guest.js';
import { startTestService, type TestService } from './service.js';

const DAY = 86_400;
const PATH = '/simulated/v1/endorsements';
const [FMSPC] = SIMULATED_FMSPCS;

interface Item {
  readonly kind: string;
  readonly subject: string;
  readonly state: string;
  readonly sequence: string | null;
  readonly issued_at: string;
  readonly source: string;
  readonly last_error: string | null;
}

interface Outcome {
  readonly kind: string;
  readonly subject: string;
  readonly result: string;
  readonly why: string | null;
}

let service: TestService;
let vendors: VendorService;
beforeAll(async () => {
  const [amd, intel] = await Promise.all([simulatedVendor(), simulatedIntel()]);
  vendors = await startVendorService({
    vendor: { amd, intel },
    clock: { now: () => service.clock.now() },
  });
  service = await startTestService({
    ASSAY_VENDOR_FETCH: 'on',
    ASSAY_SIMULATED_VENDOR_URL: vendors.url,
  });
  await prepare(service);
  await bothAttest(200);
});
afterAll(async () => {
  await service.close();
  await vendors.close();
});

async function bothAttest(status: number): Promise<void> {
  await service.post('/simulated/v1/attest', await attestBody(service)).expect(status);
  await service.post('/simulated/v1/attest', await tdAttestBody(service)).expect(status);
}

async function refresh(named: object = {}): Promise<readonly Outcome[]> {
  return (await service.post(`${PATH}/refresh`, named, service.adminKey).expect(200)).body.asked;
}

async function current(): Promise<ReadonlyMap<string, Item>> {
  const { body } = await service.get(PATH, service.adminKey).expect(200);
  const items: readonly Item[] = body.items;
  return new Map(
    items.filter(({ state }) => state === 'current').map((item) => [`${item.kind} ${item.subject}`, item]),
  );
}

function daysOn(days: number): void {
  service.clock.set(new Date(SIMULATED_AT.getTime() + days * DAY * 1000));
}

describe('documents in use', () => {
  test('come from the vendors, each verified, with Intel’s other track and its list of evaluations', async () => {
    daysOn(1);
    const outcomes = await refresh();
    expect(outcomes.filter(({ result }) => result !== 'kept')).toEqual([]);
    const found = await current();
    for (const name of [
      'snp-vcek-crl Milan',
      'tdx-qe-identity early',
      'tdx-qe-identity standard',
      'tdx-root-crl intel',
      'tdx-tcb-evaluation-numbers tdx',
      `tdx-tcb-info ${FMSPC}/early`,
      `tdx-tcb-info ${FMSPC}/standard`,
    ]) {
      expect([name, found.get(name)?.source]).toEqual([name, 'vendor']);
      expect([name, found.get(name)?.last_error]).toEqual([name, null]);
    }
    await bothAttest(200);
  });

  test('a recovery that Intel announced is there in the early track and changes no verdict', async () => {
    daysOn(2);
    const number = vendors.announce();
    await refresh({ kind: 'tdx-tcb-info' });
    const found = await current();
    expect(found.get(`tdx-tcb-info ${FMSPC}/early`)?.sequence).toBe(String(number));
    expect(found.get('tdx-qe-identity early')?.sequence).toBe(String(number));
    expect(Number(found.get(`tdx-tcb-info ${FMSPC}/standard`)?.sequence)).toBeLessThan(number);
    await bothAttest(200);
  });

  test('vendors that are away for 25 days fail nobody; past nextUpdate nothing is decided; their return cures it', async () => {
    vendors.set('down');
    daysOn(27);
    const outcomes = await refresh();
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['unavailable']));
    await bothAttest(200);
    daysOn(60);
    const undecided = await service.post('/simulated/v1/attest', await tdAttestBody(service)).expect(503);
    expect(undecided.body).toMatchObject({ retryable: true });
    vendors.set();
    daysOn(61);
    // Of a service that failed so long one request finds out whether it is back; the others come after it.
    await refresh();
    service.clock.advance(3600);
    const cured = await refresh();
    expect(cured.filter(({ result }) => result !== 'kept')).toEqual([]);
    await bothAttest(200);
  });

  test('a vendor that serves older documents is found out, told of, and not believed', async () => {
    daysOn(62);
    await refresh();
    const before = await current();
    vendors.set('older');
    daysOn(62.5);
    const outcomes = await refresh();
    const older = outcomes.filter(({ result }) => result === 'older');
    expect(older.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['snp-vcek-crl', 'tdx-tcb-info', 'tdx-qe-identity', 'tdx-pck-crl']),
    );
    const after = await current();
    for (const { kind, subject } of older) {
      const name = `${kind} ${subject}`;
      expect([name, after.get(name)?.issued_at]).toEqual([name, before.get(name)?.issued_at]);
      expect(after.get(name)?.last_error).toContain('a newer one is kept');
    }
    const { text } = await service.get('/metrics').expect(200);
    expect(text).toContain(
      'assay_endorsement_fetch_total{kind="snp-vcek-crl",source="vendor",result="older"} ',
    );
    await bothAttest(200);
    vendors.set();
  });

  test('what somebody else signed is not kept', async () => {
    daysOn(64);
    vendors.set('wrong-signature');
    const outcomes = await refresh({ kind: 'tdx-tcb-info' });
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['refused']));
    expect(outcomes[0]?.why).toContain('tdx_');
    await bothAttest(200);
    vendors.set();
  });
});
