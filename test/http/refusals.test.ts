/** Every refusal code that a request can earn over HTTP, provoked once, and the form of its problem document. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type supertest from 'supertest';
import { type RefusalCode, refusalEntry } from '../../src/rats/refusal.js';
import { COMMON_REFUSALS } from '../../src/rats/refusal-table/common.js';
import type { JsonObject } from '../../src/rats/result.js';
import {
  attestBody,
  bound,
  evidenceOf,
  guestWith,
  makeKey,
  prepare,
  referenceBody,
  takeChallenge,
} from './guest.js';
import { SIMULATED_ISSUER, startTestService, type TestService } from './service.js';

let service: TestService;
let empty: TestService;
let limited: TestService;
beforeAll(async () => {
  [service, empty, limited] = await Promise.all([
    startTestService(),
    startTestService(),
    startTestService({ ASSAY_RATE_LIMIT: '1' }),
  ]);
  await prepare(service);
});
afterAll(async () => {
  await Promise.all([service.close(), empty.close(), limited.close()]);
});

const OTHER_MEASUREMENT = Buffer.alloc(48, 0x5a);
const attestPath = '/simulated/v1/attest';

/** Bytes sent as JSON, exactly. */
function raw(path: string, text: string): supertest.Test {
  return service.post(path).set('Content-Type', 'application/json').send(text);
}

async function attest(changes: JsonObject = {}, options = {}): Promise<supertest.Test> {
  return service.post(attestPath, await attestBody(service, changes, options));
}

async function appraise(changes: JsonObject = {}, at: TestService = service): Promise<supertest.Test> {
  const guest = await guestWith(Buffer.alloc(64, 7));
  const body = { evidence: evidenceOf(guest), report_data: '07'.repeat(64), ...changes };
  return at.post('/simulated/v1/appraise', body, at.adminKey);
}

const admin = (path: string, body: object) => service.post(`/simulated/v1${path}`, body, service.adminKey);

/** A request that ends with the code. Whatever the verifier knows is covered with it, through the whole service. */
const PROVOKED: Readonly<
  Partial<Record<RefusalCode, () => PromiseLike<supertest.Test | supertest.Response>>>
> = {
  evidence_encoding_invalid: () => attest({ evidence: { cpu: { bytes: 'ab+c-d==' } } }),
  evidence_too_large: async () => raw(attestPath, `{"challenge":"${'x'.repeat(600 * 1024)}"}`),
  evidence_type_unknown: () => attest({ evidence: { cpu: { bytes: 'AAAA' } } }),
  report_data_mismatch: async () => {
    const sealed = await takeChallenge(service);
    const evidence = evidenceOf(await guestWith(bound(sealed, makeKey())));
    const body = { challenge: sealed.challenge, audience: 'vault', evidence, keys: { sig: makeKey() } };
    return service.post(attestPath, body);
  },
  challenge_invalid: () => attest({ challenge: 'assay-c1.nobody.sealed.this' }),
  challenge_audience_mismatch: () => attest({ audience: 'open' }),
  nonce_expired: async () => {
    const body = await attestBody(service);
    service.clock.advance(301);
    try {
      return await service.post(attestPath, body);
    } finally {
      service.clock.advance(-301);
    }
  },
  nonce_replayed: async () => {
    const body = await attestBody(service);
    await service.post(attestPath, body).expect(200);
    return service.post(attestPath, body);
  },
  measurement_not_allowed: () => attest({}, { measurement: OTHER_MEASUREMENT }),
  policy_unknown: () => appraise({ policy: 'lenient' }),
  workload_unknown: () => appraise({ workload: 'nothing-here' }),
  audience_unknown: async () => service.post('/simulated/v1/challenges', { audience: 'nobody' }),
  workload_ambiguous: async () => {
    const measurement = Buffer.alloc(48, 0x11);
    for (const name of ['twin-a', 'twin-b']) {
      await admin('/workloads', { name }).expect(201);
      await admin(`/workloads/${name}/reference-values`, referenceBody(measurement)).expect(201);
    }
    await admin('/audiences', { name: 'twins', workloads: ['twin-a', 'twin-b'] }).expect(201);
    return attestFor('twins', measurement);
  },
  status_below_minimum: async () => {
    const measurement = Buffer.alloc(48, 0x22);
    await admin('/workloads', { name: 'firmware-only' }).expect(201);
    const body = { ...referenceBody(measurement), covers: 'firmware' };
    await admin('/workloads/firmware-only/reference-values', body).expect(201);
    await admin('/audiences', { name: 'strict', workloads: ['firmware-only'] }).expect(201);
    return attestFor('strict', measurement);
  },
  workload_not_allowed: async () => {
    await admin('/audiences', { name: 'others', workloads: ['firmware-only'] }).expect(201);
    return attestFor('others', Buffer.alloc(48, 0xa5));
  },
  binding_unsupported: async () =>
    service.post('/simulated/v1/challenges', { audience: 'open', binding: 'v2' }),
  key_invalid: () => attest({ keys: { sig: { ...makeKey(), d: 'AAAA' } } }),
  key_binding_required: async () =>
    service.post('/simulated/v1/challenges', { audience: 'vault', binding: 'raw-nonce' }),
  member_unknown: () => attest({ challange: 'x' }),
  member_duplicate: async () => raw('/simulated/v1/challenges', '{"audience":"vault","audience":"open"}'),
  json_too_deep: async () => raw(attestPath, `${'['.repeat(40)}${']'.repeat(40)}`),
  at_in_future: () => appraise({ at: '2030-01-01T00:00:00Z' }),
  unauthenticated: async () => service.get('/simulated/v1/workloads', `ak_${'A'.repeat(43)}`),
  role_missing: async () => {
    const made = await admin('/api-keys', { name: 'reader', role: 'relying-party' }).expect(201);
    return service.post('/simulated/v1/workloads', { name: 'mine' }, made.body.key);
  },
  request_invalid: async () => service.post('/simulated/v1/challenges', { audience: 7 }),
  media_type_unsupported: async () =>
    service.post(attestPath).set('Content-Type', 'application/x-www-form-urlencoded').send('challenge=x'),
  not_found: async () => service.get('/v2/challenges'),
  method_not_allowed: async () => service.get('/v1/challenges'),
  version_conflict: async () =>
    admin('/workloads/llm-serving/reference-values/1/retire', {}).set('If-Match', '"of another state"'),
  state_conflict: async () => admin('/workloads', { name: 'llm-serving' }),
  idempotency_conflict: async () => {
    await admin('/workloads', { name: 'once-a' }).set('Idempotency-Key', 'k-1').expect(201);
    return admin('/workloads', { name: 'once-b' }).set('Idempotency-Key', 'k-1');
  },
  collateral_unavailable: () => appraise({}, empty),
  vtpm_envelope_malformed: async () => appraiseFaulty('vtpm_envelope_malformed'),
  vtpm_claims_binding_mismatch: async () => appraiseFaulty('vtpm_claims_binding_mismatch'),
  rate_limited: async () => {
    const first = limited.get('/problems/not_found');
    const second = limited.get('/problems/not_found');
    return (
      [await first, await second].find((reply) => reply.status !== 200) ?? limited.get('/problems/not_found')
    );
  },
};

/**
 * Raised elsewhere than by a request to a healthy service: by the command line alone, by faults of vendor
 * documents that import would not keep, and by trouble that unreliable.test.ts makes.
 */
const NOT_BY_REQUEST: readonly RefusalCode[] = [
  'policy_invalid',
  'collateral_malformed',
  'clock_skew',
  'database_unavailable',
  'overloaded',
  'internal_error',
];

async function attestFor(audience: string, measurement: Uint8Array): Promise<supertest.Test> {
  const sealed = await takeChallenge(service, { audience });
  const key = makeKey();
  const guest = await guestWith(bound(sealed, key, audience), { measurement });
  const body = { challenge: sealed.challenge, audience, evidence: evidenceOf(guest), keys: { sig: key } };
  return service.post(attestPath, body);
}

async function appraiseFaulty(fault: RefusalCode): Promise<supertest.Test> {
  const guest = await guestWith(Buffer.alloc(64, 7), { fault });
  const body = { evidence: evidenceOf(guest), report_data: '07'.repeat(64) };
  return service.post('/simulated/v1/appraise', body, service.adminKey);
}

describe('each code', () => {
  test('has a request that earns it, or a reason why none can', () => {
    const covered = [...Object.keys(PROVOKED), ...NOT_BY_REQUEST].sort();
    expect(covered).toEqual(COMMON_REFUSALS.map((entry) => entry.code).sort());
  });

  test.each(Object.entries(PROVOKED))('%s', async (code, provoke) => {
    const reply = await provoke();
    const entry = refusalEntry(code as RefusalCode);
    if (code === 'vtpm_claims_binding_mismatch') {
      // Appraise answers a decided verdict with 200.
      expect(reply.body).toMatchObject({ authentic: false, code });
      return;
    }
    expect({ code: reply.body.code, status: reply.status }).toEqual({ code, status: entry.status });
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(reply.headers['cache-control']).toBe('no-store');
    const known = [
      'type',
      'title',
      'status',
      'detail',
      'instance',
      'code',
      'stage',
      'tee',
      'checks',
      'retryable',
    ];
    expect([...known, 'retry_after', 'request_id']).toEqual(expect.arrayContaining(Object.keys(reply.body)));
    expect(reply.body).toMatchObject({ title: entry.title, status: entry.status });
    expect(reply.body.type).toMatch(new RegExp(`^http://localhost:8080(/simulated)?/problems/${code}$`));
    expect(reply.body.request_id).toBe(reply.headers['x-request-id']);
    expect(reply.body.detail.length).toBeGreaterThan(10);
    const retryable = entry.class === 'undecided' || entry.class === 'limited';
    expect(reply.body.retryable).toBe(retryable);
    expect(reply.headers['retry-after']).toBe(retryable ? String(reply.body.retry_after) : undefined);
  });
});

describe('what is not supported yet is refused in words', () => {
  test.each([
    ['devices', { devices: [] }, 'binding_unsupported', /[Dd]evice/],
    [
      'devices beside the CPU',
      { evidence: { cpu: { bytes: 'AAAA' }, devices: [] } },
      'binding_unsupported',
      /[Dd]evice/,
    ],
    [
      'an event log',
      { evidence: { cpu: { bytes: 'AAAA', event_log: 'AAAA' } } },
      'binding_unsupported',
      /[Ee]vent/,
    ],
    ['CMW as evidence', { evidence: ['application/eat+cwt', 'AAAA'] }, 'evidence_type_unknown', /CMW/],
    ['a TDX type', { evidence: { cpu: { type: 'tdx', bytes: 'AAAA' } } }, 'evidence_type_unknown', /tdx/],
  ] as const)('%s', async (_what, changes, code, words) => {
    const reply = await await attest(changes);
    expect(reply.body.code).toBe(code);
    expect(reply.body.detail).toMatch(words);
  });

  test('a CMW body', async () => {
    const reply = await service.post(attestPath).set('Content-Type', 'application/cmw+json').send('[]');
    expect(reply.body).toMatchObject({ code: 'media_type_unsupported' });
    expect(reply.body.detail).toMatch(/wrapper/);
  });

  test('event rules in reference values', async () => {
    const body = { ...referenceBody(), match: { measurement: 'a5'.repeat(48), events: [] } };
    const reply = await admin('/workloads/llm-serving/reference-values', body);
    expect(reply.body).toMatchObject({ code: 'request_invalid' });
    expect(reply.body.detail).toMatch(/events/);
  });

  test('an Azure envelope at attest, which appraise authenticates with a warning', async () => {
    const sealed = await takeChallenge(service);
    const key = makeKey();
    const guest = await guestWith(bound(sealed, key), { envelope: 'azure-hcl' });
    const body = {
      challenge: sealed.challenge,
      audience: 'vault',
      evidence: evidenceOf(guest),
      keys: { sig: key },
    };
    const refused = await service.post(attestPath, body);
    expect(refused.body.code).toBe('binding_unsupported');
    const verdict = await service
      .post(
        '/simulated/v1/appraise',
        { evidence: evidenceOf(guest), report_data: '00'.repeat(64), workload: 'llm-serving' },
        service.adminKey,
      )
      .expect(200);
    expect(verdict.body).toMatchObject({
      authentic: true,
      status: 'warning',
      binding: 'not_checked',
      tee: 'az-sev-snp',
    });
  });
});

describe('a denial', () => {
  test('shows the failed checks, and only those', async () => {
    const reply = await attest({}, { policy: { debug: true } });
    const { body, status } = await reply;
    expect({ code: body.code, status, stage: body.stage }).toEqual({
      code: 'snp_policy_debug',
      status: 403,
      stage: 'appraise',
    });
    expect(body.checks.map((check: { outcome: string }) => check.outcome)).toEqual(
      body.checks.map(() => 'fail'),
    );
    expect(body.checks.map((check: { id: string }) => check.id)).toContain('snp_policy_debug');
    expect(body.type).toBe(`${SIMULATED_ISSUER}/problems/snp_policy_debug`);
  });

  test('spends the challenge, where refused evidence does not', async () => {
    const good = await attestBody(service);
    const forged = { ...good, evidence: evidenceOf(await guestWith(Buffer.alloc(64, 9))) };
    expect((await service.post(attestPath, forged)).body.code).toBe('report_data_mismatch');
    await service.post(attestPath, good).expect(200);
    const denied = await attestBody(service, {}, { measurement: OTHER_MEASUREMENT });
    expect((await service.post(attestPath, denied)).body.code).toBe('measurement_not_allowed');
    expect((await service.post(attestPath, denied)).body.code).toBe('nonce_replayed');
  });
});
