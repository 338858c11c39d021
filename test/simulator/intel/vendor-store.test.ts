import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ensureIntel,
  hasIntel,
  intelAnchorsOf,
  intelFiles,
  loadIntel,
  loadVendor,
  mintTd,
  type SimulatedIntel,
  saveIntel,
} from '../../../src/simulator/index.js';
import { SIMULATED_AT } from '../../simulated-vendor.js';
import { simulatedIntel } from './simulated-intel.js';

const DAY = 86_400_000;
const later = (days: number) => new Date(SIMULATED_AT.getTime() + days * DAY);

/** Documents by name, as hex. */
const stored = ({ documents }: SimulatedIntel) =>
  Object.fromEntries([...documents].map(([name, { bytes }]) => [name, Buffer.from(bytes).toString('hex')]));

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-intel-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe('a simulated Intel on disk', () => {
  it('comes back as it was saved and goes on signing', async () => {
    const intel = await simulatedIntel();
    const dir = join(home, 'vendor');
    await saveIntel(dir, intel);
    const loaded = await loadIntel(dir);
    expect(intelAnchorsOf(loaded)).toEqual(intelAnchorsOf(intel));
    expect(await intelFiles(loaded, SIMULATED_AT)).toEqual(await intelFiles(intel, SIMULATED_AT));
    const windows = (of: SimulatedIntel) =>
      [...of.documents].map(([name, { from, until }]) => [name, from, until]);
    expect(windows(loaded)).toEqual(windows(intel));
    const td = await mintTd(loaded, { at: SIMULATED_AT });
    expect(td.anchorDer).toEqual(intel.authorities.root.certificate);
  });

  it('keeps directories and files to their owner', async () => {
    const dir = join(home, 'vendor');
    await ensureIntel(dir, SIMULATED_AT);
    await ensureIntel(dir, later(20));
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
    expect([await modeOf(dir), await modeOf(join(dir, 'Intel'))]).toEqual([0o700, 0o700]);
    const files = await readdir(join(dir, 'Intel'));
    expect(files).toHaveLength(14);
    for (const file of files) expect([file, await modeOf(join(dir, 'Intel', file))]).toEqual([file, 0o600]);
    expect(await readdir(dir)).toEqual(['Intel']);
  });

  it('is minted once and kept; AMD’s lines know nothing of it', async () => {
    const dir = join(home, 'new');
    expect(await hasIntel(dir)).toBe(false);
    await expect(loadIntel(dir)).rejects.toMatchObject({ refusal: { code: 'request_invalid' } });
    const first = await ensureIntel(dir, SIMULATED_AT);
    const again = await ensureIntel(dir, later(1));
    expect(await hasIntel(dir)).toBe(true);
    expect(stored(again)).toEqual(stored(first));
    expect(intelAnchorsOf(again)).toEqual(intelAnchorsOf(first));
    expect((await loadVendor(dir)).products.size).toBe(0);
  });

  it('gets new documents past half of their life, each in its time, and on disk too', async () => {
    const first = await ensureIntel(home, SIMULATED_AT);
    expect(stored(await ensureIntel(home, later(14)))).toEqual(stored(first));
    const renewed = await ensureIntel(home, later(16));
    expect(intelAnchorsOf(renewed)).toEqual(intelAnchorsOf(first));
    const same = Object.keys(stored(first)).filter((name) => stored(first)[name] === stored(renewed)[name]);
    expect(same).toEqual(['root_ca_crl.der']);
    expect(renewed.documents.get('qe_identity.json')?.until?.getTime()).toBeGreaterThan(later(45).getTime());
    expect(stored(await loadIntel(home))).toEqual(stored(renewed));
    const yearLater = await ensureIntel(home, later(400));
    expect(yearLater.documents.get('root_ca_crl.der')?.until?.getTime()).toBeGreaterThan(
      later(700).getTime(),
    );
  });

  it('judges the past by documents of that time, and keeps the newer ones', async () => {
    const first = await ensureIntel(home, SIMULATED_AT);
    const past = await ensureIntel(home, later(-100));
    expect(intelAnchorsOf(past)).toEqual(intelAnchorsOf(first));
    for (const { from, until } of past.documents.values()) {
      expect(from.getTime()).toBeLessThan(later(-100).getTime());
      expect(until?.getTime()).toBeGreaterThan(later(-100).getTime());
    }
    expect(stored(await loadIntel(home))).toEqual(stored(first));
  });

  it('replaces a document that is missing', async () => {
    const first = await ensureIntel(home, SIMULATED_AT);
    await rm(join(home, 'Intel', 'tcb_info_a55a7f000000.json'));
    const again = await ensureIntel(home, later(1));
    expect(Object.keys(stored(again)).sort()).toEqual(Object.keys(stored(first)).sort());
    expect(intelAnchorsOf(again)).toEqual(intelAnchorsOf(first));
  });

  it('is one and the same for processes that start on an empty directory', async () => {
    const simulator = new URL('../../../src/simulator/index.js', import.meta.url).href;
    const script = `
      const { ensureIntel, intelAnchorsOf } = await import(${JSON.stringify(simulator)});
      const intel = await ensureIntel(process.argv[1], new Date(${SIMULATED_AT.getTime()}));
      process.stdout.write(Buffer.from(intelAnchorsOf(intel).vendors.intel.roots[0]).toString('hex'));`;
    const dir = join(home, 'shared');
    const run = () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script, dir], {
        env: { ...process.env, NODE_OPTIONS: '' },
      });
    const [one, two, three] = await Promise.all([run(), run(), run()]);
    expect(one.stdout.length).toBeGreaterThan(600);
    expect([two.stdout, three.stdout]).toEqual([one.stdout, one.stdout]);
    expect(await readdir(dir)).toEqual(['Intel']);
    expect(await readFile(join(dir, 'Intel', 'root_ca.key.pem'), 'utf8')).toContain('PRIVATE KEY');
  });
});
