import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FAULTS, saveIntel, saveVendor, TD_FAULTS } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';
import { simulatedIntel } from '../simulator/intel/simulated-intel.js';
import { type GuestPlace, makeGuestPlace } from './guest-directory.js';
import { assay } from './run-assay.js';

let place: GuestPlace;
let vendor: readonly string[];

beforeAll(async () => {
  place = await makeGuestPlace();
  await saveVendor(place.path('vendor'), await simulatedVendor());
  await saveIntel(place.path('vendor'), await simulatedIntel());
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

  test('vendor makes both vendors where there is none', async () => {
    const { code, out } = await assay(['simulate', 'vendor', place.path('vendor')]);
    expect(code).toBe(0);
    expect(out).toContain('a simulated Intel for the FMSPCs a55a6f000000, a55a7f000000');
    expect(await readdir(place.path('vendor'))).toEqual(
      expect.arrayContaining(['Milan', 'Genoa', 'Turin', 'Intel']),
    );
  });
});

async function td(name: string, ...flags: readonly string[]) {
  const dir = place.path(name);
  const run = await assay(['simulate', 'tdx', '--out', dir, ...vendor, ...flags]);
  return { ...run, dir };
}

describe('assay simulate tdx', () => {
  test.each(['4', '5'])('writes what assay verify reads, and says how: version %s', async (version) => {
    const { code, dir, out } = await td(`td-${version}`, '--quote-version', version);
    expect(code).toBe(0);
    expect(await readdir(dir)).toEqual(
      expect.arrayContaining(['quote.bin', 'tcb_info.json', 'qe_identity.json', 'pck_crl.der', 'td.json']),
    );
    const hint = /^Try: assay (.+)$/mu.exec(out)?.[1] ?? '';
    const verified = await assay(hint.split(' '));
    expect(verified.out).toContain('(affirming)');
    expect(verified.code).toBe(0);
  });

  test('writes the event log too, and a fault of it', async () => {
    const { dir, out } = await td('td-logged');
    expect(await readdir(dir)).toContain('event_log.bin');
    expect(out).toContain(`--event-log ${dir}/event_log.bin`);
    const sound = /^Try: assay (.+)$/mu.exec(out)?.[1] ?? '';
    const { out: said } = await assay(sound.split(' '));
    expect(said).toMatch(/event log +replays to all four; events: rtmr0 4, rtmr1 6, rtmr2 2, rtmr3 0/u);
    const without = sound.replace(/ --event-log \S+/u, '');
    expect((await assay(without.split(' '))).out).not.toContain('event log');
    for (const fault of ['event_log_malformed', 'event_log_replay_mismatch', 'event_digest_mismatch']) {
      const faulted = await td(`td-${fault}`, '--fault', fault);
      const hint = /^Try: assay (.+)$/mu.exec(faulted.out)?.[1] ?? '';
      const { code, out: verdict } = await assay([...hint.split(' '), '--json']);
      expect(code).toBe(fault === 'event_log_malformed' ? 2 : 1);
      expect(JSON.parse(verdict)).toMatchObject({ code: fault, claims: null });
    }
    const required = await td('td-required', '--fault', 'event_log_required');
    expect(await readdir(required.dir)).not.toContain('event_log.bin');
    const hint = /^Try: assay (.+)$/mu.exec(required.out)?.[1] ?? '';
    const { code, out: verdict } = await assay([...hint.split(' '), '--json']);
    expect(code).toBe(3);
    expect(JSON.parse(verdict)).toMatchObject({ code: 'event_log_required', authentic: true });
  });

  test('puts the given bytes into the quote; --measurement is another name for --mrtd', async () => {
    const reportData = 'ab'.repeat(64);
    const mrtd = 'cd'.repeat(48);
    for (const name of ['--mrtd', '--measurement']) {
      const { dir } = await td('td-given', '--report-data', reportData, name, mrtd);
      const { out } = await assay(['inspect', `${dir}/quote.bin`, '--json']);
      expect(JSON.parse(out).decoded).toMatchObject({ report_data: reportData, mrtd });
    }
    const both = await td('td-both', '--mrtd', mrtd, '--measurement', mrtd);
    expect(both.code).toBe(2);
    const short = await td('td-short', '--mrtd', 'cd');
    expect([short.code, short.err.includes('--mrtd')]).toEqual([2, true]);
  });

  test('a debug TD in configfs-tsm files, at another time', async () => {
    const at = '2025-03-01T00:00:00Z';
    const { dir } = await td('td-debug', '--debug', '--at', at, '--envelope', 'configfs-tsm');
    const trust = ['--endorsements', dir, '--trust-anchor', `${dir}/root-ca.pem`, '--at', at];
    const { out } = await assay(['verify', `${dir}/quote.bin`, ...trust, '--json']);
    expect(JSON.parse(out)).toMatchObject({ code: 'tdx_debug_td', envelope: 'configfs-tsm' });
  });

  test('one fault, and none that does not exist', async () => {
    const { code, dir } = await td('td-faulted', '--fault', 'tdx_platform_not_allowed');
    expect(code).toBe(0);
    expect(await readdir(dir)).toContain('policy.json');
    const unknown = await td('td-unknown', '--fault', 'snp_policy_debug');
    expect(unknown.code).toBe(2);
    for (const fault of TD_FAULTS) expect(unknown.err).toContain(fault);
  });

  test('leaves the vendor as it was, and makes one where there is none', async () => {
    const read = () => readFile(`${place.path('vendor')}/Intel/tcb_info_a55a6f000000.json`);
    const before = await read();
    await td('td-past', '--at', '2024-01-01T00:00:00Z');
    expect(await read()).toEqual(before);
    const env = { ASSAY_DATA_DIR: place.path('td-data') };
    const run = await assay(['simulate', 'tdx', '--out', place.path('td-default')], { env });
    expect(run.code).toBe(0);
    expect(await readdir(place.path('td-data/simulated'))).toEqual(['Intel']);
  });
});
