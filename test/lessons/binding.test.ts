/**
 * Mistakes that other verifiers made about freshness and keys: each is made on purpose here, against the whole
 * service, with the unchanged request accepted beside it.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { base64urlOf } from '../../src/bytes/encoding.js';
import type { JsonObject } from '../../src/rats/result.js';
import { TD_ENVELOPES } from '../../src/simulator/index.js';
import { createChallengeSeal } from '../../src/verifier/challenge.js';
import {
  bodyFor,
  bound,
  evidenceOf,
  guestWith,
  MEASUREMENT,
  makeKey,
  prepare,
  takeChallenge,
  tdWith,
  type Wanted,
} from '../http/guest.js';
import { SIMULATED_ISSUER, startTestService, type TestService } from '../http/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
}, 180_000);
afterAll(() => service.close());

type Mint = Wanted['mint'];

/** Every form that evidence may be submitted in with a challenge of ours in REPORT_DATA. */
const FORMS: readonly (readonly [string, Mint])[] = [
  ...(['raw', 'extended', 'configfs-tsm'] as const).map(
    (envelope) =>
      [`SNP, ${envelope}`, (reportData: Uint8Array) => guestWith(reportData, { envelope })] as const,
  ),
  ...TD_ENVELOPES.flatMap((envelope) =>
    ([4, 5] as const).map(
      (quoteVersion) =>
        [
          `TDX, ${envelope}, version ${quoteVersion}`,
          (reportData: Uint8Array) => tdWith(reportData, { envelope, quoteVersion }),
        ] as const,
    ),
  ),
];
/** One of each TEE. */
const TEES = FORMS.filter(([name]) => name === 'SNP, raw' || name === 'TDX, raw, version 4');

async function codeOf(body: JsonObject): Promise<string | null> {
  const reply = await service.post('/simulated/v1/attest', body);
  return reply.status === 200 ? null : reply.body.code;
}

describe.each(FORMS)('replay: %s', (_name, mint) => {
  test('replayed_evidence_new_nonce_fails', async () => {
    const first = await bodyFor(service, { mint });
    expect(await codeOf(first)).toBeNull();
    // The key stays, so that nothing but the nonce is another one.
    const { challenge } = await takeChallenge(service);
    expect(await codeOf({ ...first, challenge })).toBe('report_data_mismatch');
  });
});

describe.each(TEES)('binding: %s', (_name, mint) => {
  test('old_evidence_with_new_binder_fails', async () => {
    const old = await bodyFor(service, { mint });
    expect(await codeOf(old)).toBeNull();
    // Challenge and key are both fresh and fit together; the evidence is what went before.
    const fresh = await bodyFor(service, { mint });
    expect(await codeOf({ ...fresh, evidence: old.evidence ?? null })).toBe('report_data_mismatch');
    expect(await codeOf(fresh)).toBeNull();
  });

  test('evidence_for_key_A_on_channel_B_fails', async () => {
    const body = await bodyFor(service, { mint });
    expect(await codeOf({ ...body, keys: { sig: makeKey() } })).toBe('report_data_mismatch');
    expect(await codeOf(body)).toBeNull();
  });

  test('cert_key_not_in_report_data_fails', async () => {
    const body = await bodyFor(service, { mint, audience: 'open' });
    const { sig } = body.keys as { sig: JsonObject };
    // A second key that the evidence does not name, the named one in the other's place, and none at all.
    for (const keys of [{ sig, enc: makeKey() }, { enc: sig }, {}]) {
      expect(await codeOf({ ...body, keys })).toBe('report_data_mismatch');
    }
    expect(await codeOf(body)).toBeNull();
  });

  test('missing_nonce_field_is_not_skip', async () => {
    const body = await bodyFor(service, { mint });
    const { challenge: _, ...without } = body;
    expect(await codeOf(without)).toBe('request_invalid');
    for (const challenge of [null, 0, false, []]) {
      expect(await codeOf({ ...body, challenge })).toBe('request_invalid');
    }
    expect(['request_invalid', 'challenge_invalid']).toContain(await codeOf({ ...body, challenge: '' }));
    const appraise = async (members: JsonObject) =>
      (
        await service.post(
          '/simulated/v1/appraise',
          { evidence: body.evidence ?? null, ...members },
          service.adminKey,
        )
      ).body;
    for (const members of [{}, { report_data: null }, { report_data: '' }, { report_data: '00' }]) {
      expect((await appraise(members)).code).toBe('request_invalid');
    }
    // Zeros are a value like any other.
    expect((await appraise({ report_data: '00'.repeat(64) })).code).toBe('report_data_mismatch');
    expect(await codeOf(body)).toBeNull();
  });

  test('prover_chosen_nonce_rejected', async () => {
    const key = makeKey();
    const nonce = randomBytes(32);
    const chosen = { nonce: base64urlOf(nonce), challenge: '' };
    const submitted = async (challenge: string) => ({
      challenge,
      audience: 'vault',
      evidence: evidenceOf(await mint(bound(chosen, key))),
      keys: { sig: key },
    });
    const genuine = await takeChallenge(service);
    const payload = genuine.challenge.split('.');
    // Sealed by the prover; the bare nonce; and a genuine challenge with the prover's nonce written into it.
    const sealed = createChallengeSeal(randomBytes(32), SIMULATED_ISSUER).seal({
      audience: 'vault',
      binding: 'v1',
      nonce: Uint8Array.from(nonce),
      rpNonce: null,
      expiresAt: new Date(service.clock.now().getTime() + 300_000),
    });
    const inner = Buffer.from(payload[2] ?? '', 'base64url').toString('utf8');
    expect(inner).toContain(genuine.nonce);
    const rewritten = base64urlOf(Buffer.from(inner.replace(genuine.nonce, chosen.nonce), 'utf8'));
    const forged = [payload[0], payload[1], rewritten, payload[3]].join('.');
    for (const challenge of [sealed, chosen.nonce, forged]) {
      expect(await codeOf(await submitted(challenge))).toBe('challenge_invalid');
    }
    // The service's own nonce in the same place is good.
    const evidence = evidenceOf(await mint(bound(genuine, key)));
    const good = { challenge: genuine.challenge, audience: 'vault', evidence, keys: { sig: key } };
    expect(await codeOf(good)).toBeNull();
  });

  test('bad_evidence_does_not_consume_nonce', async () => {
    const body = await bodyFor(service, { mint });
    const { cpu } = body.evidence as { cpu: { bytes: string } };
    const bytes = Buffer.from(cpu.bytes, 'base64url');
    // A byte of the measurement or MRTD, which are signed; REPORT_DATA stays.
    const at = 0xb8;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const altered = { cpu: { ...cpu, bytes: base64urlOf(bytes) } };
    expect(await codeOf({ ...body, evidence: altered })).toMatch(/_signature_invalid$/u);
    expect(await codeOf({ ...body, evidence: { cpu: { ...cpu, bytes: 'AAAA' } } })).toBe(
      'evidence_type_unknown',
    );
    expect(await codeOf(body)).toBeNull();
    expect(await codeOf(body)).toBe('nonce_replayed');
  });
});

test('stale_result_is_not_current', async () => {
  const path = '/simulated/v1/workloads';
  const admin = (where: string, body: object) => service.post(`${path}${where}`, body, service.adminKey);
  const measurement = Buffer.alloc(MEASUREMENT.length, 0x77);
  await admin('', { name: 'passing' }).expect(201);
  await admin('/passing/reference-values', {
    tee: 'sev-snp',
    covers: 'boot',
    match: { measurement: measurement.toString('hex') },
    activate: true,
  }).expect(201);
  const audience = { name: 'passing', workloads: ['passing'], lifetime: 300 };
  await service.post('/simulated/v1/audiences', audience, service.adminKey).expect(201);
  const attest = async () =>
    service.post(
      '/simulated/v1/attest',
      await bodyFor(service, {
        audience: 'passing',
        mint: (reportData) => guestWith(reportData, { measurement }),
      }),
    );
  const good = await attest();
  expect(good.status).toBe(200);
  expect(good.body.expires_in).toBeLessThanOrEqual(300);

  // What was affirmed is a record with its instant; it makes no later answer good.
  service.clock.advance(60);
  await admin('/passing/reference-values/1/revoke', { reason: 'a test' }).expect(200);
  const denied = await attest();
  service.clock.advance(-60);
  expect({ status: denied.status, code: denied.body.code }).toEqual({
    status: 403,
    code: 'measurement_not_allowed',
  });
  const record = await service
    .get(`/simulated/v1/decisions/${good.body.decision}`, service.adminKey)
    .expect(200);
  expect(record.body).toMatchObject({ status: 'affirming', at: service.clock.now().toISOString() });
});
