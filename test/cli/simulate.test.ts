import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FAULTS, saveVendor } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';
import { type GuestPlace, makeGuestPlace } from './guest-directory.js';
import { assay } from './run-assay.js';

let place: GuestPlace;
let vendor: readonly string[];

beforeAll(async () => {
  place = await makeGuestPlace();
  await saveVendor(place.path('vendor'), await simulatedVendor());
  vendor = ['--vendor', place.path('vendor')];
});
afterAll(() => place.remove());

async function guest(name: string, ...flags: readonly string[]) {
  const dir = place.path(name);
  const run = await assay(['simulate', 'snp', '--out', dir, ...vendor, ...flags]);
  return { ...run, dir };
}

describe('assay simulate snp', () => {
  test('writes what assay verify reads, and says how', async () => {
    const { code, dir, out } = await guest('plain');
    expect(code).toBe(0);
    expect(await readdir(dir)).toEqual(
      expect.arrayContaining(['report.bin', 'vcek.der', 'chain.pem', 'vcek_crl.der', 'vlek_crl.der']),
    );
    const hint = /^Try: assay (.+)$/mu.exec(out)?.[1] ?? '';
    const verified = await assay(hint.split(' '));
    expect(verified.out).toContain('(affirming)');
    expect(verified.code).toBe(0);
  });

  test('puts the given bytes into the report', async () => {
    const reportData = 'ab'.repeat(64);
    const measurement = 'cd'.repeat(48);
    const { dir } = await guest('given', '--report-data', reportData, '--measurement', measurement);
    const { out } = await assay(['inspect', `${dir}/report.bin`, '--json']);
    expect(JSON.parse(out).decoded).toMatchObject({ report_data: reportData, measurement });
  });

  test('a debug guest on another product, at another time', async () => {
    const at = '2025-03-01T00:00:00Z';
    const { dir } = await guest('debug', '--debug', '--product', 'Turin', '--at', at);
    const trust = ['--endorsements', dir, '--trust-anchor', `${dir}/ark.pem`, '--at', at];
    const { out } = await assay(['verify', `${dir}/report.bin`, ...trust, '--json']);
    expect(JSON.parse(out)).toMatchObject({ code: 'snp_policy_debug', claims: { product: 'Turin' } });
  });

  test('a VLEK guest', async () => {
    const { dir } = await guest('vlek', '--signing-key', 'VLEK');
    expect(await readdir(dir)).toContain('vlek.der');
  });

  test('one fault, and none that does not exist', async () => {
    const { code } = await guest('faulted', '--fault', 'snp_chip_id_mismatch');
    expect(code).toBe(0);
    const unknown = await guest('unknown', '--fault', 'nonce_replayed');
    expect(unknown.code).toBe(2);
    for (const fault of FAULTS) expect(unknown.err).toContain(fault);
  });

  test('leaves the vendor as it was, whatever the instant', async () => {
    const read = () => readFile(`${place.path('vendor')}/Milan/vcek_crl.der`);
    const before = await read();
    await guest('past', '--at', '2024-01-01T00:00:00Z');
    expect(await read()).toEqual(before);
  });

  test('takes the vendor of the data directory when none is named', async () => {
    const env = { ASSAY_DATA_DIR: place.path('data') };
    await saveVendor(place.path('data/simulated'), await simulatedVendor());
    const run = await assay(['simulate', 'snp', '--out', place.path('default')], { env });
    expect(run.code).toBe(0);
  });
});

describe('assay simulate', () => {
  test('vendor keeps what is there', async () => {
    const args = ['simulate', 'vendor', place.path('vendor'), '--at', SIMULATED_AT.toISOString()];
    const before = await readFile(`${place.path('vendor')}/Milan/ark.pem`, 'utf8');
    const { code, out } = await assay(args);
    expect(code).toBe(0);
    expect(out).toContain('Milan, Genoa, Turin');
    expect(await readFile(`${place.path('vendor')}/Milan/ark.pem`, 'utf8')).toBe(before);
  });

  test('tdx is refused in words', async () => {
    const { code, err } = await assay(['simulate', 'tdx', '--out', place.path('tdx')]);
    expect(code).toBe(2);
    expect(err).toContain('TDX');
  });
});
