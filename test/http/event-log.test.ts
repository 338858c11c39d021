/** Event logs through the doors of a service: registered events, logs beside quotes, and what each code looks like. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { MAX_EVIDENCE_BYTES } from '../../src/http/schemas/evidence.js';
import { type RefusalCode, refusalEntry } from '../../src/rats/refusal.js';
import type { CheckResult, JsonObject } from '../../src/rats/result.js';
import { BOOT_EVENTS, composeEventLog, type TdOptions } from '../../src/simulator/index.js';
import { MAX_LOG_BYTES } from '../../src/tee/tdx/event-log.js';
import { attestBody, bodyFor, evidenceOf, prepare, TD, takeChallenge, tdWith } from './guest.js';
import { SIMULATED_ISSUER, startTestService, type TestService } from './service.js';

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const measured = (index: number) =>
  BOOT_EVENTS.filter((event) => event.index === index).map(({ digest }) => hexOf(digest));
/** Firmware, and everything that it started, event by event. */
const EVENTS = [
  { register: 'rtmr1', measured: measured(2) },
  { register: 'rtmr2', measured: measured(3) },
];
const LOG = composeEventLog(BOOT_EVENTS);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

function padded(bytes: Uint8Array, length: number, filling: number): Uint8Array {
  const whole = new Uint8Array(length).fill(filling);
  whole.set(bytes);
  return whole;
}

let service: TestService;
const admin = (path: string, body: object) => service.post(`/simulated/v1${path}`, body, service.adminKey);
const versions = (workload: string) => `/workloads/${workload}/reference-values`;

beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
  await admin('/workloads', { name: 'logged' }).expect(201);
  const match = { mrtd: hexOf(TD.mrtd), events: EVENTS };
  await admin(versions('logged'), { tee: 'tdx', match, activate: true }).expect(201);
  await admin('/audiences', { name: 'logged', workloads: ['logged'] }).expect(201);
});
afterAll(() => service.close());

const logged = (options: Partial<TdOptions> = {}): Partial<TdOptions> => ({
  rtmrs: undefined,
  eventLog: BOOT_EVENTS,
  ...options,
});

function submission(options: Partial<TdOptions> = {}, audience = 'logged'): Promise<JsonObject> {
  return bodyFor(service, { audience, mint: (reportData) => tdWith(reportData, logged(options)) });
}
const attest = (body: JsonObject) => service.post('/simulated/v1/attest', body);
/** The checks of a denial's decision. */
async function recordOf(problem: JsonObject): Promise<readonly CheckResult[]> {
  const path = String(problem.instance).slice(new URL(SIMULATED_ISSUER).origin.length);
  return (await service.get(path, service.adminKey).expect(200)).body.checks;
}
const failedOf = (checks: unknown): readonly string[] =>
  (checks as CheckResult[]).filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);

describe('named events', () => {
  test('that cover the boot are as good as the registers: a token that affirms', async () => {
    const { status, body } = await attest(await submission());
    expect({ status, code: body.code, result: body.status }).toEqual({ status: 200, result: 'affirming' });
    expect(decodeJwt(body.token)).toMatchObject({ ear_status: 'affirming', att: { workload: 'logged' } });
    const decision = await service.get(`/simulated/v1/decisions/${body.decision}`, service.adminKey);
    const checks = decision.body.checks as readonly CheckResult[];
    for (const id of [
      'event_log_malformed',
      'event_log_replay_mismatch',
      'event_digest_mismatch',
      'event_log_required',
      'measurement_not_allowed',
    ]) {
      expect(checks.filter((check) => check.id === id)).toMatchObject([{ outcome: 'pass' }]);
    }
  });

  test('come through with the longest log beside the longest evidence', async () => {
    const longest = async (reportData: Uint8Array) => {
      const td = await tdWith(reportData, logged({ envelope: 'configfs-tsm' }));
      return {
        ...td,
        evidence: padded(td.evidence, MAX_EVIDENCE_BYTES, 0x20),
        eventLog: padded(td.eventLog ?? LOG, MAX_LOG_BYTES, 0xff),
      };
    };
    const { status, body } = await attest(await bodyFor(service, { audience: 'logged', mint: longest }));
    expect({ status, code: body.code }).toEqual({ status: 200, code: undefined });
  });

  test('are shown as they were registered, and found however many workloads share the firmware', async () => {
    const { body } = await service.get(`/simulated/v1${versions('logged')}/1`, service.adminKey).expect(200);
    expect(body.match).toEqual({
      mrtd: [hexOf(TD.mrtd)],
      events: EVENTS.map(({ register }, place) => ({
        register,
        // Separators and the firmware's own actions do not count.
        measured: place === 0 ? [measured(2)[2], measured(2)[3]].sort() : measured(3).sort(),
      })),
    });
    for (let count = 0; count < 6; count += 1) {
      await admin('/workloads', { name: `a-neighbour-${count}` }).expect(201);
      const other = [{ register: 'rtmr2', measured: [`${count}`.repeat(96)] }];
      const match = { mrtd: hexOf(TD.mrtd), events: other };
      const path = versions(`a-neighbour-${count}`);
      await admin(path, { tee: 'tdx', match, activate: true }).expect(201);
    }
    await admin('/audiences', { name: 'anybody', workloads: '*' }).expect(201);
    const reply = await attest(await submission({}, 'anybody'));
    expect(reply.body).toMatchObject({ status: 'affirming', workload: 'logged' });
  });

  test('of one register alone say of the other nothing: a warning', async () => {
    await admin('/workloads', { name: 'kernel-only' }).expect(201);
    const match = { mrtd: hexOf(TD.mrtd), events: EVENTS.slice(0, 1) };
    await admin(versions('kernel-only'), { tee: 'tdx', match, activate: true }).expect(201);
    await admin('/audiences', { name: 'kernel-only', workloads: ['kernel-only'] }).expect(201);
    const { status, body } = await attest(await submission({}, 'kernel-only'));
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'status_below_minimum' });
    const below = (await recordOf(body)).find(({ id }) => id === 'status_below_minimum');
    expect(below?.observed).toMatch(/rtmr2/);
    expect(below?.observed).not.toMatch(/`rtmr1`/);
  });

  test('and the registers of others meet: pinned RTMR2, named events of RTMR1', async () => {
    await admin('/workloads', { name: 'both' }).expect(201);
    const [, , rtmr2] = (await tdWith(new Uint8Array(64), logged())).actual.rtmrs;
    const any = { register: 'rtmr1', measured: [measured(2)[3]], partition_tables: 'any' };
    const match = { mrtd: hexOf(TD.mrtd), rtmr2: hexOf(rtmr2), events: [any] };
    await admin(versions('both'), { tee: 'tdx', match, activate: true }).expect(201);
    await admin('/audiences', { name: 'both', workloads: ['both'] }).expect(201);
    expect((await attest(await submission({}, 'both'))).body.status).toBe('affirming');
  });

  test('with another one in the register are denied, and only the record says what was registered', async () => {
    const other = {
      ...BOOT_EVENTS[7],
      index: 2,
      type: 3,
      digest: Buffer.alloc(48, 0x77),
      data: Buffer.from('x'),
    };
    const eventLog = [...BOOT_EVENTS, { ...other, type: 0x8000_0003 }];
    const { status, body } = await attest(await submission({ eventLog }));
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'measurement_not_allowed' });
    expect(JSON.stringify(await recordOf(body))).toContain('77'.repeat(48));
    for (const { measured: digests } of EVENTS) {
      for (const digest of digests) expect(JSON.stringify(body)).not.toContain(digest);
    }
  });
});

const FAULTS = ['event_log_malformed', 'event_log_replay_mismatch', 'event_digest_mismatch'] as const;

describe('each code of a log', () => {
  test.each(FAULTS)('%s is a refusal that spends nothing, and the sound log has its token', async (fault) => {
    const sound = await submission();
    const bad = { ...sound, evidence: evidenceOf(await tdWith(Buffer.alloc(64), { fault })) };
    const log = (bad.evidence as { cpu: { event_log: string } }).cpu.event_log;
    const faulted = { ...sound, evidence: { cpu: { ...cpuOf(sound), event_log: log } } };
    const { status, body } = await attest(faulted);
    expect({ status, code: body.code }).toEqual({ status: refusalEntry(fault).status, code: fault });
    expect(body.stage).toBe(fault === 'event_log_malformed' ? 'parse' : 'bind');
    if (fault !== 'event_log_malformed') expect(failedOf(body.checks)).toEqual([fault]);
    expect((await attest(sound)).status).toBe(200);
  });

  test('event_log_required is a denial, with the remedy, and the same quote with its log has its token', async () => {
    const sound = await submission();
    const without = await submission({ fault: 'event_log_required' });
    expect([sound, without].map((body) => 'event_log' in cpuOf(body))).toEqual([true, false]);
    const { status, body } = await attest(without);
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'event_log_required' });
    expect(failedOf(body.checks)).toEqual(['event_log_required']);
    const [check] = body.checks as readonly CheckResult[];
    expect(check?.remedy).toMatch(/tables\/data\/CCEL/);
    expect(JSON.stringify(body)).not.toMatch(/version 1|a-neighbour/);
    expect((await attest(sound)).status).toBe(200);
  });

  test.each([...FAULTS, 'event_log_required'] as const)('appraise says %s too', async (code: RefusalCode) => {
    const reportData = Buffer.alloc(64, 7);
    const ask = async (options: Partial<TdOptions>) =>
      service.post(
        '/simulated/v1/appraise',
        {
          evidence: evidenceOf(await tdWith(reportData, logged(options))),
          report_data: '07'.repeat(64),
          workload: 'logged',
        },
        service.adminKey,
      );
    const accepted = await ask({});
    expect(accepted.body).toMatchObject({ authentic: true, status: 'affirming', code: null });
    const refused = await ask({ fault: code });
    const malformed = code === 'event_log_malformed';
    expect({ status: refused.status, code: refused.body.code }).toEqual({
      status: malformed ? 400 : 200,
      code,
    });
    if (malformed) return;
    expect(refused.body.authentic).toBe(code === 'event_log_required');
    expect(failedOf(refused.body.checks)).toEqual([code]);
    if (code !== 'event_log_required') expect(refused.body).toMatchObject({ claims: null, stage: 'bind' });
  });
});

test('a policy that is tried takes the log into account like every other use', async () => {
  const reportData = Buffer.alloc(64, 9);
  const attempt = async (options: Partial<TdOptions>) => {
    const evidence = evidenceOf(await tdWith(reportData, logged(options)));
    const body = { evidence, report_data: hexOf(reportData), workload: 'logged', policy: 'standard' };
    return (await admin('/policies/simulate', body).expect(200)).body.in_force.verdict;
  };
  expect(await attempt({})).toMatchObject({ status: 'affirming', code: null });
  for (const fault of ['event_log_replay_mismatch', 'event_digest_mismatch', 'event_log_required'] as const) {
    expect(await attempt({ fault })).toMatchObject({ code: fault });
  }
});

describe('a log has no place', () => {
  test('beside an SEV-SNP report', async () => {
    const sound = await attestBody(service);
    const body = { ...sound, evidence: { cpu: { ...cpuOf(sound), event_log: base64(LOG) } } };
    const reply = await attest(body);
    expect(reply.body).toMatchObject({ status: 400, code: 'request_invalid', stage: 'parse' });
    expect(reply.body.detail).toMatch(/SEV-SNP report has no registers/);
    expect((await attest(sound)).status).toBe(200);
  });

  test('beside evidence in octets', async () => {
    const sealed = await takeChallenge(service, { audience: 'open', binding: 'raw-nonce' });
    const td = await tdWith(Buffer.from(sealed.report_data ?? '', 'hex'));
    const send = (query: string) =>
      service
        .post(`/simulated/v1/attest?challenge=${sealed.challenge}&audience=open${query}`)
        .set('Content-Type', 'application/octet-stream')
        .send(Buffer.from(td.evidence));
    expect((await send('&event_log=AAAA')).body).toMatchObject({ status: 400, code: 'member_unknown' });
    expect((await send('')).status).toBe(200);
  });

  test.each([
    ['text that is no base64', '*', 'evidence_encoding_invalid', 400],
    ['an empty text', '', 'request_invalid', 400],
    ['a number', 7, 'request_invalid', 400],
    ['more than the largest area', base64(new Uint8Array(256 * 1024 + 1)), 'evidence_too_large', 413],
    ['bytes that are no log', 'AAAA', 'event_log_malformed', 400],
  ] as const)('with %s', async (_what, value, code, status) => {
    const sound = await submission();
    const reply = await attest({ ...sound, evidence: { cpu: { ...cpuOf(sound), event_log: value } } });
    expect({ status: reply.status, code: reply.body.code }).toEqual({ status, code });
  });
});

test('the largest area that clouds have fits into a request', async () => {
  const sound = await submission();
  const padded = new Uint8Array(256 * 1024).fill(0xff);
  padded.set(LOG);
  const reply = await attest({ ...sound, evidence: { cpu: { ...cpuOf(sound), event_log: base64(padded) } } });
  expect(reply.body.status).toBe('affirming');
});

test('event_log_cap_and_order: a forged quote is refused before its log is replayed', async () => {
  const sound = await submission();
  const quote = Buffer.from(String(cpuOf(sound).bytes), 'base64url');
  // In RTMR1: the log would not replay either, and nobody gets to know.
  quote.writeUInt8(quote.readUInt8(0x30 + 0x178) ^ 1, 0x30 + 0x178);
  const evidence = { cpu: { ...cpuOf(sound), bytes: quote.toString('base64url') } };
  const { status, body } = await attest({ ...sound, evidence });
  expect({ status, code: body.code }).toEqual({ status: 422, code: 'tdx_quote_signature_invalid' });
  const entries = (body.checks as readonly CheckResult[]).map(({ id }) => id);
  expect(entries).not.toContain('event_log_replay_mismatch');
});

function cpuOf({ evidence }: JsonObject): JsonObject {
  return (evidence as { readonly cpu: JsonObject }).cpu;
}
