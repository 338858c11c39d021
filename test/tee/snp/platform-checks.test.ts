import { describe, expect, test } from '@jest/globals';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import type { JsonObject } from '../../../src/rats/result.js';
import type { PLATFORM_BIT } from '../../../src/tee/snp/layout.js';
import { appraise } from './appraised.js';
import { bits, guest, NO_CHIP, platform, VLEK } from './sample-report.js';

describe('guest and platform bits', () => {
  test('debug_bit_fails_under_every_policy', () => {
    const report = { policy: guest('debug') };
    const common = {
      accepted_tcb_statuses: ['UpToDate', 'NotShown', 'ConfigurationNeeded', 'Unknown', 'OutOfDate'],
    };
    const loose: JsonObject = {
      vmpl: [0, 1, 2, 3],
      policy_bits: { migrate_ma: 'any', cxl_allow: 'any' },
      platform_bits: { alias_check_complete: 'any', tio_en: 'any' },
      allow_unknown_platform_bits: true,
      allow_masked_chip_id: true,
    };
    expect(appraise({ report, common, snp: loose }).failures).toEqual(['snp_policy_debug']);
    expect(() => parsePolicy({ name: 'x', snp: { policy_bits: { debug: 'any' } } })).toThrow(
      'policy_invalid',
    );
  });

  test('platform_bit_polarity_table', () => {
    const ruled = [
      'smt_en',
      'tsme_en',
      'ecc_en',
      'rapl_dis',
      'ciphertext_hiding_dram_en',
      'iommu_write_safe',
      'tio_en',
    ] as const;
    for (const bit of ruled) {
      const failures = (rule: string, ...set: (keyof typeof PLATFORM_BIT)[]) =>
        appraise({
          snp: { platform_bits: { [bit]: rule } },
          report: { platformInfo: platform('alias_check_complete', ...set) },
        }).failures;
      expect([bit, failures('any'), failures('any', bit)]).toEqual([bit, [], []]);
      expect([bit, failures('required', bit), failures('forbidden')]).toEqual([bit, [], []]);
      expect([bit, failures('required')]).toEqual([bit, ['snp_platform_bit_required']]);
      expect([bit, failures('forbidden', bit)]).toEqual([bit, ['snp_platform_bit_forbidden']]);
    }
  });

  test('lifting the rule on migration agents lifts both of its conditions', () => {
    const report = { policy: guest('migrate_ma'), reportIdMa: new Uint8Array(32) };
    expect(appraise({ report, snp: { policy_bits: { migrate_ma: 'any' } } }).failures).toEqual([]);
  });

  test('unknown platform bits can be let through, and are named', () => {
    const report = { platformInfo: platform('alias_check_complete') | bits(9, 40) };
    expect(appraise({ report }).entry('snp_platform_bit_forbidden').observed).toContain(
      'unknown bits 0x10000000200',
    );
    expect(appraise({ report, snp: { allow_unknown_platform_bits: true } }).failures).toEqual([]);
  });

  test('a version 2 report cannot be asked for the alias check', () => {
    const { entry, failures, vector } = appraise({ report: { version: 2, platformInfo: 1n } });
    expect(failures).toEqual([]);
    expect(entry('snp_platform_alias_check_missing').outcome).toBe('not_run');
    expect(vector.configuration).toBe(3);
  });

  test('the remedy for a privilege level says how the guest asks for VMPL 0', () => {
    const { remedy, observed } = appraise({ report: { vmpl: 1, chipId: NO_CHIP }, signer: VLEK }).entry(
      'snp_vmpl_not_allowed',
    );
    expect(observed).toBe('VMPL 1');
    expect(remedy).toContain('privlevel');
    expect(remedy).toContain('--vmpl 0');
  });
});
