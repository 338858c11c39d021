import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mintTd, writeTd } from '../../../src/simulator/index.js';
import { SIMULATED_AT } from '../../simulated-vendor.js';
import { pemBlocks, simulatedIntel, takeApart } from './simulated-intel.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-td-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const ALL = [
  ...['pck_crl.der', 'pck_crl_issuer_chain.pem', 'qe_identity.json', 'quote.bin', 'reference-values.json'],
  ...['root-ca.pem', 'root_ca_crl.der', 'tcb_info.json', 'tcb_signing_chain.pem', 'td.json'],
];

const readJson = async (name: string) => JSON.parse(await readFile(join(dir, name), 'utf8'));

describe('a TD as files', () => {
  it('has the endorsement layout and what to expect', async () => {
    const td = await mintTd(await simulatedIntel(), { at: SIMULATED_AT, quoteVersion: 5 });
    expect([...(await writeTd(dir, td))].sort()).toEqual(ALL);
    expect((await readdir(dir)).sort()).toEqual(ALL);
    expect(await readFile(join(dir, 'quote.bin'))).toEqual(Buffer.from(td.evidence));
    expect(await readFile(join(dir, 'tcb_info.json'))).toEqual(Buffer.from(td.documents.tcbInfo ?? []));
    const { body } = takeApart(td.quote);
    const described = await readJson('td.json');
    expect(described).toMatchObject({
      simulated: true,
      fault: null,
      at: SIMULATED_AT.toISOString(),
      quote_version: 5,
      body_type: 3,
      report_data: body.toString('hex', 0x208, 0x248),
      mrtd: body.toString('hex', 0x088, 0x0b8),
      rtmr3: body.toString('hex', 0x1d8, 0x208),
      td_attributes: body.toString('hex', 0x078, 0x080),
      xfam: body.toString('hex', 0x080, 0x088),
      tee_tcb_svn_2: body.toString('hex', 0x248, 0x258),
      mrservicetd: '00'.repeat(48),
      fmspc: 'a55a6f000000',
    });
    expect(await readJson('reference-values.json')).toEqual({
      tee: 'tdx',
      covers: 'boot',
      match: { mrtd: described.mrtd, rtmr1: described.rtmr1, rtmr2: described.rtmr2 },
    });
  });

  it('says nothing of what an older report or another authority leaves out', async () => {
    await writeTd(dir, await mintTd(await simulatedIntel(), { at: SIMULATED_AT, ca: 'processor' }));
    expect(await readJson('td.json')).toMatchObject({
      mrservicetd: null,
      tee_tcb_svn_2: null,
      platform_instance_id: null,
    });
  });

  it('leaves nothing of an earlier TD behind', async () => {
    const intel = await simulatedIntel();
    await writeTd(dir, await mintTd(intel, { at: SIMULATED_AT, fault: 'tdx_fmspc_not_allowed' }));
    expect(await readJson('policy.json')).toEqual({ name: 'one-family', tdx: { fmspcs: ['a55a6f000000'] } });
    await writeTd(dir, await mintTd(intel, { at: SIMULATED_AT, fault: 'collateral_unavailable' }));
    expect((await readdir(dir)).sort()).toEqual(ALL.filter((name) => name !== 'tcb_info.json'));
  });

  it('expects the unfaulted TD, and names the vendor’s root', async () => {
    const intel = await simulatedIntel();
    const reportData = new Uint8Array(64).fill(1);
    await writeTd(dir, await mintTd(intel, { at: SIMULATED_AT, reportData, fault: 'report_data_mismatch' }));
    expect(await readJson('td.json')).toMatchObject({
      fault: 'report_data_mismatch',
      report_data: '01'.repeat(64),
    });
    await writeTd(dir, await mintTd(intel, { at: SIMULATED_AT, fault: 'tdx_pck_chain_untrusted' }));
    const [root] = pemBlocks(await readFile(join(dir, 'root-ca.pem'), 'utf8'));
    expect(root).toEqual(Buffer.from(intel.authorities.root.certificate));
    const quote = takeApart(await readFile(join(dir, 'quote.bin')));
    expect(pemBlocks(quote.inner.toString('latin1'))[2]).not.toEqual(root);
  });
});
