import { describe, expect, test } from '@jest/globals';
import { outcomeOf } from '../../../src/rats/outcome.js';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import type { SimulatedTd, TdOptions } from '../../../src/simulator/index.js';
import { parseEvidence } from '../../../src/tee/registry.js';
import { TDX_APPRAISAL_CODES } from '../../../src/tee/tdx/checks.js';
import { tdxScheme } from '../../../src/tee/tdx/index.js';
import { AT, anchors, changedTd, days, flipped, parse, present, refusalOf, tdOf } from './judged.js';

describe('the screen', () => {
  const screened = async (td: SimulatedTd, at = AT): Promise<RefusalCode | null> => {
    const trusted = await anchors();
    const outcome = await outcomeOf(() => parse(td).screen(trusted, at));
    return outcome.ok ? null : outcome.refusal.code;
  };

  test('budget_before_signature: form and chain are refused before anything is looked up', async () => {
    for (const fault of [
      'tdx_key_type_unsupported',
      'tdx_qe_vendor_unknown',
      'tdx_cert_data_unsupported',
      'tdx_pck_chain_invalid',
      'tdx_pck_chain_untrusted',
      'tdx_cert_expired',
    ] as const) {
      expect([fault, await screened(await tdOf({ fault }))]).toEqual([fault, fault]);
    }
    expect(await screened(await tdOf(), days(9999))).toBe('tdx_cert_expired');
  });

  test('what needs documents or the quote’s own signatures passes it', async () => {
    for (const fault of [
      'collateral_unavailable',
      'tdx_pck_revoked',
      'tdx_tcb_revoked',
      'tdx_qe_report_signature_invalid',
      'tdx_qe_report_data_mismatch',
      'tdx_quote_signature_invalid',
      'tdx_module_mismatch',
    ] as const) {
      expect([fault, await screened(await tdOf({ fault }))]).toEqual([fault, null]);
    }
    expect(await screened(await tdOf())).toBeNull();
  });

  test('without anchors for Intel nothing passes it', async () => {
    const td = await tdOf();
    const outcome = await outcomeOf(() => parse(td).screen({ simulated: true, vendors: {} }, AT));
    expect(outcome).toMatchObject({
      ok: false,
      refusal: { code: 'tdx_pck_chain_untrusted', stage: 'authenticate' },
    });
  });
});

describe('what evidence asks for', () => {
  const named = (td: SimulatedTd): string[] =>
    parse(td).requirements.map(({ kind, subject }) => `${kind} ${subject}`);

  test.each<readonly [Omit<TdOptions, 'at'>, fmspc: string, ca: string]>([
    [{}, 'a55a6f000000', 'platform'],
    [{ fmspc: 'A55A7F000000', quoteVersion: 5 }, 'a55a7f000000', 'platform'],
    [{ ca: 'processor' }, 'a55a6f000000', 'processor'],
    [{ fmspc: '0a0b0c0d0e0f' }, '0a0b0c0d0e0f', 'platform'],
  ])('goes by family and authority: %j', async (options, fmspc, ca) => {
    expect(named(await tdOf(options))).toEqual([
      'tdx-root-crl intel',
      `tdx-pck-crl ${ca}`,
      `tdx-tcb-info ${fmspc}/standard`,
      'tdx-qe-identity standard',
      'tdx-tcb-signing intel',
    ]);
  });

  test('is nothing where the chain cannot be read', async () => {
    for (const fault of ['tdx_key_type_unsupported', 'tdx_cert_data_unsupported'] as const) {
      expect(named(await tdOf({ fault }))).toEqual([]);
    }
    expect(named(await changedTd({ chain: (chain) => [...chain].reverse() }))).toEqual([]);
    expect(named(await changedTd({ pck: (plan) => ({ ...plan, without: ['4'] }) }))).toEqual([]);
  });

  test('has its file in the layout, each', async () => {
    for (const { kind } of parse(await tdOf()).requirements) {
      expect([kind, tdxScheme.endorsementFiles.includes(tdxScheme.fileOf(kind) ?? 'none')]).toEqual([
        kind,
        true,
      ]);
    }
    for (const kind of ['tdx-pck', 'tdx-root-ca', 'snp-vek', '']) expect(tdxScheme.fileOf(kind)).toBeNull();
  });
});

describe('evidence that was read', () => {
  test('says what it is and what will be judged, and believes nothing', async () => {
    const td = await tdOf({ envelope: 'configfs-tsm' });
    expect(parse(td)).toMatchObject({
      tee: 'tdx',
      envelope: 'configfs-tsm',
      binding: 'report-data',
      appraisalCodes: TDX_APPRAISAL_CODES,
    });
    expect(parse(td)).not.toHaveProperty('claims');
  });

  test('is named by its signed bytes, not by signature, padding or envelope', async () => {
    const td = await tdOf();
    const digest = parse(td).evidenceDigest;
    const wrapped = JSON.stringify({ outblob: Buffer.from(td.quote).toString('base64') });
    for (const evidence of [
      flipped(td.quote, 636),
      flipped(td.quote, 636 + 200),
      new Uint8Array(Buffer.concat([td.quote, Buffer.alloc(70)])),
      new Uint8Array(Buffer.from(wrapped)),
    ]) {
      expect(parse(td, { evidence }).evidenceDigest).toBe(digest);
    }
    for (const at of [8, 28, 48, 631]) {
      expect(parse(td, { evidence: flipped(td.quote, at) }).evidenceDigest).not.toBe(digest);
    }
  });

  test('expected_report_data_reaches_tdx_policy: only the 64 bytes of REPORTDATA match', async () => {
    for (const quoteVersion of [4, 5] as const) {
      const td = await tdOf({ quoteVersion });
      const evidence = parse(td);
      const { reportData } = td.actual;
      expect(evidence.matchesReportData(reportData)).toBe(true);
      for (let at = 0; at < 64; at += 1)
        expect(evidence.matchesReportData(flipped(reportData, at))).toBe(false);
    }
  });

  test('empty_expected_report_data_is_error: absent, short and long ones do not match', async () => {
    const td = await tdOf({ reportData: new Uint8Array(64) });
    const evidence = parse(td);
    expect(evidence.matchesReportData(new Uint8Array(64))).toBe(true);
    for (const length of [0, 1, 32, 48, 63, 65, 128]) {
      expect(evidence.matchesReportData(new Uint8Array(length))).toBe(false);
    }
  });

  test('takes no certificates beside it, in words', async () => {
    const td = await tdOf();
    const refused = refusalOf(() => parseEvidence('tdx', td.evidence, [present(td.pckChain[0])]));
    expect(refused).toMatchObject({ code: 'request_invalid', stage: 'parse' });
    expect(refused?.detail).toMatch(/carries its own PCK chain.*`--cert`/);
  });
});
