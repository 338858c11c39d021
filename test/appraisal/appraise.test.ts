import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appraise } from '../../src/appraisal/appraise.js';
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import { failed, notRun, passed } from '../../src/rats/check.js';
import type { AuthenticatedEvidence } from '../../src/rats/evidence.js';
import type { ReferenceQuery } from '../../src/rats/reference-value.js';
import type { RefusalCode } from '../../src/rats/refusal.js';
import {
  AT,
  given,
  MEASUREMENT,
  NOT_GIVEN,
  OTHER,
  referenceValue,
  sampleEvidence,
} from './sample-evidence.js';

const judge = (
  references: ReferenceQuery = given(referenceValue()),
  evidence: AuthenticatedEvidence = sampleEvidence(),
  at: Date = AT,
) => {
  const appraisal = appraise(evidence, references, STANDARD_POLICY, at);
  const entry = (id: RefusalCode) => appraisal.checks.find((check) => check.id === id);
  return { ...appraisal, entry };
};
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
      judge(undefined, sampleEvidence({ appraise: () => ({ checks: [], vector: { ...CLEAN, ...claim } }) }))
        .tier;
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
        sampleEvidence({ appraise: () => ({ checks, vector: CLEAN }) }),
      );
      expect([tier, found]).toEqual(['contraindicated', code]);
    }
  });

  test('debug_bit_fails_under_every_policy, even when a TEE forgets to look', () => {
    const forgetful = sampleEvidence({ debug: true });
    expect(judge(undefined, forgetful)).toMatchObject({ tier: 'contraindicated', code: 'snp_policy_debug' });
    const mistaken = sampleEvidence({
      debug: true,
      appraise: () => ({ checks: [passed('snp_policy_debug', 'manual')], vector: CLEAN }),
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
    const evidence = sampleEvidence({ appraise: () => ({ checks, vector: CLEAN }) });
    expect(judge(undefined, evidence).code).toBe('snp_chip_id_masked');
    expect(judge(given(referenceValue({ match: { measurement: [OTHER] } })), evidence).code).toBe(
      'measurement_not_allowed',
    );
  });

  test('is one entry each: a failure beats a pass, a pass beats not run', () => {
    const checks = [notRun('snp_id_key_not_trusted', 'manual', 'no keys named')];
    const evidence = sampleEvidence({ appraise: () => ({ checks, vector: CLEAN }) });
    const match = { measurement: [MEASUREMENT], id_key_digest: ['33'.repeat(48)] };
    const appraisal = judge(given(referenceValue({ match })), evidence);
    expect(appraisal.entry('snp_id_key_not_trusted')?.outcome).toBe('pass');
    const ids = appraisal.checks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('reference values', () => {
  test('none registered is no match', () => {
    const { code, tier, vector, matched, entry } = judge(given());
    expect([code, tier, vector.executables, matched]).toEqual([
      'measurement_not_allowed',
      'contraindicated',
      33,
      null,
    ]);
    expect(entry('measurement_not_allowed')?.observed).toBe(MEASUREMENT);
  });

  test('match one of several values of a field', () => {
    expect(judge(given(referenceValue({ match: { measurement: [OTHER, MEASUREMENT] } }))).tier).toBe(
      'affirming',
    );
    expect(judge(given(referenceValue({ match: { measurement: [] } }))).code).toBe('measurement_not_allowed');
  });

  test.each([
    ['host_data', '23'.repeat(32), 'host_data_mismatch'],
    ['id_key_digest', '34'.repeat(48), 'snp_id_key_not_trusted'],
    ['author_key_digest', '45'.repeat(48), 'snp_author_key_not_trusted'],
    ['family_id', '56'.repeat(16), 'snp_guest_svn_below_minimum'],
    ['image_id', '67'.repeat(16), 'snp_guest_svn_below_minimum'],
  ] as const)('every field counts: another %s fails when pinned', (field, value, code) => {
    const observed = sampleEvidence().referenceFields[field] ?? '';
    const pinned = (wanted: string) =>
      judge(given(referenceValue({ match: { measurement: [MEASUREMENT], [field]: [wanted] } })));
    expect(pinned(observed)).toMatchObject({ tier: 'affirming', code: null });
    const other = pinned(value);
    expect(other).toMatchObject({ tier: 'contraindicated', code, matched: null });
    expect(other.entry(code)).toMatchObject({ outcome: 'fail', expected: value, observed });
    expect(other.entry('measurement_not_allowed')?.outcome).toBe('pass');
  });

  test('both identifiers of an image are explained in one entry', () => {
    const match = { measurement: [MEASUREMENT], family_id: ['00'.repeat(16)], image_id: ['01'.repeat(16)] };
    const check = judge(given(referenceValue({ match }))).entry('snp_guest_svn_below_minimum');
    expect(check?.expected).toBe(`family_id ${'00'.repeat(16)}; image_id ${'01'.repeat(16)}`);
    expect(check?.observed).toBe(`family_id ${'55'.repeat(16)}; image_id ${'66'.repeat(16)}`);
  });

  test('a value without measurement, with an unknown field or of another TEE matches nothing', () => {
    for (const value of [
      referenceValue({ match: {} }),
      referenceValue({ match: { host_data: ['22'.repeat(32)] } }),
      referenceValue({ match: { measurement: [MEASUREMENT], mrtd: ['00'] } }),
      referenceValue({ match: { measurement: [MEASUREMENT], constructor: ['x'] } }),
      referenceValue({ tee: 'tdx', match: { mrtd: [MEASUREMENT], measurement: [MEASUREMENT] } }),
    ]) {
      expect(judge(given(value))).toMatchObject({ tier: 'contraindicated', code: 'measurement_not_allowed' });
    }
  });

  test('are compared whole: no prefix, no other case', () => {
    for (const measurement of [MEASUREMENT.slice(0, 94), `${MEASUREMENT}00`, MEASUREMENT.toUpperCase(), '']) {
      expect(judge(given(referenceValue({ match: { measurement: [measurement] } }))).tier).toBe(
        'contraindicated',
      );
    }
  });

  test('any one changed digit is another measurement', () => {
    const digit = fc.constantFrom(...'0123456789abcdef');
    fc.assert(
      fc.property(fc.nat({ max: 95 }), digit, (place, value) => {
        const changed = `${MEASUREMENT.slice(0, place)}${value}${MEASUREMENT.slice(place + 1)}`;
        const expected = changed === MEASUREMENT ? 'affirming' : 'contraindicated';
        expect(judge(given(referenceValue({ match: { measurement: [changed] } }))).tier).toBe(expected);
      }),
    );
  });

  test('count within their window, both ends included', () => {
    const notBefore = new Date('2026-11-01T00:00:00Z');
    const notAfter = new Date('2026-11-30T00:00:00Z');
    const query = given(referenceValue({ notBefore, notAfter }));
    const tierAt = (ms: number) => judge(query, sampleEvidence(), new Date(ms)).tier;
    expect([tierAt(notBefore.getTime()), tierAt(notAfter.getTime())]).toEqual(['affirming', 'affirming']);
    expect(tierAt(notBefore.getTime() - 1)).toBe('contraindicated');
    expect(tierAt(notAfter.getTime() + 1)).toBe('contraindicated');
    const late = judge(query, sampleEvidence(), new Date('2026-12-01T00:00:00Z'));
    expect(late.code).toBe('measurement_not_allowed');
    expect(late.entry('measurement_not_allowed')?.expected).toContain('2026-11-30T00:00:00.000Z');
    expect(late.entry('measurement_not_allowed')?.observed).toContain('2026-12-01');
  });

  test('of one workload: the newest that matches is named, in whatever order they come', () => {
    const versions = [1, 9, 3].map((version) => referenceValue({ version }));
    expect(judge(given(...versions)).matched?.version).toBe(9);
    expect(judge(given(...versions.reverse())).matched?.version).toBe(9);
    const newer = referenceValue({ version: 10, match: { measurement: [OTHER] } });
    expect(judge(given(...versions, newer)).matched?.version).toBe(9);
  });

  test('of several workloads are ambiguous, and named', () => {
    const both = judge(given(referenceValue(), referenceValue({ workload: 'training' })));
    expect(both).toMatchObject({
      tier: 'contraindicated',
      code: 'workload_ambiguous',
      matched: null,
      vector: { executables: 33 },
    });
    expect(both.entry('workload_ambiguous')?.observed).toBe('matches llm-serving, training');
    const other = referenceValue({ workload: 'training', match: { measurement: [OTHER] } });
    expect(judge(given(referenceValue(), other))).toMatchObject({
      tier: 'affirming',
      matched: { workload: 'llm-serving' },
    });
  });

  test('without a workload are one another’s alternatives', () => {
    const file = [{ match: { measurement: [OTHER] } }, {}].map((change) =>
      referenceValue({ workload: null, version: null, ...change }),
    );
    expect(judge(given(...file))).toMatchObject({ tier: 'affirming', matched: { workload: null } });
  });

  test('explain by the nearest: the right measurement with one wrong field, not another measurement', () => {
    const far = referenceValue({ version: 7, match: { measurement: [OTHER] } });
    const near = referenceValue({
      version: 2,
      match: { measurement: [MEASUREMENT], host_data: ['23'.repeat(32)] },
    });
    for (const query of [given(far, near), given(near, far)]) {
      const found = judge(query);
      expect(found.code).toBe('host_data_mismatch');
      expect(found.entry('host_data_mismatch')?.source).toContain('version 2 of llm-serving');
    }
  });

  test('explain a long list by its beginning', () => {
    const measurement = Array.from({ length: 6 }, (_, index) => `0${index}`.repeat(48));
    const check = judge(given(referenceValue({ match: { measurement } }))).entry('measurement_not_allowed');
    expect(check?.expected).toMatch(/ or 2 more$/);
  });
});
