import { describe, expect, test } from '@jest/globals';
import { failed, notRun, passed } from '../../src/rats/check.js';
import type { RefusalCode } from '../../src/rats/refusal.js';
import { judge } from './judged.js';
import { given, MEASUREMENT, NOT_GIVEN, OTHER, referenceValue, sampleEvidence } from './sample-evidence.js';

const CLEAN = { hardware: 2, configuration: 2, 'runtime-opaque': 2 };

describe('a tier', () => {
  test('is affirming when everything is known and approved', () => {
    expect(judge()).toMatchObject({
      tier: 'affirming',
      code: null,
      vector: { ...CLEAN, executables: 3 },
      matched: { workload: 'llm-serving', version: 1 },
    });
  });

  test.each([
    ['firmware', 33, 'warning'],
    ['boot', 3, 'affirming'],
    ['runtime', 2, 'affirming'],
  ] as const)('of a value that covers %s: executables %i, %s', (covers, executables, tier) => {
    const { vector, tier: found, code } = judge(given(referenceValue({ covers })));
    expect([vector.executables, found, code]).toEqual([executables, tier, null]);
  });

  test('is at most a warning without reference values, and the checks say so', () => {
    const { tier, vector, matched, code, entry } = judge(NOT_GIVEN);
    expect([tier, vector.executables, matched, code]).toEqual(['warning', 33, null, null]);
    expect(entry('measurement_not_allowed')).toMatchObject({ outcome: 'not_run' });
    expect(entry('measurement_not_allowed')?.observed).toContain(MEASUREMENT);
    expect(entry('host_data_mismatch')).toMatchObject({ outcome: 'not_run' });
  });

  test('does not exceed what the form of evidence can reach', () => {
    expect(judge(undefined, sampleEvidence({ tierCap: 'warning' }))).toMatchObject({
      tier: 'warning',
      code: null,
    });
  });

  test('platform_without_status_source_is_not_uptodate', () => {
    const { tcb } = sampleEvidence();
    for (const change of [{ source: '' }, { status: '' }, { status: 'Unknown' }]) {
      expect(judge(undefined, sampleEvidence({ tcb: { ...tcb, ...change } })).tier).toBe('warning');
    }
  });

  test('follows the worst claim of the TEE', () => {
    const tierWith = (claim: object) =>
      judge(
        undefined,
        sampleEvidence({
          appraise: () => ({ checks: [], vector: { ...CLEAN, ...claim }, graceUntil: null }),
        }),
      ).tier;
    expect(tierWith({ configuration: 3 })).toBe('affirming');
    expect(tierWith({ hardware: 32 })).toBe('warning');
    expect(() => tierWith({ hardware: 96 })).toThrow('without a failed check');
  });

  test('any_failed_check_forbids_pass', () => {
    const codes: readonly RefusalCode[] = [
      'snp_vmpl_not_allowed',
      'snp_firmware_provisional',
      'snp_chip_denied',
    ];
    for (const code of codes) {
      const checks = [failed(code, 'manual', { expected: 'a', observed: 'b' })];
      const { tier, code: found } = judge(
        undefined,
        sampleEvidence({ appraise: () => ({ checks, vector: CLEAN, graceUntil: null }) }),
      );
      expect([tier, found]).toEqual(['contraindicated', code]);
    }
  });

  test('debug_bit_fails_under_every_policy, even when a TEE forgets to look', () => {
    const forgetful = sampleEvidence({ debug: true });
    expect(judge(undefined, forgetful)).toMatchObject({ tier: 'contraindicated', code: 'snp_policy_debug' });
    const mistaken = sampleEvidence({
      debug: true,
      appraise: () => ({ checks: [passed('snp_policy_debug', 'manual')], vector: CLEAN, graceUntil: null }),
    });
    expect(judge(undefined, mistaken)).toMatchObject({ tier: 'contraindicated', code: 'snp_policy_debug' });
  });
});

describe('the code', () => {
  test('is the first failed check in the order of the table, whoever made it', () => {
    const checks = [
      failed('snp_policy_cxl', 'manual', {}),
      passed('snp_policy_smt', 'manual'),
      failed('snp_chip_id_masked', 'manual', {}),
    ];
    const evidence = sampleEvidence({ appraise: () => ({ checks, vector: CLEAN, graceUntil: null }) });
    expect(judge(undefined, evidence).code).toBe('snp_chip_id_masked');
    expect(judge(given(referenceValue({ match: { measurement: [OTHER] } })), evidence).code).toBe(
      'measurement_not_allowed',
    );
  });

  test('is one entry each: a failure beats a pass, a pass beats not run', () => {
    const checks = [notRun('snp_id_key_not_trusted', 'manual', 'no keys named')];
    const evidence = sampleEvidence({ appraise: () => ({ checks, vector: CLEAN, graceUntil: null }) });
    const match = { measurement: [MEASUREMENT], id_key_digest: ['33'.repeat(48)] };
    const appraisal = judge(given(referenceValue({ match })), evidence);
    expect(appraisal.entry('snp_id_key_not_trusted')?.outcome).toBe('pass');
    const ids = appraisal.checks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
