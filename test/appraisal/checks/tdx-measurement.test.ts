import { describe, expect, test } from '@jest/globals';
import { TDX_MATCH_FIELDS } from '../../../src/rats/reference-value.js';
import { judge } from '../judged.js';
import { given, NOT_GIVEN } from '../sample-evidence.js';
import { REGISTERS, sampleTd, tdValue } from '../sample-td.js';

const ALL = [...TDX_MATCH_FIELDS];
const OTHER = 'ee'.repeat(48);

describe('reference values for a TD', () => {
  test.each(ALL)('another %s fails when pinned, and is named with both values', (field) => {
    expect(judge(given(tdValue(ALL)), sampleTd())).toMatchObject({ tier: 'affirming', code: null });
    const judged = judge(given(tdValue(ALL, {}, { [field]: OTHER })), sampleTd());
    expect(judged).toMatchObject({
      tier: 'contraindicated',
      code: 'measurement_not_allowed',
      matched: null,
      vector: { executables: 33 },
    });
    expect(judged.entry('measurement_not_allowed')).toMatchObject({
      outcome: 'fail',
      expected: `${field} ${OTHER} (${field} differs, the rest equals version 1 of llm-serving, active)`,
      observed: `${field} ${REGISTERS[field]}`,
    });
  });

  test('every register that differs is named, and none that does not', () => {
    const value = tdValue(ALL, {}, { rtmr1: OTHER, rtmr2: OTHER });
    expect(judge(given(value), sampleTd()).entry('measurement_not_allowed')).toMatchObject({
      expected: `rtmr1 ${OTHER}; rtmr2 ${OTHER} (rtmr1 and rtmr2 differ, the rest equals version 1 of llm-serving, active)`,
      observed: `rtmr1 ${REGISTERS.rtmr1}; rtmr2 ${REGISTERS.rtmr2}`,
    });
  });

  test('without MRTD match nothing', () => {
    const judged = judge(given(tdValue(['rtmr1', 'rtmr2'])), sampleTd());
    expect(judged.code).toBe('measurement_not_allowed');
    expect(judged.entry('measurement_not_allowed')?.expected).toMatch(/^mrtd a value \(/);
  });

  test('of SNP match no TD', () => {
    const value = tdValue(ALL, { tee: 'sev-snp' });
    expect(judge(given(value), sampleTd()).code).toBe('measurement_not_allowed');
  });

  test('where there are none, the registers to register are shown', () => {
    const shown = ['mrtd', 'rtmr1', 'rtmr2'].map((field) => `${field} ${REGISTERS[field]}`).join('; ');
    expect(judge(given(), sampleTd()).entry('measurement_not_allowed')?.observed).toBe(shown);
    const { entry, tier } = judge(NOT_GIVEN, sampleTd());
    expect(entry('measurement_not_allowed')).toMatchObject({ outcome: 'not_run' });
    expect(entry('measurement_not_allowed')?.observed).toContain(shown);
    expect(tier).toBe('warning');
  });

  test('leave one entry for all registers, and one for the log', () => {
    const ids = judge(given(tdValue(ALL)), sampleTd()).checks.map(({ id }) => id);
    expect(ids).toEqual([
      'tdx_debug_td',
      'measurement_not_allowed',
      'event_log_required',
      'platform_not_registered',
      'policy_rule_failed',
    ]);
  });

  test('do not help a debug TD, even when the TEE forgets to look', () => {
    const judged = judge(given(tdValue(ALL)), sampleTd({}, { debug: true }));
    expect(judged).toMatchObject({ tier: 'contraindicated', code: 'tdx_debug_td' });
  });
});
