/** A guest as `assay simulate` writes it, judged by `assay verify` from those files alone. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pc from 'picocolors';
import { main } from '../../src/cli/main.js';
import type { RefusalClass, RefusalCode } from '../../src/rats/refusal.js';
import { refusalEntry } from '../../src/rats/refusal.js';
import { FAULTS, mintGuest, writeGuest } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-fault-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const EXIT_CODES: Readonly<Partial<Record<RefusalClass, number>>> = {
  refused: 1,
  malformed: 2,
  denied: 3,
  undecided: 4,
};

interface Ran {
  readonly exitCode: number;
  readonly verdict: Readonly<Record<string, unknown>>;
}

async function verifyFiles(written: readonly string[]): Promise<Ran> {
  const guest = JSON.parse(await readFile(join(dir, 'guest.json'), 'utf8'));
  const policy = written.includes('policy.json') ? ['--policy', join(dir, 'policy.json')] : [];
  let output = '';
  const exitCode = await main(
    [
      ...['verify', join(dir, 'report.bin'), '--json', '--at', guest.at],
      ...['--endorsements', dir, '--trust-anchor', join(dir, 'ark.pem')],
      ...['--reference-values', join(dir, 'reference-values.json')],
      ...['--report-data', guest.report_data, ...policy],
    ],
    {
      out: (text) => {
        output += text;
      },
      err: () => {},
      readInput: async () => new Uint8Array(),
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
    const { exitCode, verdict } = await verifyFiles(written);
    expect(verdict).toMatchObject({ authentic: true, status: 'affirming', code: null, simulated: true });
    expect(exitCode).toBe(0);
  });

  test.each(FAULTS)('with the fault %s earns it', async (fault: RefusalCode) => {
    const guest = await mintGuest(await simulatedVendor(), { at: SIMULATED_AT, fault });
    const { exitCode, verdict } = await verifyFiles(await writeGuest(dir, guest));
    expect(verdict.code).toBe(fault);
    expect(exitCode).toBe(EXIT_CODES[refusalEntry(fault).class]);
  });
});
