/** Codes that an attester's request can earn, each beside the same request that is accepted. */
import type { RefusalCode } from '../../src/rats/refusal.js';
import { attestBody, MEASUREMENT, makeKey, referenceBody, tdAttestBody } from '../http/guest.js';
import {
  ATTEST,
  administer,
  attestFor,
  CHALLENGES,
  changedAttest,
  changedEvidence,
  type Exchange,
  inTurn,
  later,
  type Stage,
  sendText,
} from './stage.js';

const TWINS = Buffer.alloc(48, 0x11);
const FIRMWARE = Buffer.alloc(48, 0x22);
const AT_HOME = Buffer.alloc(48, 0x33);
const UNREGISTERED = Buffer.alloc(48, 0x5a);
const OURS = Buffer.alloc(64, 0xc1);
const THEIRS = Buffer.alloc(64, 0xc2);

export const BY_ATTESTER: Readonly<Partial<Record<RefusalCode, (stage: Stage) => Promise<Exchange>>>> = {
  evidence_encoding_invalid: (stage) => changedEvidence(stage, ({ bytes }) => ({ bytes: `${bytes}*` })),
  evidence_too_large: async (stage) => {
    const text = JSON.stringify(await attestBody(stage.service));
    return inTurn(
      () => sendText(stage, ATTEST, `${text}${' '.repeat(600 * 1024)}`),
      () => sendText(stage, ATTEST, text),
    );
  },
  evidence_type_unknown: (stage) => changedEvidence(stage, () => ({ type: 'sgx' })),
  report_data_mismatch: (stage) => changedAttest(stage, (body) => ({ ...body, keys: { sig: makeKey() } })),
  challenge_invalid: (stage) =>
    changedAttest(stage, (body) => ({ ...body, challenge: otherEnd(String(body.challenge)) })),
  challenge_audience_mismatch: (stage) => changedAttest(stage, (body) => ({ ...body, audience: 'open' })),
  nonce_expired: async (stage) => {
    const body = await attestBody(stage.service);
    return inTurn(
      () => later(stage, 301, () => stage.service.post(ATTEST, body)),
      () => stage.service.post(ATTEST, body),
    );
  },
  nonce_replayed: async ({ service }) => {
    const body = await attestBody(service);
    const accepted = await service.post(ATTEST, body);
    return { accepted, refused: await service.post(ATTEST, body) };
  },
  measurement_not_allowed: (stage) =>
    inTurn(
      () => attestFor(stage, 'vault', UNREGISTERED),
      () => attestFor(stage, 'vault', MEASUREMENT),
    ),
  workload_ambiguous: async (stage) => {
    for (const name of ['twin-a', 'twin-b']) {
      await administer(stage, '/workloads', { name }).expect(201);
      await administer(stage, `/workloads/${name}/reference-values`, referenceBody(TWINS)).expect(201);
    }
    await administer(stage, '/audiences', { name: 'twins', workloads: ['twin-a', 'twin-b'] }).expect(201);
    await administer(stage, '/audiences', { name: 'twin', workloads: ['twin-a'] }).expect(201);
    return inTurn(
      () => attestFor(stage, 'twins', TWINS),
      () => attestFor(stage, 'twin', TWINS),
    );
  },
  status_below_minimum: async (stage) => {
    const workloads = ['firmware-only'];
    await administer(stage, '/workloads', { name: 'firmware-only' }).expect(201);
    const body = { ...referenceBody(FIRMWARE), covers: 'firmware' };
    await administer(stage, '/workloads/firmware-only/reference-values', body).expect(201);
    await administer(stage, '/audiences', { name: 'strict', workloads }).expect(201);
    const lenient = { name: 'lenient', workloads, minimum_status: 'warning' };
    await administer(stage, '/audiences', lenient).expect(201);
    return inTurn(
      () => attestFor(stage, 'strict', FIRMWARE),
      () => attestFor(stage, 'lenient', FIRMWARE),
    );
  },
  token_too_large: async (stage) => {
    const roomy = { workloads: ['llm-serving'], profile: 'ear-compat', alg: 'RS256' };
    await administer(stage, '/audiences', { name: 'tight', ...roomy, max_token_bytes: 1024 }).expect(201);
    await administer(stage, '/audiences', { name: 'roomy', ...roomy }).expect(201);
    return inTurn(
      () => attestFor(stage, 'tight', MEASUREMENT),
      () => attestFor(stage, 'roomy', MEASUREMENT),
    );
  },
  workload_not_allowed: async (stage) => {
    await administer(stage, '/workloads', { name: 'elsewhere' }).expect(201);
    await administer(stage, '/audiences', { name: 'others', workloads: ['elsewhere'] }).expect(201);
    return inTurn(
      () => attestFor(stage, 'others', MEASUREMENT),
      () => attestFor(stage, 'vault', MEASUREMENT),
    );
  },
  platform_not_registered: async (stage) => {
    const policy = { name: 'owned', document: { common: { platforms: 'registered' } }, activate: true };
    await administer(stage, '/policies', policy).expect(201);
    await administer(stage, '/workloads', { name: 'at-home', policy: 'owned' }).expect(201);
    await administer(stage, '/workloads/at-home/reference-values', referenceBody(AT_HOME)).expect(201);
    await administer(stage, '/audiences', { name: 'at-home', workloads: ['at-home'] }).expect(201);
    const chip = { kind: 'snp-chip-id', value: OURS.toString('hex'), label: 'ours', owner: 'us' };
    await administer(stage, '/platforms', chip).expect(201);
    return inTurn(
      () => attestFor(stage, 'at-home', AT_HOME, { chipId: THEIRS }),
      () => attestFor(stage, 'at-home', AT_HOME, { chipId: OURS }),
    );
  },
  key_invalid: (stage) =>
    changedAttest(stage, (body) => {
      const { sig } = body.keys as { sig: object };
      return { ...body, keys: { sig: { ...sig, d: 'AAAA' } } };
    }),
  member_unknown: (stage) => changedAttest(stage, (body) => ({ ...body, challange: 'x' })),
  member_duplicate: (stage) =>
    inTurn(
      () => sendText(stage, CHALLENGES, '{"audience":"vault","audience":"vault"}'),
      () => sendText(stage, CHALLENGES, '{"audience":"vault"}'),
    ),
  json_too_deep: (stage) =>
    inTurn(
      () => sendText(stage, CHALLENGES, `{"audience":${'['.repeat(32)}"vault"${']'.repeat(32)}}`),
      () => sendText(stage, CHALLENGES, '{"audience":"vault"}'),
    ),
  media_type_unsupported: async (stage) => {
    const text = JSON.stringify(await attestBody(stage.service));
    const form = stage.service.post(ATTEST).set('Content-Type', 'application/x-www-form-urlencoded');
    return inTurn(
      () => form.send(text),
      () => sendText(stage, ATTEST, text),
    );
  },
  audience_unknown: ({ service }) =>
    inTurn(
      () => service.post(CHALLENGES, { audience: 'nobody' }),
      () => service.post(CHALLENGES, { audience: 'vault' }),
    ),
  binding_unsupported: ({ service }) =>
    inTurn(
      () => service.post(CHALLENGES, { audience: 'open', binding: 'v2' }),
      () => service.post(CHALLENGES, { audience: 'open', binding: 'v1' }),
    ),
  key_binding_required: ({ service }) =>
    inTurn(
      () => service.post(CHALLENGES, { audience: 'vault', binding: 'raw-nonce' }),
      () => service.post(CHALLENGES, { audience: 'open', binding: 'raw-nonce' }),
    ),
  request_invalid: ({ service }) =>
    inTurn(
      () => service.post(CHALLENGES, { audience: 7 }),
      () => service.post(CHALLENGES, { audience: 'vault' }),
    ),
  // Intel's documents live thirty days, and begin an hour before the instant they were made for.
  stale_collateral: (stage) => attestTdLater(stage, 31 * 86_400),
  clock_skew: (stage) => attestTdLater(stage, -7200),
};

function attestTdLater(stage: Stage, seconds: number): Promise<Exchange> {
  const attest = async () => stage.service.post(ATTEST, await tdAttestBody(stage.service));
  return inTurn(() => later(stage, seconds, attest), attest);
}

/** The last character another one, of those that the encoding allows there. */
function otherEnd(text: string): string {
  return `${text.slice(0, -1)}${text.endsWith('A') ? 'Q' : 'A'}`;
}
