import { describe, expect, test } from '@jest/globals';
import type { Covers } from '../../../src/rats/reference-value.js';
import { judge } from '../judged.js';
import { given } from '../sample-evidence.js';
import { REGISTERS, sampleTd, tdValue, ZERO } from '../sample-td.js';

const BOOT = ['mrtd', 'rtmr1', 'rtmr2'];

function found(fields: readonly string[], covers: Covers, registers: Readonly<Record<string, string>> = {}) {
  const { vector, tier, code, entry } = judge(
    given(tdValue(fields, { covers }, registers)),
    sampleTd(registers),
  );
  const { outcome, remedy } = entry('measurement_not_allowed') ?? {};
  return { executables: vector.executables, tier, code, outcome, remedy: remedy ?? null };
}

describe('a TD whose value matches', () => {
  test.each([
    ['boot', 3],
    ['runtime', 2],
  ] as const)('is affirming when MRTD, RTMR1 and RTMR2 are pinned and cover %s', (covers, executables) => {
    const affirming = { executables, tier: 'affirming', code: null, outcome: 'pass', remedy: null };
    expect(found(BOOT, covers)).toEqual(affirming);
    expect(found(Object.keys(REGISTERS), covers)).toEqual(affirming);
  });

  test.each<[string, string[], Covers, string[]]>([
    ['MRTD alone', ['mrtd'], 'boot', ['rtmr1', 'rtmr2']],
    ['MRTD alone, said to cover all', ['mrtd'], 'runtime', ['rtmr1', 'rtmr2']],
    ['no RTMR2', ['mrtd', 'rtmr1'], 'boot', ['rtmr2']],
    ['no RTMR1', ['mrtd', 'rtmr2'], 'boot', ['rtmr1']],
    ['the other registers', ['mrtd', 'rtmr0', 'rtmr3', 'mrseam'], 'boot', ['rtmr1', 'rtmr2']],
  ])('is a warning with %s, and told which registers to register', (_name, fields, covers, missing) => {
    const result = found(fields, covers);
    expect(result).toMatchObject({ executables: 33, tier: 'warning', code: null, outcome: 'pass' });
    for (const register of ['rtmr1', 'rtmr2']) {
      const named = `\`${register}\` (here ${REGISTERS[register]})`;
      if (missing.includes(register)) expect(result.remedy).toContain(named);
      else expect(result.remedy).not.toContain(named);
    }
  });

  test.each([BOOT, ['mrtd']])('is a warning when its values cover the firmware: %j', (...fields) => {
    const result = found(fields, 'firmware');
    expect(result).toMatchObject({ executables: 33, tier: 'warning', outcome: 'pass' });
    expect(result.remedy).toContain('firmware only');
  });

  test.each([['rtmr1'], ['rtmr2'], ['rtmr1', 'rtmr2']])(
    'zeros in %s %s have measured nothing, unless MRTD holds the kernel',
    (...zeros) => {
      const registers = Object.fromEntries(zeros.map((name) => [name, ZERO]));
      const boot = found(BOOT, 'boot', registers);
      expect(boot).toMatchObject({ executables: 33, tier: 'warning', code: null, outcome: 'pass' });
      for (const name of ['rtmr1', 'rtmr2']) {
        expect(boot.remedy?.includes(`\`${name}\``)).toBe(zeros.includes(name));
      }
      expect(found(BOOT, 'runtime', registers)).toMatchObject({
        executables: 2,
        tier: 'affirming',
        remedy: null,
      });
    },
  );

  test('zeros in a register that says nothing of the boot are nobody’s concern', () => {
    expect(found([...BOOT, 'rtmr3'], 'boot', { rtmr3: ZERO })).toMatchObject({ executables: 3 });
  });

  test('an MRTD of zeros is no firmware, whatever is said to be covered', () => {
    for (const covers of ['boot', 'runtime'] as const) {
      const result = found(BOOT, covers, { mrtd: ZERO });
      expect(result).toMatchObject({ executables: 33, tier: 'warning' });
      expect(result.remedy).toContain('`mrtd`');
    }
  });

  test('one byte is enough to have measured something', () => {
    expect(found(BOOT, 'boot', { rtmr2: `${'00'.repeat(47)}01` })).toMatchObject({ executables: 3 });
  });

  test('is not advised to register zeros', () => {
    const { remedy } = found(['mrtd'], 'boot', { rtmr2: ZERO });
    expect(remedy).toContain('`rtmr2` (here zero: nothing was measured into it)');
    expect(remedy).not.toContain(ZERO);
  });
});

describe('the remedy is a whole sentence', () => {
  const ALTERNATIVE = 'or let the audience take `warning`';

  test('for registers that are missing', () => {
    expect(found(['mrtd'], 'boot').remedy).toBe(
      `Register \`rtmr1\` (here ${REGISTERS.rtmr1}) and \`rtmr2\` (here ${REGISTERS.rtmr2}) beside what the values have that matched, ${ALTERNATIVE}: they do not say what the firmware booted.`,
    );
  });

  test('for registers into which nothing was measured', () => {
    expect(found(BOOT, 'boot', { rtmr1: ZERO, rtmr2: ZERO }).remedy).toBe(
      `Boot with firmware, loader and kernel that measure what they start, register \`covers: runtime\` where MRTD holds the kernel too, ${ALTERNATIVE}: nothing was measured into \`rtmr1\` and \`rtmr2\` (48 zero bytes), so that it matches does not count.`,
    );
  });

  test('for values of the firmware', () => {
    expect(found(BOOT, 'firmware').remedy).toBe(
      `Register values that cover the boot (\`covers: boot\`), ${ALTERNATIVE}: those that matched cover the firmware only, which does not say what it booted.`,
    );
  });
});
