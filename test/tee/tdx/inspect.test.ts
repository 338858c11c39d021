import { describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import { inspectEvidence, parseEvidence } from '../../../src/tee/registry.js';
import { tdxScheme } from '../../../src/tee/tdx/index.js';
import { changedTd, evidenceOf, flipped, refusalOf, tdOf, textBytes } from './judged.js';
import { counting, sketchQuote } from './sample-quote.js';

const shown = (evidence: Uint8Array) => inspectEvidence('auto', evidence).decoded;

describe('inspect', () => {
  test.each([
    [4, 2],
    [5, 2],
    [5, 3],
  ] as const)(
    'shows what authentication would claim: version %i, body type %i',
    async (quoteVersion, bodyType) => {
      for (const envelope of ['raw', 'padded', 'configfs-tsm'] as const) {
        const td = await tdOf({ quoteVersion, bodyType, envelope });
        const { evidence } = await evidenceOf(td);
        expect(inspectEvidence('tdx', td.evidence)).toMatchObject({
          tee: 'tdx',
          envelope: envelope === 'configfs-tsm' ? envelope : 'raw',
          decoded: { ...evidence.claims },
        });
      }
    },
  );

  test('shows what is around the body: key, signature, quoting enclave, certificates', async () => {
    const td = await tdOf();
    const decoded = shown(td.evidence);
    const data = Buffer.from(td.quote).subarray(636);
    expect(decoded).toMatchObject({
      attestation_key_type: 2,
      qe_vendor_id: '939a7233f79c4ca9940a0db3957f0607',
      user_data: hexOf(td.quote.subarray(28, 48)),
      signature: hexOf(data.subarray(0, 64)),
      attestation_key: hexOf(data.subarray(64, 128)),
      certification_data: '6/5',
      qe: {
        mrsigner: hexOf(data.subarray(134 + 128, 134 + 160)),
        isvprodid: 2,
        isvsvn: 4,
        miscselect: '0x0',
        attributes: '1500000000000000e700000000000000',
        report_data: hexOf(data.subarray(134 + 320, 134 + 384)),
        auth_data: hexOf(Uint8Array.from({ length: 32 }, (_, index) => index)),
      },
      certificates: [
        { subject: 'Intel SGX PCK Certificate', issuer: 'Intel SGX PCK Platform CA' },
        { subject: 'Intel SGX PCK Platform CA', issuer: 'Intel SGX Root CA' },
        { subject: 'Intel SGX Root CA', issuer: 'Intel SGX Root CA' },
      ],
      unreadable_chain: null,
    });
  });

  test('decodes the extended TD report, every field of it, which is not verified', () => {
    const body = counting(885, 0x30);
    const hex = (from: number, to: number): string => hexOf(body.subarray(from, to));
    const quote = sketchQuote({ version: 5, bodyType: 4, body });
    expect(shown(quote)).toMatchObject({
      quote_version: 5,
      body_type: 4,
      mrtd: hex(136, 184),
      report_data: hex(520, 584),
      tee_tcb_svn_2: hex(584, 600),
      mrservicetd: hex(600, 648),
      vmid: hex(648, 649),
      tdid: hex(649, 681),
      devinfo: hex(681, 729),
      init_servtd_hash: hex(729, 777),
      init_servtd_attr: hex(777, 785),
      init_cpusvn: hex(785, 801),
      init_tee_tcb_svn: hex(801, 817),
      init_tee_fmspc: hex(817, 829),
      cur_servtd_hash: hex(829, 877),
      cur_servtd_attr: hex(877, 885),
    });
    const refused = refusalOf(() => parseEvidence('tdx', quote, []));
    expect(refused?.code).toBe('tdx_quote_version_unsupported');
    expect(refused?.detail).toContain('an extended TD report (type 4)');
  });

  test('shows the fields of the extended TD report of no other one', async () => {
    for (const bodyType of [2, 3] as const) {
      const decoded = shown((await tdOf({ quoteVersion: 5, bodyType })).evidence);
      expect(Object.keys(decoded).filter((name) => /^(?:vmid|tdid|devinfo|init_|cur_)/.test(name))).toEqual(
        [],
      );
    }
  });

  test('says of a chain that cannot be read why, and shows the rest', async () => {
    for (const [td, words] of [
      [await changedTd({ quote: (plan) => ({ ...plan, inner: textBytes('none') }) }), 'neither DER nor PEM'],
      [
        await changedTd({ chain: ([leaf, ...rest]) => [...rest, leaf] as Uint8Array[] }),
        'the first certificate is not',
      ],
      [await changedTd({ pck: (plan) => ({ ...plan, without: ['4'] }) }), 'is missing in the SGX extension'],
    ] as const) {
      const decoded = shown(td.evidence);
      expect(decoded.unreadable_chain).toContain(words);
      expect(decoded).toMatchObject({ certificates: [], fmspc: null, pck: null, qe: { isvprodid: 2 } });
      expect(decoded.mrtd).toBe(hexOf(td.actual.mrTd));
    }
  });

  test('shows what verification refuses: signatures, vendors, key types, other certification data', async () => {
    const td = await tdOf();
    expect(shown(flipped(td.quote, 700)).mrtd).toBe(hexOf(td.actual.mrTd));
    expect(shown((await tdOf({ fault: 'tdx_qe_vendor_unknown' })).evidence).qe_vendor_id).toMatch(/^949a/);
    expect(shown((await tdOf({ fault: 'tdx_cert_expired' })).evidence).certificates).toHaveLength(3);
    expect(shown((await tdOf({ fault: 'tdx_key_type_unsupported' })).evidence)).toMatchObject({
      attestation_key_type: 3,
      signature: null,
      attestation_key: null,
      certification_data: null,
      qe: null,
      certificates: [],
      unreadable_chain: null,
    });
    expect(shown(sketchQuote({ innerType: 4 }))).toMatchObject({ certification_data: '6/4', qe: null });
    expect(shown(sketchQuote({ outerType: 1 }))).toMatchObject({ certification_data: '1', qe: null });
  });

  test('refuses what is no quote of TDX, as verification does', async () => {
    const { quote } = await tdOf();
    for (const [bytes, code] of [
      [quote.subarray(0, 600), 'tdx_quote_malformed'],
      [sketchQuote({ version: 3 }), 'tdx_quote_version_unsupported'],
      [sketchQuote({ teeType: 0 }), 'tdx_tee_type_mismatch'],
      [sketchQuote({ version: 5, bodyType: 1 }), 'tdx_tee_type_mismatch'],
    ] as const) {
      expect(refusalOf(() => tdxScheme.inspect(tdxScheme.unwrap(bytes), null))?.code).toBe(code);
    }
  });
});
