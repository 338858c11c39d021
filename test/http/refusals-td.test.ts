/** What keeps a TD from being judged at all, over HTTP: its own faults, and Intel's documents at hand. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RefusalCode, refusalEntry } from '../../src/rats/refusal.js';
import type { CheckResult } from '../../src/rats/result.js';
import { intelFiles, SIMULATED_FMSPCS, TD_FAULTS, tdFaultOf } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedIntel } from '../simulated-vendor.js';
import {
  bound,
  evidenceOf,
  importInto,
  intelArchive,
  makeKey,
  prepare,
  register,
  takeChallenge,
  tdAttestBody,
  tdWith,
} from './guest.js';
import { startTestService, type TestService, tarOf } from './service.js';

const attestPath = '/simulated/v1/attest';
const [FMSPC] = SIMULATED_FMSPCS;

/** Faults that are in the quote: those of documents would have to be in the store. */
const IN_THE_QUOTE = ['authorities', 'pck', 'chain', 'quote', 'signed', 'evidence'];
const QUOTE_FAULTS = TD_FAULTS.filter((code) => {
  const { td, policy, changes = {} } = tdFaultOf(code);
  const changed = Object.keys(changes);
  return policy === undefined && (td !== undefined || changed.some((key) => IN_THE_QUOTE.includes(key)));
});

describe('a fault of the quote', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
    await prepare(service);
  });
  afterAll(() => service.close());

  const isDenied = (code: RefusalCode) => refusalEntry(code).class === 'denied';

  test('bad_evidence_does_not_consume_nonce: each is refused, and then the good TD gets its token', async () => {
    const sealed = await takeChallenge(service);
    const key = makeKey();
    const submit = async (fault?: RefusalCode) => {
      const evidence = evidenceOf(await tdWith(bound(sealed, key), { fault }));
      const body = { challenge: sealed.challenge, audience: 'vault', evidence, keys: { sig: key } };
      return service.post(attestPath, body);
    };
    const refused = QUOTE_FAULTS.filter((code) => !isDenied(code));
    expect(refused.length).toBeGreaterThan(20);
    for (const fault of refused) {
      const { status, body, headers } = await submit(fault);
      expect({ status, code: body.code }).toEqual({ status: refusalEntry(fault).status, code: fault });
      expect(body.retryable).toBe(false);
      expect(headers['retry-after']).toBeUndefined();
      expect(body.detail.length).toBeGreaterThan(20);
    }
    expect((await submit()).status).toBe(200);
    expect((await submit()).body.code).toBe('nonce_replayed');
  });

  test.each(QUOTE_FAULTS.filter(isDenied))('%s spends the challenge', async (fault) => {
    const body = await tdAttestBody(service, {}, { fault });
    const denied = await service.post(attestPath, body);
    expect({ status: denied.status, code: denied.body.code }).toEqual({ status: 403, code: fault });
    expect((await service.post(attestPath, body)).body.code).toBe('nonce_replayed');
  });

  test('no refusal leaves a decision, every denial does', async () => {
    const count = async () => {
      const { body } = await service.get('/simulated/v1/decisions?limit=200', service.adminKey).expect(200);
      return body.items.length;
    };
    const before = await count();
    await service.post(attestPath, await tdAttestBody(service, {}, { fault: 'tdx_pck_revoked' })).expect(422);
    expect(await count()).toBe(before);
    await service.post(attestPath, await tdAttestBody(service, {}, { fault: 'tdx_debug_td' })).expect(403);
    expect(await count()).toBe(before + 1);
  });
});

describe('documents of Intel', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
    await register(service);
  });
  afterAll(() => service.close());

  /** Those files of one directory of the layout, as published at the instant. */
  async function bring(names: readonly string[], at: Date = SIMULATED_AT): Promise<void> {
    const directory = `${FMSPC}/platform/`;
    const files = (await intelFiles(await simulatedIntel(), at)).filter(
      ({ path }) => path.startsWith(directory) && names.includes(path.slice(directory.length)),
    );
    expect(files).toHaveLength(names.length);
    const archive = await tarOf(Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])));
    const { body } = await importInto(service, archive).expect(200);
    expect(body.rejected).toEqual([]);
  }

  async function undecided(body: object, code: RefusalCode): Promise<readonly CheckResult[]> {
    const reply = await service.post(attestPath, body);
    expect({ status: reply.status, code: reply.body.code }).toEqual({ status: 503, code });
    expect(reply.body).toMatchObject({ retryable: true, stage: 'authenticate', tee: 'tdx' });
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    expect(reply.headers['retry-after']).toBe(String(reply.body.retry_after));
    return reply.body.checks;
  }

  const observedOf = (checks: readonly CheckResult[], code: RefusalCode) =>
    checks.find(({ id }) => id === code)?.observed ?? '';
  const idsOf = (checks: readonly CheckResult[]) => checks.map(({ id }) => id);

  const NAMES = {
    root: 'the root CA revocation list',
    pck: 'the PCK revocation list of the Platform CA',
    info: `the TDX TCB info of FMSPC ${FMSPC}`,
    identity: 'the TD QE identity',
  } as const;

  test('are asked for by name until all are there; the challenge waits', async () => {
    const body = await tdAttestBody(service);
    const missing = async () => {
      const checks = await undecided(body, 'collateral_unavailable');
      expect(idsOf(checks)).toEqual(['collateral_unavailable']);
      expect(checks[0]?.remedy).toContain('assay endorsements import');
      const observed = observedOf(checks, 'collateral_unavailable');
      return Object.values(NAMES).filter((name) => observed.includes(name));
    };
    expect(await missing()).toEqual([NAMES.root, NAMES.pck, NAMES.info, NAMES.identity]);
    await bring(['root_ca_crl.der']);
    expect(await missing()).toEqual([NAMES.pck, NAMES.info, NAMES.identity]);
    await bring(['pck_crl.der', 'pck_crl_issuer_chain.pem']);
    expect(await missing()).toEqual([NAMES.info, NAMES.identity]);
    await bring(['qe_identity.json', 'tcb_signing_chain.pem']);
    expect(await missing()).toEqual([NAMES.info]);
    await bring(['tcb_info.json', 'tcb_signing_chain.pem']);
    await service.post(attestPath, body).expect(200);
  });

  test('of another family or authority are not at hand', async () => {
    const [, other] = SIMULATED_FMSPCS;
    const family = await undecided(
      await tdAttestBody(service, {}, { fmspc: other }),
      'collateral_unavailable',
    );
    expect(observedOf(family, 'collateral_unavailable')).toBe(
      `the TDX TCB info of FMSPC ${other}: not at hand`,
    );
    const authority = await undecided(
      await tdAttestBody(service, {}, { ca: 'processor' }),
      'collateral_unavailable',
    );
    expect(observedOf(authority, 'collateral_unavailable')).toBe(
      'the PCK revocation list of the Processor CA: none at hand',
    );
  });

  test('past their end are stale one by one until renewed; the challenge waits', async () => {
    service.clock.advance(31 * 86_400);
    const body = await tdAttestBody(service);
    const first = await undecided(body, 'stale_collateral');
    expect(idsOf(first).sort()).toEqual(['stale_collateral', 'tdx_crl_stale']);
    expect(observedOf(first, 'stale_collateral')).toContain(NAMES.info);
    expect(observedOf(first, 'stale_collateral')).toContain(NAMES.identity);
    expect(observedOf(first, 'tdx_crl_stale')).toContain(NAMES.pck);
    // The root's list lives a year.
    expect(observedOf(first, 'tdx_crl_stale')).not.toContain(NAMES.root);

    const now = service.clock.now();
    await bring(['tcb_info.json', 'tcb_signing_chain.pem'], now);
    const second = await undecided(body, 'stale_collateral');
    expect(observedOf(second, 'stale_collateral')).not.toContain(NAMES.info);
    await bring(['qe_identity.json', 'tcb_signing_chain.pem'], now);
    expect(idsOf(await undecided(body, 'tdx_crl_stale'))).toEqual(['tdx_crl_stale']);
    await bring(['pck_crl.der', 'pck_crl_issuer_chain.pem'], now);
    await service.post(attestPath, body).expect(200);
  });

  test('do not excuse a fault of the quote: a refusal beats what nobody knows', async () => {
    service.clock.advance(31 * 86_400);
    const body = await tdAttestBody(service, {}, { fault: 'tdx_quote_signature_invalid' });
    const reply = await service.post(attestPath, body);
    expect({ status: reply.status, code: reply.body.code }).toEqual({
      status: 422,
      code: 'tdx_quote_signature_invalid',
    });
    expect((await importInto(service, await intelArchive(service.clock.now()))).body.rejected).toEqual([]);
    await service.post(attestPath, await tdAttestBody(service)).expect(200);
  });
});
