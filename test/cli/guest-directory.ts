/** Simulated guests as directories, in one temporary place per test file. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GuestOptions, mintGuest, type SimulatedGuest, writeGuest } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';

export interface GuestDirectory {
  readonly guest: SimulatedGuest;
  readonly dir: string;
  readonly report: string;
  /** `--endorsements`, `--trust-anchor`, `--at`. */
  readonly trust: readonly string[];
  /** `--reference-values`, `--report-data`, and `--policy` where the fault needs one. */
  readonly expectations: readonly string[];
}

export interface GuestPlace {
  write(options?: Omit<GuestOptions, 'at'>): Promise<GuestDirectory>;
  path(name: string): string;
  remove(): Promise<void>;
}

export async function makeGuestPlace(): Promise<GuestPlace> {
  const root = await mkdtemp(join(tmpdir(), 'assay-cli-'));
  let count = 0;
  return {
    async write(options = {}) {
      count += 1;
      const dir = join(root, `guest-${count}`);
      const guest = await mintGuest(await simulatedVendor(), { at: SIMULATED_AT, ...options });
      await writeGuest(dir, guest);
      return describe(dir, guest);
    },
    path: (name) => join(root, name),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

async function describe(dir: string, guest: SimulatedGuest): Promise<GuestDirectory> {
  const { report_data: reportData } = JSON.parse(await readFile(join(dir, 'guest.json'), 'utf8'));
  return {
    guest,
    dir,
    report: join(dir, 'report.bin'),
    trust: [
      ...['--endorsements', dir],
      ...['--trust-anchor', join(dir, 'ark.pem')],
      ...['--at', SIMULATED_AT.toISOString()],
    ],
    expectations: [
      ...['--reference-values', join(dir, 'reference-values.json')],
      ...['--report-data', String(reportData)],
      ...(guest.policy === null ? [] : ['--policy', join(dir, 'policy.json')]),
    ],
  };
}
