/** A grace over HTTP: firmware behind a bulletin gets tokens until its end, which say so and end by then. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { JsonObject } from '../../src/rats/result.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { bodyFor, guestWith, prepare, referenceBody } from './guest.js';
import { startTestService, type TestService } from './service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
});
afterAll(() => service.close());

const admin = (path: string, body: object) => service.post(`/simulated/v1${path}`, body, service.adminKey);

/** So many seconds after the instant of the tests. */
const after = (seconds: number): string => new Date(SIMULATED_AT.getTime() + seconds * 1000).toISOString();

/** A workload under a policy of its own, and an audience that takes warnings, all of one name. */
async function registered(name: string, fill: number, document: JsonObject): Promise<Uint8Array> {
  const measurement = Buffer.alloc(48, fill);
  await admin('/policies', { name, document, activate: true }).expect(201);
  await admin('/workloads', { name, policy: name }).expect(201);
  await admin(`/workloads/${name}/reference-values`, referenceBody(measurement)).expect(201);
  await admin('/audiences', { name, workloads: [name], minimum_status: 'warning' }).expect(201);
  return measurement;
}

async function attest(audience: string, measurement: Uint8Array, vulnerable: boolean) {
  const mint = (reportData: Uint8Array) => guestWith(reportData, { measurement, vulnerable });
  return service.post('/simulated/v1/attest', await bodyFor(service, { audience, mint }));
}

function claimsOf(token: string): { readonly exp: number; readonly att: JsonObject } {
  return decodeJwt(token) as never;
}

describe('a grace', () => {
  test('gives tokens that say so, and end with it', async () => {
    const until = after(120);
    const document = { common: { grace: { statuses: ['OutOfDate'], until } } };
    const measurement = await registered('in-grace', 0x31, document);
    const reply = await attest('in-grace', measurement, true);
    expect([reply.status, reply.body.status]).toEqual([200, 'warning']);
    const { exp, att } = claimsOf(reply.body.token);
    expect(att).toMatchObject({ tcb_status: 'OutOfDate', tcb_in_grace: true });
    expect(exp * 1000).toBeLessThanOrEqual(Date.parse(until));
    expect(reply.body.expires_in).toBeLessThanOrEqual(120);

    const decision = await service.get(`/simulated/v1/decisions/${reply.body.decision}`, service.adminKey);
    expect(JSON.stringify(decision.body)).toContain(`in grace until ${until}`);
  });

  test('says nothing of firmware that needs none', async () => {
    const document = { common: { grace: { statuses: ['OutOfDate'], until: after(120) } } };
    const measurement = await registered('needs-none', 0x32, document);
    const reply = await attest('needs-none', measurement, false);
    expect([reply.status, reply.body.expires_in]).toEqual([200, 300]);
    expect(claimsOf(reply.body.token).att).toMatchObject({ tcb_in_grace: false });
  });

  test('is over at its end: the same guest is denied', async () => {
    const document = { common: { grace: { statuses: ['OutOfDate'], until: after(120) } } };
    const measurement = await registered('over', 0x33, document);
    expect((await attest('over', measurement, true)).status).toBe(200);
    service.clock.advance(120);
    try {
      const reply = await attest('over', measurement, true);
      expect([reply.status, reply.body.code]).toEqual([403, 'snp_tcb_status_not_accepted']);
    } finally {
      service.clock.advance(-120);
    }
  });
});
