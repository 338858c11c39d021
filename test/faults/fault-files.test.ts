/** Guests and TDs as `assay simulate` writes them, judged by `assay verify` from those files alone. Those with a fault: test/refusals. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pc from 'picocolors';
import { main } from '../../src/cli/main.js';
import { mintGuest, mintTd, type TdOptions, writeGuest, writeTd } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-fault-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Names that differ between the TEEs. */
const FILES = {
  snp: { evidence: 'report.bin', description: 'guest.json', anchor: 'ark.pem' },
  tdx: { evidence: 'quote.bin', description: 'td.json', anchor: 'root-ca.pem' },
} as const;

interface Ran {
  readonly exitCode: number;
  readonly verdict: Readonly<Record<string, unknown>>;
}

async function verifyFiles(tee: keyof typeof FILES, written: readonly string[]): Promise<Ran> {
  const { evidence, description, anchor } = FILES[tee];
  const guest = JSON.parse(await readFile(join(dir, description), 'utf8'));
  const policy = written.includes('policy.json') ? ['--policy', join(dir, 'policy.json')] : [];
  const log = written.includes('event_log.bin') ? ['--event-log', join(dir, 'event_log.bin')] : [];
  let output = '';
  const exitCode = await main(
    [
      ...['verify', join(dir, evidence), '--json', '--at', guest.at],
      ...['--endorsements', dir, '--trust-anchor', join(dir, anchor)],
      ...['--reference-values', join(dir, 'reference-values.json')],
      ...['--report-data', guest.report_data, ...policy, ...log],
    ],
    {
      out: (text) => {
        output += text;
      },
      err: () => {},
      readInput: async () => new Uint8Array(),
      interrupted: async () => undefined,
      colours: pc.createColors(false),
      env: {},
      now: () => SIMULATED_AT,
    },
  );
  return { exitCode, verdict: JSON.parse(output) };
}

describe('a guest on disk', () => {
  test('without a fault is affirming', async () => {
    const written = await writeGuest(dir, await mintGuest(await simulatedVendor(), { at: SIMULATED_AT }));
    const { exitCode, verdict } = await verifyFiles('snp', written);
    expect(verdict).toMatchObject({ authentic: true, status: 'affirming', code: null, simulated: true });
    expect(exitCode).toBe(0);
  });
});

describe('a TD on disk', () => {
  const judged = async (options: Omit<TdOptions, 'at'>): Promise<Ran> => {
    const td = await mintTd(await simulatedIntel(), { at: SIMULATED_AT, ...options });
    return verifyFiles('tdx', await writeTd(dir, td));
  };

  test.each([
    { quoteVersion: 4, ca: 'platform' },
    { quoteVersion: 5, ca: 'processor' },
  ] as const)('without a fault is affirming: version $quoteVersion, $ca CA', async (options) => {
    const { exitCode, verdict } = await judged(options);
    expect(verdict).toMatchObject({ authentic: true, status: 'affirming', code: null, simulated: true });
    expect(exitCode).toBe(0);
  });

  test('takes the place of another one: nothing of the faulty one is left behind', async () => {
    await judged({ fault: 'tdx_fmspc_not_allowed' });
    const { exitCode, verdict } = await judged({});
    expect({ exitCode, code: verdict.code }).toEqual({ exitCode: 0, code: null });
  });
});
