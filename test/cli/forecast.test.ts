/** `assay endorsements forecast`: what it asks for, what it prints, and with which code it ends. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { assay } from './run-assay.js';
import { type StubServer, startStubServer } from './stub-server.js';

let server: StubServer;
let reach: readonly string[];
let dir = '';
beforeAll(async () => {
  server = await startStubServer();
  reach = ['--server', server.url, '--key', 'ak_test'];
  dir = await mkdtemp(join(tmpdir(), 'assay-forecast-'));
});
afterAll(async () => {
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

const ROW = {
  at: '2027-05-12T00:00:00.000Z',
  cause: 'tcb-recovery',
  what: 'TCB evaluation 19, early today, becomes the standard one for FMSPC 00806f050000: twelve months after its recovery event of 2026-05-12',
  presumes: null,
  tee: 'tdx',
  policy: 'standard@1',
  from: { status: 'affirming', tcb_status: 'UpToDate', code: null },
  to: { status: 'contraindicated', tcb_status: 'OutOfDate', code: 'tdx_tcb_status_not_accepted' },
  fails: true,
  audiences: ['vault-prod'],
  workloads: ['llm-serving', 'batch'],
  platforms: 12,
  labels: ['rack 7, slot 3'],
  platform_ids: null,
  remedy: 'Have BIOS, microcode, TDX module and quoting service updated and the TD launched again.',
};

const REPLY = {
  now: '2026-11-20T12:00:00.000Z',
  until: '2027-02-18T12:00:00.000Z',
  platforms: 40,
  unjudged: 0,
  truncated: false,
  rows: [ROW],
};

const forecast = (...args: readonly string[]) => assay(['endorsements', 'forecast', ...args, ...reach]);

describe('assay endorsements forecast', () => {
  test('asks for ninety days, or for as many as it is told', async () => {
    server.answer(200, { ...REPLY, rows: [] });
    expect((await forecast()).code).toBe(0);
    expect([server.onlyAsked().method, server.onlyAsked().path]).toEqual([
      'GET',
      '/v1/endorsements/forecast?days=90',
    ]);
    server.answer(200, { ...REPLY, rows: [] });
    await forecast('--days', '7');
    expect(server.onlyAsked().path).toBe('/v1/endorsements/forecast?days=7');
    for (const days of ['0', '367', 'x', '1.5']) {
      server.answer(200, REPLY);
      expect((await forecast('--days', days)).code).toBe(2);
      expect(server.asked).toEqual([]);
    }
  });

  test('prints a calendar in eighty columns, and ends with 3 when something stops passing', async () => {
    server.answer(200, REPLY);
    const { code, out } = await forecast();
    expect(code).toBe(3);
    const lines = out.split('\n');
    expect(lines[0]).toBe('✗ 2027-05-12  TCB evaluation 19, early today, becomes the standard one for FMSPC');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const told = lines.map((line) => line.trim()).join(' ');
    expect(told).toContain('12 platforms (tdx) of llm-serving, batch, policy standard@1');
    expect(told).toContain('rack 7, slot 3');
    expect(told).toContain('affirming (UpToDate) → contraindicated (OutOfDate, tdx_tcb_status_not_accepted)');
    expect(told).toContain('no longer taken by vault-prod');
    expect(told).toContain('Have BIOS, microcode');
    expect(told).toContain('1 of these dates until 2027-02-18 stop some of 40 platforms');
  });

  test('ends with 0 where only documents lapse, or nothing fails', async () => {
    const lapsing = {
      ...ROW,
      cause: 'documents',
      to: { status: 'none', tcb_status: null, code: 'stale_collateral' },
    };
    for (const rows of [[], [lapsing], [{ ...ROW, fails: false }]]) {
      server.answer(200, { ...REPLY, rows });
      const { code, out } = await forecast();
      expect(code).toBe(0);
      expect(out).toContain('Nothing stops passing until 2027-02-18');
    }
    server.answer(200, { ...REPLY, rows: [lapsing] });
    expect((await forecast()).out).toMatch(/^! 2027-05-12/u);
  });

  test('says what is not known: no date, a condition, platforms that could not be judged, more than is shown', async () => {
    const row = { ...ROW, at: null, presumes: 'something else happened' };
    server.answer(200, { ...REPLY, rows: [row], unjudged: 3, truncated: true });
    const { out } = await forecast();
    expect(out).toContain('✗ no date');
    expect(out).toContain('if before: something else happened');
    expect(out).toContain('3 more could not be judged');
    expect(out).toContain('There is more than is shown.');
    server.answer(200, { ...REPLY, platforms: 0, rows: [] });
    expect((await forecast()).out).toContain('Nothing can be foreseen yet');
  });

  test('prints the reply as it came with --json', async () => {
    server.answer(200, REPLY);
    const { code, out } = await forecast('--json');
    expect([code, JSON.parse(out)]).toEqual([3, REPLY]);
  });

  test('sends another table of bulletins', async () => {
    const file = join(dir, 'bulletins.json');
    await writeFile(file, '{"revision":"2027-01"}');
    server.answer(200, { ...REPLY, rows: [] });
    expect((await forecast('--bulletins', file, '--days', '30')).code).toBe(0);
    const asked = server.onlyAsked();
    expect([asked.method, asked.path]).toEqual(['POST', '/v1/endorsements/forecast']);
    expect(JSON.parse(asked.body.toString())).toEqual({ days: 30, bulletins: { revision: '2027-01' } });
    await writeFile(file, 'no JSON');
    server.answer(200, REPLY);
    expect((await forecast('--bulletins', file)).code).toBe(2);
    expect((await forecast('--bulletins', join(dir, 'absent.json'))).code).toBe(2);
    expect(server.asked).toEqual([]);
  });
});
