import { describe, expect, test } from '@jest/globals';
import { outcomeOf } from '../../../src/rats/outcome.js';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import { AT, anchors, flipped, guestOf, parse, verdictOf } from './judged.js';

describe('the screen', () => {
  const screened = async (guest: Awaited<ReturnType<typeof guestOf>>): Promise<RefusalCode | null> => {
    const trusted = await anchors();
    const outcome = await outcomeOf(() => parse(guest).screen(trusted, AT));
    return outcome.ok ? null : outcome.refusal.code;
  };

  test('budget_before_signature: a foreign chain is refused before anything is looked up', async () => {
    for (const fault of [
      'snp_chain_untrusted',
      'snp_chain_signature_invalid',
      'snp_cert_expired',
      'snp_vek_missing',
      'snp_vek_kind_mismatch',
      'snp_tcb_cert_mismatch',
      'snp_chip_id_mismatch',
      'snp_report_unsigned',
      'snp_product_unsupported',
    ] as const) {
      expect([fault, await screened(await guestOf({ fault }))]).toEqual([fault, fault]);
    }
  });

  test('what needs a look-up or the signature passes it', async () => {
    for (const fault of ['snp_kds_unavailable', 'collateral_unavailable', 'snp_signature_invalid'] as const) {
      expect([fault, await screened(await guestOf({ fault }))]).toEqual([fault, null]);
    }
    expect(await screened(await guestOf())).toBeNull();
  });
});

describe('the signed bytes', () => {
  test('verify_signature_over_received_bytes_only: no bit of them can change', async () => {
    const guest = await guestOf();
    for (let offset = 0; offset < 0x2a0 + 48; offset += 7) {
      expect([
        offset,
        await verdictOf(guest, { evidence: flipped(guest.evidence, offset, 1 << (offset % 8)) }),
      ]).not.toEqual([offset, 'authentic']);
    }
  });

  test('vmpl_sentinel_host_report_fails', async () => {
    for (const vmpl of [4, 0xffff_ffff]) {
      expect(await verdictOf(await guestOf({ vmpl }))).toBe('snp_host_requested_report');
    }
    expect(await verdictOf(await guestOf({ vmpl: 3 }))).toBe('authentic');
  });

  test('empty_expected_report_data_is_error: only the 64 bytes match', async () => {
    const guest = await guestOf();
    const evidence = parse(guest);
    const { reportData } = guest.actual;
    expect(evidence.matchesReportData(reportData)).toBe(true);
    for (const other of [
      new Uint8Array(),
      reportData.subarray(0, 63),
      new Uint8Array(64),
      Uint8Array.of(...reportData, 0),
    ]) {
      expect(evidence.matchesReportData(other)).toBe(false);
    }
    expect(evidence.matchesReportData(flipped(reportData, 63))).toBe(false);
  });

  test('evidence is named by its signed bytes, not by its signature', async () => {
    const guest = await guestOf();
    const forged = flipped(guest.evidence, 0x2a0);
    expect(parse(guest, { evidence: forged }).evidenceDigest).toBe(parse(guest).evidenceDigest);
    expect(parse(guest, { evidence: flipped(guest.evidence, 0x90) }).evidenceDigest).not.toBe(
      parse(guest).evidenceDigest,
    );
  });
});
