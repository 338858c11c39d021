import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { RefusalError } from '../../../src/rats/refusal.js';
import { passes, policyWith, refusalOf } from './judged.js';
import { REFUSED_RULES } from './refused-rules.js';

describe('an expression that is refused with its policy', () => {
  test.each(REFUSED_RULES)('%s', (_, expression, reason) => {
    const { code, stage, detail } = refusalOf('true', expression);
    expect([code, stage]).toEqual(['policy_invalid', 'request']);
    expect(detail).toContain('rules.1.expression: ');
    expect(detail).toContain(reason);
  });
});

describe('limits', () => {
  const all = (inner: string, name: string) => `tcb.advisories.all(${name}, ${inner})`;

  test.each([
    ['parts', Array.from({ length: 126 }, () => 'true').join('&&'), 'has more than 250 parts'],
    ['depth', `${'debug ? true : '.repeat(32)}false`, 'nests deeper than 32'],
    ['brackets', `${'('.repeat(25)}true${')'.repeat(25)}`, 'brackets nest deeper than 24'],
    ['brackets in a text', `"${'('.repeat(25)}" == ""`, 'brackets nest deeper than 24'],
    ['nested macros', all(all(all('a == b', 'c'), 'b'), 'a'), 'macros nest deeper than 2'],
    ['steps', all(all('a == b', 'b'), 'a'), 'steps, and a rule may take 4000'],
    [
      'steps of patterns',
      Array.from({ length: 12 }, () => 'tee.matches("^a$")').join(' || '),
      'steps, and a rule may take 4000',
    ],
  ])('of %s', (_, expression, reason) => {
    const { detail } = refusalOf(expression);
    expect(detail).toContain('rules.0.expression: ');
    expect(detail).toContain(reason);
  });

  test('of all rules together', () => {
    const costly = all('a in ["x", "y", "z"] || a == "w"', 'a');
    const rules = Array.from({ length: 12 }, () => costly);
    expect(refusalOf(...rules).detail).toMatch(/rules: take up to \d+ steps together, and may take 8000/);
  });

  test('of length and number', () => {
    const rule = (name: string, expression: string) => ({ name, expression, message: 'm' });
    const refused = (rules: object[]) => () => parsePolicy({ name: 'x', rules });
    expect(refused([rule('a', `tee == "${'x'.repeat(1000)}"`)])).toThrow('rules.0.expression');
    const many = Array.from({ length: 33 }, (_, place) => rule(`r${place}`, 'true'));
    expect(refused(many)).toThrow('rules: must have at most 32');
    expect(refused([rule('a', 'true'), rule('a', 'true')])).toThrow('rules: every name once');
    expect(refused([{ name: 'a', expression: 'true' }])).toThrow('rules.0.message');
    expect(refused([{ ...rule('a', 'true'), severity: 'x' }])).toThrow('rules.0.severity: unknown member');
  });

  test('are not reached by ordinary rules', () => {
    expect(passes('tcb.advisories.all(a, a in ["AMD-SB-3027", "AMD-SB-3020", "AMD-SB-3019"])')).toBe(true);
    expect(passes('["a", "b"].all(x, ["c", "d"].all(y, x != y))')).toBe(true);
  });
});

const EXPRESSIONS = fc.oneof(
  fc.string({ maxLength: 60, unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        ...['claims', '.', 'tee', '(', ')', '[', ']', '!', '-', '&&', '||', '==', 'in', '"', 'a', '?', ':'],
        ...[
          '.all(x, ',
          '.map(x, ',
          'matches',
          '"^(a+)+$"',
          '1',
          ',',
          '{',
          '}',
          'null',
          'has',
          '%',
          '/',
          '\\',
        ],
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
);

test('no text is anything but accepted or refused in words', () => {
  fc.assert(
    fc.property(EXPRESSIONS, (expression) => {
      try {
        policyWith(expression);
      } catch (error) {
        if (!(error instanceof RefusalError)) throw error;
        expect(error.refusal.detail).toMatch(/rules\.0\.expression: .+/s);
      }
    }),
    { numRuns: 1500 },
  );
});
