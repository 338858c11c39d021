/** What is kept of a genuine quote, member by member, and what of it is not. */
import { describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import type { TdOptions } from '../../../src/simulator/index.js';
import { enclaveTd, evidenceOf, tdOf } from './judged.js';

const INSTANCE = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
const PPID = Uint8Array.from({ length: 16 }, (_, index) => index + 101);
const SVNS = {
  components: [9, 9, 3, 3, 5, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 7],
  pceSvn: 16,
  teeTcbSvn: Uint8Array.from([7, 1, 9, ...new Uint8Array(13)]),
};

async function recollected(options: Omit<TdOptions, 'at'> = {}) {
  const { evidence } = await evidenceOf(await tdOf(options));
  const { recollection, claims, endorsementsUsed } = evidence;
  return { ...recollection, facts: recollection.facts(), claims, endorsementsUsed };
}

describe('the machine', () => {
  test('is the platform instance, where the certificate names one', async () => {
    expect((await recollected({ platformInstanceId: INSTANCE, ppid: PPID })).machine).toBe(hexOf(INSTANCE));
  });

  test('is the PPID otherwise', async () => {
    expect((await recollected({ ca: 'processor', ppid: PPID })).machine).toBe(hexOf(PPID));
  });
});

describe('the state', () => {
  const platform = '9,9,3,3,5,1,0,5,0,0,0,0,0,0,0,7.16';
  const module = `070109${'00'.repeat(13)}`;

  test('is the SVNs of platform and module', async () => {
    expect((await recollected({ ...SVNS, quoteVersion: 4 })).state).toBe(`${platform}.${module}`);
  });

  test('is those of the module now running too, where the quote says', async () => {
    const teeTcbSvn2 = Uint8Array.from([8, 1, 9, ...new Uint8Array(13)]);
    const { state } = await recollected({ ...SVNS, teeTcbSvn2, quoteVersion: 5, bodyType: 3 });
    expect(state).toBe(`${platform}.${module}.080109${'00'.repeat(13)}`);
  });
});

describe('the facts', () => {
  test('are the claims but for the request, the SVNs, the enclave, and when the certificates end', async () => {
    const { facts, claims, endorsementsUsed } = await recollected({ ...SVNS, quoteVersion: 4 });
    const { report_data, ...others } = claims;
    expect(typeof report_data).toBe('string');
    const certificates = ['tdx-pck', 'tdx-pck-ca', 'tdx-root-ca'].map((kind) => ({
      kind,
      not_after: endorsementsUsed.find((one) => one.kind === kind)?.not_after,
    }));
    for (const { not_after } of certificates) expect(not_after).toMatch(/^20\d\d-.*T.*\.000Z$/);
    expect(facts).toMatchObject({
      claims: others,
      pck: { issued_by: 'platform', components: SVNS.components, pce_svn: 16 },
      revocation_checked: true,
      tier_cap: 'affirming',
      certificates,
    });
    expect(facts.claims).toEqual(others);
    expect(facts.certificates).toEqual(certificates);
  });

  test('have the enclave’s own report, not the identity that it fits', async () => {
    const td = await enclaveTd(() => ({ isvSvn: 0x0506 }));
    const { evidence } = await evidenceOf(td);
    const qe = Buffer.from(td.quote).subarray(636 + 134);
    expect(evidence.recollection.facts().qe).toEqual({
      misc_select: qe.readUInt32LE(16),
      attributes: qe.subarray(48, 64).toString('hex'),
      mr_signer: qe.subarray(128, 160).toString('hex'),
      isv_prod_id: 2,
      isv_svn: 0x0506,
    });
  });

  test('say which authority issued the certificate', async () => {
    expect((await recollected({ ca: 'processor' })).facts.pck).toMatchObject({ issued_by: 'processor' });
  });
});
