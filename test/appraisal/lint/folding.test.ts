/** Constant expressions against JavaScript’s own operators: all pairs of values, a claim among them. */
import { describe, expect, test } from '@jest/globals';
import { type Folded, foldedValue } from '../../../src/appraisal/lint/folding.js';
import { readExpression } from '../../../src/appraisal/rules/expression.js';

const VALUES: Readonly<Record<string, Folded | undefined>> = {
  true: true,
  false: false,
  '1': 1n,
  '2': 2n,
  '"1"': '1',
  '"a"': 'a',
  null: null,
  debug: undefined,
};
const PAIRS = Object.entries(VALUES).flatMap((one) =>
  Object.entries(VALUES).map((other) => [one, other] as const),
);

const folded = (expression: string) => foldedValue(readExpression(expression).tree);

type Operator = (a: Folded | undefined, b: Folded | undefined) => boolean | undefined;

/** Of two constants; `ordered`: of numbers or texts alone. */
const compared =
  (compare: (a: Folded, b: Folded) => boolean, ordered: boolean): Operator =>
  (a, b) => {
    if (a === undefined || b === undefined) return undefined;
    const fits = typeof a === typeof b && (typeof a === 'bigint' || typeof a === 'string');
    return ordered && !fits ? undefined : compare(a, b);
  };
const order = (compare: (a: bigint | string, b: bigint | string) => boolean): Operator =>
  compared((a, b) => compare(a as bigint, b as bigint), true);

const OPERATORS: Readonly<Record<string, Operator>> = {
  '==': compared((a, b) => a === b, false),
  '!=': compared((a, b) => a !== b, false),
  '<': order((a, b) => a < b),
  '<=': order((a, b) => a <= b),
  '>': order((a, b) => a > b),
  '>=': order((a, b) => a >= b),
  // A side that decides alone needs no other; what is no flag decides nothing.
  '&&': (a, b) => (a === false || b === false ? false : a === true && b === true ? true : undefined),
  '||': (a, b) => (a === true || b === true ? true : a === false && b === false ? false : undefined),
};

describe('the value of an expression without claims', () => {
  test.each(Object.entries(OPERATORS))('is that of both sides: %s', (name, operator) => {
    for (const [[left, a], [right, b]] of PAIRS) {
      const expression = `${left} ${name} ${right}`;
      expect([expression, folded(expression)]).toEqual([expression, operator(a, b)]);
    }
  });

  test('is that of what is negated, where it is a flag', () => {
    expect([folded('!true'), folded('!false')]).toEqual([false, true]);
    for (const value of ['1', '2', '"a"', 'null', 'debug']) expect(folded(`!${value}`)).toBeUndefined();
  });

  test('is that of the side that a condition chooses, where it is a flag', () => {
    expect(folded('true ? 1 : 2')).toBe(1n);
    expect(folded('false ? 1 : 2')).toBe(2n);
    expect(folded('true ? debug : true')).toBeUndefined();
    for (const value of ['1', '2', '"a"', 'null', 'debug'])
      expect(folded(`${value} ? 1 : 2`)).toBeUndefined();
  });

  test('is none of a claim, a list or a function', () => {
    for (const expression of [
      'debug',
      'claims.vmpl',
      '[true]',
      'size("a")',
      '1 + 1',
      '1 in [1]',
      '"a".contains("a")',
    ]) {
      expect([expression, folded(expression)]).toEqual([expression, undefined]);
    }
  });
});
