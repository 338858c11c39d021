import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mintGuest, writeGuest } from '../../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../../simulated-vendor.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-guest-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const COMMON = ['ark.pem', 'chain.pem', 'guest.json', 'reference-values.json', 'report.bin'];

describe('a guest as files', () => {
  it('has the endorsement layout and what to expect', async () => {
    const guest = await mintGuest(await simulatedVendor(), { at: SIMULATED_AT });
    const written = await writeGuest(dir, guest);
    expect([...written].sort()).toEqual([...COMMON, 'vcek.der', 'vcek_crl.der', 'vlek_crl.der'].sort());
    expect((await readdir(dir)).sort()).toEqual([...written].sort());
    expect(await readFile(join(dir, 'report.bin'))).toEqual(Buffer.from(guest.evidence));
    const described = JSON.parse(await readFile(join(dir, 'guest.json'), 'utf8'));
    const field = (from: number, to: number) => Buffer.from(guest.report.subarray(from, to)).toString('hex');
    expect(described).toMatchObject({
      simulated: true,
      fault: null,
      report_data: field(0x50, 0x90),
      measurement: field(0x90, 0xc0),
      chip_id: field(0x1a0, 0x1e0),
    });
    expect(JSON.parse(await readFile(join(dir, 'reference-values.json'), 'utf8'))).toEqual({
      tee: 'sev-snp',
      covers: 'boot',
      match: { measurement: described.measurement },
    });
  });

  it('names no chip where the report names none', async () => {
    await writeGuest(dir, await mintGuest(await simulatedVendor(), { at: SIMULATED_AT, signingKey: 'VLEK' }));
    const described = JSON.parse(await readFile(join(dir, 'guest.json'), 'utf8'));
    expect(described).toMatchObject({ signing_key: 'VLEK', chip_id: '0'.repeat(128) });
  });

  it('leaves nothing of an earlier guest behind', async () => {
    const vendor = await simulatedVendor();
    await writeGuest(dir, await mintGuest(vendor, { at: SIMULATED_AT, fault: 'snp_policy_smt' }));
    expect(await readdir(dir)).toContain('policy.json');
    await writeGuest(dir, await mintGuest(vendor, { at: SIMULATED_AT, signingKey: 'VLEK' }));
    expect((await readdir(dir)).sort()).toEqual(
      [...COMMON, 'vcek_crl.der', 'vlek.der', 'vlek_crl.der'].sort(),
    );
    await writeGuest(dir, await mintGuest(vendor, { at: SIMULATED_AT, fault: 'collateral_unavailable' }));
    expect(await readdir(dir)).not.toContain('vcek_crl.der');
  });

  it('expects the unfaulted guest: what is written is what a verifier should ask for', async () => {
    const fault = 'report_data_mismatch';
    const reportData = new Uint8Array(64).fill(1);
    const guest = await mintGuest(await simulatedVendor(), { at: SIMULATED_AT, reportData, fault });
    await writeGuest(dir, guest);
    const described = JSON.parse(await readFile(join(dir, 'guest.json'), 'utf8'));
    expect(described).toMatchObject({ fault, report_data: '01'.repeat(64) });
    expect(Buffer.from(guest.report.subarray(0x50, 0x90)).toString('hex')).toBe('fe'.repeat(64));
  });

  it('names the root that the vendor stands for, not the one a forger sends', async () => {
    const vendor = await simulatedVendor();
    await writeGuest(dir, await mintGuest(vendor, { at: SIMULATED_AT, fault: 'snp_chain_untrusted' }));
    const anchor = await readFile(join(dir, 'ark.pem'), 'utf8');
    const ark = vendor.products.get('Milan')?.ark.certificate ?? new Uint8Array();
    expect(anchor.replace(/-----.*-----|\n/g, '')).toBe(Buffer.from(ark).toString('base64'));
    expect(await readFile(join(dir, 'chain.pem'), 'utf8')).not.toContain(anchor);
  });
});
