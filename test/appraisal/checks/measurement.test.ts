import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judge } from '../judged.js';
import { given, MEASUREMENT, OTHER, referenceValue, sampleEvidence } from '../sample-evidence.js';

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
    expect(other.entry(code)).toMatchObject({
      outcome: 'fail',
      expected: `${value} (${field} differs, the rest equals version 1 of llm-serving, active)`,
      observed,
    });
    expect(other.entry('measurement_not_allowed')?.outcome).toBe('pass');
  });

  test('both identifiers of an image are explained in one entry', () => {
    const match = { measurement: [MEASUREMENT], family_id: ['00'.repeat(16)], image_id: ['01'.repeat(16)] };
    const check = judge(given(referenceValue({ match }))).entry('snp_guest_svn_below_minimum');
    expect(check?.expected).toBe(
      `family_id ${'00'.repeat(16)}; image_id ${'01'.repeat(16)} (family_id and image_id differ, the rest equals version 1 of llm-serving, active)`,
    );
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
    expect(check?.expected).toMatch(/ or 2 more \(measurement differs from /);
  });
});
