import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  anchorsOf,
  crlDocuments,
  ensureVendor,
  loadVendor,
  mintGuest,
  saveVendor,
} from '../../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../../simulated-vendor.js';

const DAY = 86_400_000;
const later = (days: number) => new Date(SIMULATED_AT.getTime() + days * DAY);
const QUICK = { products: ['Milan'], rsaBits: 2048 } as const;

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-vendor-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe('a simulated vendor on disk', () => {
  it('comes back as it was saved and goes on signing', async () => {
    const vendor = await simulatedVendor();
    const dir = join(home, 'vendor');
    await saveVendor(dir, vendor);
    const loaded = await loadVendor(dir);
    expect(anchorsOf(loaded)).toEqual(anchorsOf(vendor));
    expect(crlDocuments(loaded)).toEqual(crlDocuments(vendor));
    const lists = (from: typeof vendor) => [...from.products.values()].map(({ crls }) => crls);
    expect(lists(loaded)).toEqual(lists(vendor));
    const guest = await mintGuest(loaded, { at: SIMULATED_AT, product: 'Turin' });
    expect(guest.arkDer).toEqual(vendor.products.get('Turin')?.ark.certificate);
  });

  it('keeps directories and files to their owner', async () => {
    const dir = join(home, 'vendor');
    await saveVendor(dir, await simulatedVendor());
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
    expect(await modeOf(dir)).toBe(0o700);
    for (const product of ['Milan', 'Genoa', 'Turin']) {
      expect(await modeOf(join(dir, product))).toBe(0o700);
      for (const file of await readdir(join(dir, product))) {
        expect([file, await modeOf(join(dir, product, file))]).toEqual([file, 0o600]);
      }
    }
    expect(await readdir(dir)).toHaveLength(3);
  });

  it('is minted once and kept', async () => {
    const dir = join(home, 'new');
    expect((await loadVendor(dir)).products.size).toBe(0);
    const first = await ensureVendor(dir, SIMULATED_AT, QUICK);
    const again = await ensureVendor(dir, later(1), QUICK);
    expect([...first.products.keys()]).toEqual(['Milan']);
    expect(crlDocuments(again)).toEqual(crlDocuments(first));
    expect(anchorsOf(again)).toEqual(anchorsOf(first));
  });

  it('gets new lists past half of their life, under the same root, and on disk too', async () => {
    const first = await ensureVendor(home, SIMULATED_AT, QUICK);
    expect(crlDocuments(await ensureVendor(home, later(180), QUICK))).toEqual(crlDocuments(first));
    const renewed = await ensureVendor(home, later(190), QUICK);
    expect(anchorsOf(renewed)).toEqual(anchorsOf(first));
    expect(crlDocuments(renewed)).not.toEqual(crlDocuments(first));
    expect(renewed.products.get('Milan')?.crls.vcek.nextUpdate?.getTime()).toBeGreaterThan(
      later(550).getTime(),
    );
    expect(crlDocuments(await loadVendor(home))).toEqual(crlDocuments(renewed));
    expect((await readdir(join(home, 'Milan'))).sort()).toHaveLength(8);
  });

  it('judges the past by lists of that time, and keeps the newer ones', async () => {
    const first = await ensureVendor(home, SIMULATED_AT, QUICK);
    const past = await ensureVendor(home, later(-30), QUICK);
    expect(anchorsOf(past)).toEqual(anchorsOf(first));
    const list = past.products.get('Milan')?.crls.vlek;
    expect(list?.thisUpdate.getTime()).toBeLessThan(later(-30).getTime());
    expect(list?.nextUpdate?.getTime()).toBeGreaterThan(later(-30).getTime());
    expect(crlDocuments(await loadVendor(home))).toEqual(crlDocuments(first));
  });

  it('is one and the same for two processes that start on an empty directory', async () => {
    const simulator = new URL('../../../src/simulator/index.js', import.meta.url).href;
    const script = `
      const { ensureVendor, anchorsOf } = await import(${JSON.stringify(simulator)});
      const at = new Date(${SIMULATED_AT.getTime()});
      const vendor = await ensureVendor(process.argv[1], at, ${JSON.stringify(QUICK)});
      process.stdout.write(Buffer.from(anchorsOf(vendor).vendors.amd.roots[0]).toString('hex'));`;
    const dir = join(home, 'shared');
    const run = () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script, dir], {
        env: { ...process.env, NODE_OPTIONS: '' },
      });
    const [one, two, three] = await Promise.all([run(), run(), run()]);
    expect(one.stdout.length).toBeGreaterThan(1000);
    expect(two.stdout).toBe(one.stdout);
    expect(three.stdout).toBe(one.stdout);
    expect(await readdir(dir)).toEqual(['Milan']);
    expect(await readFile(join(dir, 'Milan', 'ark.key.pem'), 'utf8')).toContain('PRIVATE KEY');
  });
});
