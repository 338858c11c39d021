import { describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import type { JsonObject } from '../../../src/rats/result.js';
import { chipOf, identityOf } from '../../../src/tee/snp/identity-checks.js';
import { appraise } from './appraised.js';
import { CHIP, NO_CHIP, sampleReport, VCEK, VLEK } from './sample-report.js';

describe('who the guest and its chip are', () => {
  test('chip_not_in_allowlist_fails', () => {
    const others = { chips_allowed: ['ff'.repeat(64)] };
    expect(appraise({ snp: others })).toMatchObject({
      failures: ['snp_chip_denied'],
      vector: { 'instance-identity': 97 },
    });
    expect(appraise({ snp: others }).entry('snp_chip_denied').observed).toBe(hexOf(CHIP));
    expect(appraise({ snp: { chips_allowed: [] } }).failures).toEqual(['snp_chip_denied']);
    const listed = appraise({ snp: { chips_allowed: [hexOf(CHIP)] } });
    expect(listed).toMatchObject({ failures: [], vector: { 'instance-identity': 2 } });
  });

  test('Turin’s eight bytes name a chip as well as its sixty-four', () => {
    const report = { processor: '1a/02/1' };
    const signer = { ...VCEK, hwid: CHIP.subarray(0, 8) };
    for (const chip of [hexOf(CHIP), hexOf(CHIP.subarray(0, 8))]) {
      expect(appraise({ report, signer, snp: { chips_allowed: [chip] } }).failures).toEqual([]);
      expect(appraise({ report, signer, snp: { chips_denied: [chip] } }).failures).toEqual([
        'snp_chip_denied',
      ]);
    }
  });

  test('masking the chip id does not hide a chip from the lists: its certificate names it', () => {
    const report = { chipId: NO_CHIP };
    const masked = { allow_masked_chip_id: true };
    expect(appraise({ report, snp: { ...masked, chips_denied: [hexOf(CHIP)] } })).toMatchObject({
      failures: ['snp_chip_denied'],
      vector: { 'instance-identity': 96 },
    });
    expect(appraise({ report, snp: { ...masked, chips_allowed: [hexOf(CHIP)] } }).failures).toEqual([]);
    expect(appraise({ report, snp: masked }).failures).toEqual([]);
  });

  test('a VLEK names no chip: an allow list refuses it, masking is not asked', () => {
    const report = { chipId: NO_CHIP };
    expect(appraise({ report, signer: VLEK }).entry('snp_chip_id_masked').outcome).toBe('not_run');
    expect(appraise({ report, signer: VLEK, snp: { chips_allowed: [hexOf(CHIP)] } }).failures).toEqual([
      'snp_chip_denied',
    ]);
    expect(appraise({ report, signer: VLEK, snp: { chips_allowed: ['00'.repeat(64)] } }).failures).toEqual([
      'snp_chip_denied',
    ]);
  });

  test('a provider is compared whole, and a VLEK without one is none of the listed', () => {
    const report = { chipId: NO_CHIP };
    const snp = { csp_ids: ['CN=cc-us-east-2.amazonaws.com'] };
    const longer = { ...VLEK, cspId: 'CN=cc-us-east-2.amazonaws.com.example' };
    expect(appraise({ report, signer: longer, snp }).failures).toEqual(['snp_csp_id_not_allowed']);
    expect(appraise({ report, signer: { ...VLEK, cspId: null }, snp }).failures).toEqual([
      'snp_csp_id_not_allowed',
    ]);
    expect(appraise({ signer: VCEK, snp }).entry('snp_csp_id_not_allowed').outcome).toBe('not_run');
  });

  test('a digest of zeros is no key, even where zeros are listed', () => {
    const zeros = '00'.repeat(48);
    expect(appraise({ snp: { trusted_id_keys: [zeros] } }).failures).toEqual(['snp_id_key_not_trusted']);
    expect(appraise({ snp: { trusted_author_keys: [zeros] } }).failures).toEqual([
      'snp_author_key_not_trusted',
    ]);
  });
});

describe('the machine that a report comes from', () => {
  const facts = (chipId: Uint8Array, signer = VCEK) => ({ report: sampleReport({ chipId }), signer });

  test('is the chip that it names, or else the one that its certificate names', () => {
    const other = { ...VCEK, hwid: new Uint8Array(64).fill(0x0e) };
    expect(identityOf(facts(CHIP, other))).toEqual({ kind: 'snp-chip-id', value: hexOf(CHIP) });
    expect(identityOf(facts(NO_CHIP))).toEqual({ kind: 'snp-chip-id', value: hexOf(CHIP) });
    expect(identityOf(facts(NO_CHIP, { ...VCEK, hwid: null }))).toBeNull();
  });

  test('of Turin has its eight bytes filled up with zeros', () => {
    const turin = { ...VCEK, hwid: CHIP.subarray(0, 8) };
    expect(chipOf(facts(NO_CHIP, turin))).toBe(`c0c1c2c3c4c5c6c7${'00'.repeat(56)}`);
  });

  test('is with a VLEK its provider’s, or nobody’s', () => {
    expect(identityOf(facts(CHIP, VLEK))).toEqual({
      kind: 'snp-csp-id',
      value: 'CN=cc-us-east-2.amazonaws.com',
    });
    expect(identityOf(facts(CHIP, { ...VLEK, cspId: null }))).toBeNull();
  });

  test('a digest with a zero at either end is a key', () => {
    for (const idKeyDigest of [CHIP.subarray(0, 48), Uint8Array.from(CHIP.subarray(0, 48)).reverse()]) {
      const trusted = { trusted_id_keys: [hexOf(idKeyDigest)] };
      expect(appraise({ report: { idKeyDigest }, snp: trusted }).failures).toEqual([]);
    }
    const none = appraise({ snp: { trusted_id_keys: [hexOf(CHIP.subarray(0, 48))] } });
    expect(none.entry('snp_id_key_not_trusted').observed).toBe('no ID block');
  });

  test('that nobody names is in no list, and denied by none', () => {
    const signer = { ...VCEK, hwid: null };
    const told = (snp: JsonObject) =>
      appraise({ report: { chipId: NO_CHIP }, signer, snp: { allow_masked_chip_id: true, ...snp } });
    expect(told({ chips_denied: [hexOf(CHIP)] }).failures).toEqual([]);
    expect(told({ chips_allowed: [hexOf(CHIP)] }).failures).toEqual(['snp_chip_denied']);
  });
});
