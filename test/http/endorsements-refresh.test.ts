/** Renewing over HTTP: what verdicts used is renewed, an operator asks at once, and the list and metrics say how it stands. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SIMULATED_FMSPCS } from '../../src/simulator/index.js';
import type { Stores } from '../../src/verifier/ports.js';
import { sampleDocument } from '../contract/samples.js';
import { type VendorStub, vendorStub } from '../endorsements/vendor-stub.js';
import { attestBody, prepare, tdAttestBody } from './guest.js';
import { startTestService, type TestService } from './service.js';

const PATH = '/simulated/v1/endorsements';
const [FMSPC] = SIMULATED_FMSPCS;
const DAY = 86_400;

interface Item {
  readonly kind: string;
  readonly subject: string;
  readonly last_used_at: string | null;
  readonly last_fetched_at: string | null;
  readonly next_refresh_at: string | null;
  readonly last_error: string | null;
}

let service: TestService;
let vendor: VendorStub;
beforeAll(async () => {
  service = await startTestService(
    {},
    {
      vendors: (stores) => {
        vendor = vendorStub(stores, { now: () => service.clock.now() });
        return vendor;
      },
    },
  );
  await prepare(service);
});
afterAll(() => service.close());

async function items(): Promise<readonly Item[]> {
  return (await service.get(PATH, service.adminKey).expect(200)).body.items;
}

async function milanList(): Promise<Item | undefined> {
  return (await items()).find(({ kind, subject }) => kind === 'snp-vcek-crl' && subject === 'Milan');
}

describe('renewing vendor documents', () => {
  test('what no verdict used is not renewed', async () => {
    for (const item of await items()) {
      expect(item).toMatchObject({ last_used_at: null, next_refresh_at: null, last_error: null });
    }
    const { body } = await service.post(`${PATH}/refresh`, {}, service.adminKey).expect(200);
    expect(body).toEqual({ asked: [] });
    expect(vendor.asked).toEqual([]);
  });

  test('what a verdict used is, a day after it was imported, with both of Intel’s tracks', async () => {
    await service.post('/simulated/v1/attest', await attestBody(service)).expect(200);
    await service.post('/simulated/v1/attest', await tdAttestBody(service)).expect(200);
    const list = await milanList();
    const now = service.clock.now();
    expect(list).toMatchObject({ last_used_at: now.toISOString(), last_fetched_at: null });
    const next = new Date(list?.next_refresh_at ?? 0).getTime();
    expect(next).toBeGreaterThan(now.getTime());
    expect(next).toBeLessThanOrEqual(now.getTime() + DAY * 1000);
    const used = (await items()).filter((item) => item.next_refresh_at !== null);
    expect(new Set(used.map(({ kind }) => kind))).toEqual(
      new Set(['snp-vcek-crl', 'tdx-tcb-info', 'tdx-qe-identity', 'tdx-pck-crl', 'tdx-root-crl']),
    );
    const { body } = await service.post(`${PATH}/refresh`, { kind: 'tdx-tcb-info' }, service.adminKey);
    expect(body.asked.map((one: Item) => `${one.kind} ${one.subject}`).sort()).toEqual([
      'tdx-qe-identity early',
      'tdx-qe-identity standard',
      `tdx-tcb-info ${FMSPC}/early`,
      `tdx-tcb-info ${FMSPC}/standard`,
    ]);
  });

  test('a failure is in the list and in the metrics, and the document that is there stays in use', async () => {
    vendor.answer({ kind: 'older', why: 'amd-kds gave a document of last month; a newer one is kept' });
    const { body } = await service.post(`${PATH}/refresh`, { kind: 'snp-vcek-crl' }, service.adminKey);
    expect(body.asked).toEqual([
      {
        kind: 'snp-vcek-crl',
        subject: 'Milan',
        result: 'older',
        state: null,
        why: 'amd-kds gave a document of last month; a newer one is kept',
      },
    ]);
    expect((await milanList())?.last_error).toContain('of last month');
    await service.post('/simulated/v1/attest', await attestBody(service)).expect(200);
    const warned = service.logLines
      .map((line) => JSON.parse(line))
      .filter(({ result }) => result === 'older');
    expect(warned).toHaveLength(1);
    expect(warned[0]).toMatchObject({ level: 'warn', kind: 'snp-vcek-crl', subject: 'Milan' });
    vendor.answer(null);
  });

  test('is for the admin of a built-in tenant', async () => {
    const { body: made } = await service
      .post('/simulated/v1/api-keys', { name: 'broker', role: 'relying-party' }, service.adminKey)
      .expect(201);
    const refused = await service.post(`${PATH}/refresh`, {}, made.key);
    expect(refused.body.code).toBe('role_missing');
    const unknown = await service.post(`${PATH}/refresh`, { chip: 'x' }, service.adminKey);
    expect(unknown.body.code).toBe('member_unknown');
    const nothing = await service.post(
      `${PATH}/refresh`,
      { kind: 'tdx-pck', subject: 'x' },
      service.adminKey,
    );
    expect(nothing.body).toMatchObject({ code: 'request_invalid' });
    expect(nothing.body.detail).toContain('No vendor publishes');
  });

  test('the metrics show the age of what is in use and what fails', async () => {
    // They are those of genuine documents.
    const opened: Stores[] = [];
    const other = await startTestService(
      {},
      {
        vendors(stores) {
          opened.push(stores);
          return vendorStub(stores, { now: () => other.clock.now() });
        },
      },
    );
    const [stores] = opened;
    if (stores === undefined) throw new Error('the service opens its stores when it starts');
    const { refreshes, endorsements } = stores;
    const [at, later] = [other.clock.now(), new Date(other.clock.now().getTime() + 1000)];
    const list = { ...sampleDocument({ issuedAt: at }), kind: 'snp-vcek-crl', subject: 'Milan' };
    await endorsements.keep('genuine', list, 'vendor', at);
    await refreshes.note('genuine', [{ ...list, lastUsedAt: at }]);
    for (const [now, result, error] of [
      [at, 'kept', null],
      [later, 'unavailable', 'The vendor is away.'],
    ] as const) {
      const attempt = { now, leaseUntil: later, unlessFetchedSince: now, forced: true };
      await refreshes.begin('genuine', list, attempt);
      await refreshes.settle('genuine', list, { result, error, failures: 1, notBefore: later }, now);
    }
    // Of a platform that is gone: nobody used it for a month, and it lapsed.
    const longAgo = new Date(at.getTime() - 40 * DAY * 1000);
    const expiresAt = new Date(at.getTime() - DAY * 1000);
    const lapsed = { ...sampleDocument({ issuedAt: longAgo }), expiresAt };
    await endorsements.keep('genuine', { ...lapsed, kind: 'snp-vlek-crl' }, 'vendor', longAgo);
    other.clock.advance(2 * DAY);
    const { text } = await other.get('/metrics').expect(200);
    const labels = 'kind="snp-vcek-crl",subject="Milan"';
    const left = (list.expiresAt.getTime() - other.clock.now().getTime()) / 1000;
    expect(text).toContain(`assay_endorsement_age_seconds{${labels}} ${2 * DAY}`);
    expect(text).toContain(`assay_endorsement_next_update_seconds{${labels}} ${left}`);
    expect(text).toContain(`assay_endorsement_refresh_failing{${labels},result="unavailable"} 1`);
    expect(text).toContain(`assay_endorsement_expiry_seconds{kind="snp-vcek-crl"} ${left}`);
    expect(text).not.toContain('snp-vlek-crl');
    const ready = await other.get('/readyz').expect(200);
    expect(JSON.stringify(ready.body)).not.toContain('snp-vlek-crl');
    await other.close();
  });
});
