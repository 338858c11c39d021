/** When a vendor is asked, for what, and what its silence comes to: over HTTP, with the clock in the test's hands. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { yearlyWindow } from '../../src/simulator/crl.js';
import { type GuestOptions, mintList, type SimulatedGuest } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';
import {
  attestBody,
  bodyFor,
  evidenceOf,
  guestWith,
  importInto,
  intelArchive,
  listsArchive,
  makeKey,
  prepare,
  register,
  tdAttestBody,
  tdWith,
} from './guest.js';
import { startTestService, type TestService, tarOf } from './service.js';
import { type AskedVendors, askedVendors } from './vendor-source.js';

const ATTEST = '/simulated/v1/attest';
const APPRAISE = '/simulated/v1/appraise';
const DAY = 86_400;
const IN_VAIN = { reason: 'unavailable', why: 'the vendor answered 503', retryAfter: 17 } as const;

const vendors: AskedVendors = askedVendors();
let service: TestService;
beforeAll(async () => {
  service = await startTestService({}, { source: vendors });
  await prepare(service);
}, 120_000);
afterAll(() => service.close());
beforeEach(() => {
  vendors.behave(async () => {});
  vendors.answer(null);
  vendors.asked();
  service.clock.set(SIMULATED_AT);
});

let chips = 0;

/** A guest of a machine that nobody has seen, whose VCEK does not travel with its report. */
async function bareBody(options: Partial<GuestOptions> = {}) {
  chips += 1;
  const chipId = Buffer.alloc(64, chips);
  const minted: SimulatedGuest[] = [];
  const body = await bodyFor(service, {
    mint: async (reportData) => {
      const guest = await guestWith(reportData, { chipId, signingKey: 'VCEK', ...options });
      minted.push(guest);
      return { ...guest, certificates: [] };
    },
  });
  const [guest] = minted;
  if (guest?.leafDer === null || guest?.leafDer === undefined) throw new Error('a guest without a leaf');
  return { body, guest, leaf: guest.leafDer, chip: chipId.toString('hex') };
}

function appraiseBody({ evidence }: Awaited<ReturnType<typeof guestWith>>, reportData: Uint8Array) {
  return {
    evidence: evidenceOf({ evidence, certificates: [] }),
    report_data: Buffer.from(reportData).toString('hex'),
  };
}

describe('nobody is asked', () => {
  test('for evidence that brings its certificates, where the lists are there', async () => {
    await service.post(ATTEST, await attestBody(service)).expect(200);
    await service.post(ATTEST, await tdAttestBody(service)).expect(200);
    expect(vendors.asked()).toEqual([]);
  });

  test('for a report with the REPORT_DATA of another challenge or key, whatever chip it names', async () => {
    for (let index = 0; index < 20; index += 1) {
      const { body } = await bareBody();
      const refused = await service.post(ATTEST, { ...body, keys: { sig: makeKey() } }).expect(422);
      expect(refused.body.code).toBe('report_data_mismatch');
    }
    const { guest } = await bareBody();
    const mismatch = appraiseBody(guest, Buffer.alloc(64, 7));
    const { body } = await service.post(APPRAISE, mismatch, service.adminKey).expect(200);
    expect(body.code).toBe('report_data_mismatch');
    expect(vendors.asked()).toEqual([]);
  });

  test('for a challenge that is spent, expired or somebody else’s', async () => {
    const { body } = await bareBody();
    expect((await service.post(ATTEST, { ...body, audience: 'open' })).body.code).toBe(
      'challenge_audience_mismatch',
    );
    service.clock.advance(301);
    expect((await service.post(ATTEST, body)).body.code).toBe('nonce_expired');
    expect(vendors.asked()).toEqual([]);
  });

  test('for a quote whose PCK chain leads nowhere, or that is not signed as it says', async () => {
    const stranger = await startTestService({}, { source: vendors });
    try {
      // No document of Intel's is there, so that everything would have to be asked for.
      await register(stranger);
      for (const fault of ['tdx_pck_chain_untrusted', 'tdx_quote_signature_invalid'] as const) {
        const body = await bodyFor(stranger, { mint: (reportData) => tdWith(reportData, { fault }) });
        expect((await stranger.post(ATTEST, body).expect(422)).body.code).toBe(fault);
      }
      expect(vendors.asked()).toEqual([]);
      await stranger.post(ATTEST, await tdAttestBody(stranger)).expect(503);
      expect(vendors.asked()).toHaveLength(1);
    } finally {
      await stranger.close();
    }
  });

  test('about the past', async () => {
    const { guest } = await bareBody();
    const body = appraiseBody(guest, guest.expected.reportData);
    const past = { ...body, at: new Date(SIMULATED_AT.getTime() - 60_000).toISOString() };
    const refused = await service.post(APPRAISE, past, service.adminKey).expect(503);
    expect(refused.body).toMatchObject({ code: 'snp_kds_unavailable', retry_after: 60 });
    expect(vendors.asked()).toEqual([]);
    await service.post(APPRAISE, body, service.adminKey).expect(503);
    expect(vendors.asked()).toHaveLength(1);
  });
});

describe('AMD is asked for the VCEK of a bound report', () => {
  test('and what it gives brings the token', async () => {
    const { body, leaf, chip, guest } = await bareBody();
    vendors.behave(async () => importInto(service, await tarOf({ 'vcek.der': leaf })).expect(200));
    await service.post(ATTEST, body).expect(200);
    const tcb = expect.stringMatching(new RegExp(`^Milan/${chip}/[0-9a-f]{16}$`));
    expect(vendors.asked()).toEqual([
      {
        asker: { realm: 'simulated', tenant: 'simulated', known: false },
        wanted: [{ kind: 'snp-vek', subject: tcb }],
      },
    ]);
    // At hand from now on.
    const again = await bodyFor(service, {
      mint: async (reportData) => ({
        ...(await guestWith(reportData, { sameMachineAs: guest } as Partial<GuestOptions>)),
        certificates: [],
      }),
    });
    await service.post(ATTEST, again).expect(200);
    expect(vendors.asked()).toEqual([]);
  });

  test('once for a machine that is known by another certificate', async () => {
    const { leaf, chip } = await bareBody();
    await importInto(service, await tarOf({ 'vcek.der': leaf })).expect(200);
    const { body } = await bareBody({ chipId: Buffer.from(chip, 'hex'), tcb: { microcode: 230 } });
    await service.post(ATTEST, body).expect(503);
    expect(vendors.asked().map(({ asker }) => asker.known)).toEqual([true]);
  });

  test.each([
    ['not-found', 422, 'collateral_not_found'],
    ['rate-limited', 503, 'snp_kds_rate_limited'],
    ['unavailable', 503, 'snp_kds_unavailable'],
  ] as const)('in vain (%s): %i %s, and the challenge is still good', async (reason, status, code) => {
    const { body, leaf } = await bareBody();
    vendors.answer({ reason, why: 'what AMD said', retryAfter: 123 });
    const refused = await service.post(ATTEST, body).expect(status);
    expect(refused.body).toMatchObject({ code, retryable: status === 503 });
    expect(refused.body.detail).toContain('what AMD said');
    expect(refused.headers['retry-after']).toBe(status === 503 ? '123' : undefined);
    await importInto(service, await tarOf({ 'vcek.der': leaf })).expect(200);
    await service.post(ATTEST, body).expect(200);
  });
});

describe('a document past its end', () => {
  test('is asked for at each attempt; undecided with since when until a newer one came, from then on a token', async () => {
    service.clock.advance(380 * DAY);
    vendors.answer(IN_VAIN);
    const at = service.clock.now();
    const attest = async () =>
      service.post(ATTEST, await bodyFor(service, { mint: (reportData) => guestWith(reportData, { at }) }));
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const refused = await attest();
      expect(refused.body).toMatchObject({ status: 503, code: 'snp_crl_stale', retry_after: 17 });
      expect(refused.body.detail).toMatch(/nextUpdate 2027-11-\S+; the vendor answered 503/);
    }
    expect(vendors.asked().map(({ wanted }) => wanted)).toEqual([
      [{ kind: 'snp-vcek-crl', subject: 'Milan' }],
      [{ kind: 'snp-vcek-crl', subject: 'Milan' }],
    ]);
    vendors.behave(async () => {
      const request = { product: 'Milan', kind: 'VCEK', ...yearlyWindow(at) } as const;
      const { bytes } = await mintList(await simulatedVendor(), request);
      return importInto(service, await tarOf({ 'vcek_crl.der': bytes })).expect(200);
    });
    expect((await attest()).status).toBe(200);
    vendors.asked();
    expect((await attest()).status).toBe(200);
    expect(vendors.asked()).toEqual([]);
  });

  test('clock moved past nextUpdate between two requests: every validity is judged again', async () => {
    const attest = async () =>
      service.post(
        ATTEST,
        await bodyFor(service, {
          mint: (reportData) => tdWith(reportData, { at: SIMULATED_AT }),
        }),
      );
    expect((await attest()).status).toBe(200);
    expect((await attest()).status).toBe(200);
    vendors.answer(IN_VAIN);
    service.clock.advance(31 * DAY);
    expect((await attest()).body).toMatchObject({ status: 503, code: 'stale_collateral', retry_after: 17 });
    const [{ wanted } = { wanted: [] }] = vendors.asked();
    expect(wanted.map(({ kind }) => kind).sort()).toEqual(
      expect.arrayContaining(['tdx-pck-crl', 'tdx-qe-identity', 'tdx-tcb-info']),
    );
    const renewed = await intelArchive(service.clock.now());
    vendors.behave(async () => importInto(service, renewed).expect(200));
    expect((await attest()).status).toBe(200);
  });
});

test('a vendor that keeps everybody waiting holds up nobody who needs nothing of it', async () => {
  const waiting: (() => void)[] = [];
  vendors.behave(() => new Promise<void>((resolve) => waiting.push(resolve)));
  vendors.answer(IN_VAIN);
  // More than there are places for verifications.
  const bodies = [];
  for (let index = 0; index < 40; index += 1) bodies.push((await bareBody()).body);
  const answers = bodies.map((body) => service.post(ATTEST, body).then(({ body: { code } }) => code));
  while (waiting.length < answers.length) await new Promise((resolve) => setImmediate(resolve));
  await service.post(ATTEST, await attestBody(service)).expect(200);
  await service.post(ATTEST, await tdAttestBody(service)).expect(200);
  for (const finish of waiting) finish();
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['snp_kds_unavailable']));
});

test('a client that gave up while its vendor was asked has not spent its challenge', async () => {
  const { body, leaf } = await bareBody();
  let finish: () => void = () => {};
  const asked = new Promise<void>((reached) => {
    vendors.behave(async () => {
      reached();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      await importInto(service, await tarOf({ 'vcek.der': leaf })).expect(200);
    });
  });
  const server = createServer(service.app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const impatient = new AbortController();
    const given = fetch(`http://127.0.0.1:${port}${ATTEST}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
      signal: impatient.signal,
    });
    await asked;
    const before = service.logLines.length;
    impatient.abort();
    await expect(given).rejects.toThrow();
    const saw = (text: string) => service.logLines.slice(before).some((line) => line.includes(text));
    while (!saw('"complete":false')) await new Promise((resolve) => setImmediate(resolve));
    finish();
    while (!saw('"act":"attest"')) await new Promise((resolve) => setImmediate(resolve));
    vendors.behave(async () => {});
    await service.post(ATTEST, body).expect(200);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('without lists both are asked for in one turn, and no answer is taken from memory', async () => {
  const bare = await startTestService({}, { source: vendors });
  try {
    await register(bare);
    const { leaf, body } = await (async () => {
      const minted: SimulatedGuest[] = [];
      const mint = async (reportData: Uint8Array) => {
        const guest = await guestWith(reportData, { signingKey: 'VCEK' });
        minted.push(guest);
        return { ...guest, certificates: [] };
      };
      return { body: await bodyFor(bare, { mint }), leaf: minted[0]?.leafDer ?? new Uint8Array() };
    })();
    expect((await bare.post(ATTEST, body)).body.code).toBe('snp_kds_unavailable');
    expect(vendors.asked().map(({ wanted }) => wanted.map(({ kind }) => kind))).toEqual([
      ['snp-vek', 'snp-vcek-crl'],
    ]);
    await importInto(bare, await listsArchive()).expect(200);
    await importInto(bare, await tarOf({ 'vcek.der': leaf })).expect(200);
    await bare.post(ATTEST, body).expect(200);
    expect(vendors.asked()).toEqual([]);
  } finally {
    await bare.close();
  }
});
