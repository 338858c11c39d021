import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { saveIntel, saveVendor } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { type GuestPlace, makeGuestPlace } from './guest-directory.js';
import { assay, type Run } from './run-assay.js';

const COMMAND = fileURLToPath(new URL('../../../bin/assay.js', import.meta.url));

let place: GuestPlace;
let dir: string;

beforeAll(async () => {
  place = await makeGuestPlace();
  dir = place.path('vendor');
  await saveVendor(dir, await simulatedVendor());
  await saveIntel(dir, await simulatedIntel());
});
afterAll(() => place.remove());

/** Runs the command until `use` has done what it wants with the address that was printed. */
async function serving(flags: readonly string[], use: (url: string) => Promise<void>): Promise<Run> {
  let stop = (): void => undefined;
  const interrupted = new Promise<void>((resolve) => {
    stop = resolve;
  });
  let using: Promise<void> = Promise.resolve();
  const run = await assay(['simulate', 'vendor', dir, '--serve', ...flags], {
    interrupted,
    reading: (text) => {
      const url = /simulated: (http:\S+)$/u.exec(text)?.[1];
      if (url !== undefined) using = use(url).finally(stop);
    },
  });
  await using;
  return run;
}

const statusOf = async (address: string) => (await fetch(address)).status;
const LEVELS = 'blSPL=4&teeSPL=0&snpSPL=29&ucodeSPL=222';
const VCEK = `/vcek/v1/Milan/${'ab'.repeat(64)}?${LEVELS}`;

describe('assay simulate vendor --serve', () => {
  test('answers until it is interrupted, rationed as AMD does, and says what was asked', async () => {
    const { code, out } = await serving([], async (url) => {
      expect(await statusOf(`${url}/vcek/v1/Milan/crl`)).toBe(200);
      expect([await statusOf(url + VCEK), await statusOf(url + VCEK)]).toEqual([200, 429]);
    });
    expect(code).toBe(0);
    expect(out).toMatch(/^AMD's and Intel's services, simulated: http:\/\/127\.0\.0\.1:\d+$/mu);
    expect(out).toContain('Behaviour: vcek:rate=1/10s. Stop with Ctrl-C.');
    expect(out).toContain(`${SIMULATED_AT.toISOString()} 200 GET /vcek/v1/Milan/crl\n`);
    expect(out).toContain(`${SIMULATED_AT.toISOString()} 429 GET ${VCEK}\n`);
  });

  test('certifies what the guests of the vendor in the directory sign with', async () => {
    const out = place.path('guest');
    await assay(['simulate', 'snp', '--out', out, '--vendor', dir]);
    const own = new X509Certificate(await readFile(`${out}/vcek.der`));
    const { decoded } = JSON.parse((await assay(['inspect', `${out}/report.bin`, '--json'])).out);
    const { bootloader, tee, snp, microcode } = decoded.reported_tcb;
    const levels = `blSPL=${bootloader}&teeSPL=${tee}&snpSPL=${snp}&ucodeSPL=${microcode}`;
    await serving(['--behaviour', 'none'], async (url) => {
      const response = await fetch(`${url}/vcek/v1/Milan/${decoded.chip_id}?${levels}`);
      const served = new X509Certificate(Buffer.from(await response.arrayBuffer()));
      expect(served.publicKey.equals(own.publicKey)).toBe(true);
    });
  });

  test('misbehaves as it is told, at the time and with the recoveries that it is given', async () => {
    const tcb = '/tdx/certification/v4/tcb?fmspc=a55a6f000000';
    const flags = [
      ...['127.0.0.1:0', '--at', '2027-03-01T12:00:00Z'],
      ...['--behaviour', 'kds:not-found', '--behaviour', '/IntelSGXRootCA.der:unavailable=60'],
      ...['--recovery', '2026-12-01T00:00:00Z/2027-02-01T00:00:00Z', '--recovery', '2027-01-01T00:00:00Z'],
    ];
    const { out } = await serving(flags, async (url) => {
      expect(await statusOf(`${url}/vcek/v1/Milan/crl`)).toBe(404);
      const root = await fetch(`${url}/IntelSGXRootCA.der`);
      expect([root.status, root.headers.get('retry-after')]).toEqual([503, '60']);
      const { tcbInfo } = JSON.parse(await (await fetch(url + tcb)).text());
      expect(tcbInfo).toMatchObject({ issueDate: '2027-03-01T00:00:00Z', tcbEvaluationDataNumber: 19 });
      const early = JSON.parse(await (await fetch(`${url}${tcb}&update=early`)).text());
      expect(early.tcbInfo.tcbEvaluationDataNumber).toBe(20);
    });
    expect(out).toContain('Behaviour: kds:not-found /IntelSGXRootCA.der:unavailable=60.');
    expect(out).toContain('2027-03-01T12:00:00.000Z 503 GET /IntelSGXRootCA.der\n');
  });

  test('an address that is taken, and options that are none, are said in words', async () => {
    await serving([], async (url) => {
      const taken = await assay(['simulate', 'vendor', dir, '--serve', new URL(url).host]);
      expect([taken.code, taken.err]).toEqual([2, expect.stringContaining('--serve cannot listen there')]);
    });
    const mistakes: [readonly string[], string][] = [
      [['--serve', 'nowhere'], 'HOST:PORT'],
      [['--serve', '127.0.0.1:70000'], 'HOST:PORT'],
      [['--behaviour', 'down'], 'add --serve'],
      [['--recovery', '2026-12-01T00:00:00Z'], 'add --serve'],
      [['--serve', '--behaviour', 'lazy'], 'wrong-signature'],
      [['--serve', '--recovery', '2026-12-01'], '--recovery takes an instant'],
      [['--serve', '--recovery', '2026-12-01T00:00:00Z/2026-11-01T00:00:00Z'], 'one after the other'],
    ];
    for (const [flags, words] of mistakes) {
      const { code, err } = await assay(['simulate', 'vendor', dir, ...flags]);
      expect([code, err]).toEqual([2, expect.stringContaining(words)]);
    }
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('as a process it ends by itself at %s', async (signal) => {
    const args = [COMMAND, 'simulate', 'vendor', dir, '--serve', '--behaviour', 'silent'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    let waiting: Promise<unknown> = Promise.resolve();
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /simulated: (http:\S+)$/u.exec(line)?.[1];
      if (url !== undefined) waiting = fetch(`${url}/vcek/v1/Milan/crl`).catch(() => 'cut off');
      if (line.endsWith('Stop with Ctrl-C.')) child.kill(signal);
    }
    expect([await ended, await waiting]).toEqual([[0, null], 'cut off']);
  });

  test('the help names every behaviour', async () => {
    const { out } = await assay(['simulate', 'vendor', '--help']);
    const listed = out.split('\n').filter((line) => /^ {2}[a-z-]+(\[?=[A-Z/s]+\]?)? {2,}\S/u.test(line));
    const words = listed.map((line) => /^ {2}([a-z-]+)/u.exec(line)?.[1]);
    expect(words).toEqual(
      expect.arrayContaining(['slow', 'rate', 'redirect', 'oversized', 'truncated', 'expired']),
    );
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
