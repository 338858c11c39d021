/** What rules ask of one claim, against every value that decides: a rule is found exactly when none passes, or all. */
import { describe, expect, test } from '@jest/globals';
import { contradicts } from '../../../src/appraisal/lint/demands.js';
import { lintRules } from '../../../src/appraisal/lint/rules.js';

type Atom = readonly [text: string, holds: (value: number) => boolean];

const at = (bound: number): readonly Atom[] => [
  [`claims.vmpl < ${bound}`, (value) => value < bound],
  [`claims.vmpl <= ${bound}`, (value) => value <= bound],
  [`claims.vmpl > ${bound}`, (value) => value > bound],
  [`claims.vmpl >= ${bound}`, (value) => value >= bound],
  [`claims.vmpl == ${bound}`, (value) => value === bound],
  [`claims.vmpl != ${bound}`, (value) => value !== bound],
  [`${bound} < claims.vmpl`, (value) => bound < value],
  [`${bound} <= claims.vmpl`, (value) => bound <= value],
  [`${bound} > claims.vmpl`, (value) => bound > value],
  [`${bound} >= claims.vmpl`, (value) => bound >= value],
];
const LISTS: readonly Atom[] = [
  ['claims.vmpl in [1, 3]', (value) => value === 1 || value === 3],
  ['!(claims.vmpl in [1, 2])', (value) => value !== 1 && value !== 2],
];
/** Below, between and above all bounds. */
const VALUES = [-1, 0, 1, 2, 3, 4, 5];

const found = (expression: string) =>
  lintRules([{ name: 'a', expression, message: 'm' }]).map(({ severity }) => severity);

function foundBy(holds: (value: number) => boolean): readonly string[] {
  if (!VALUES.some(holds)) return ['error'];
  return VALUES.every(holds) ? ['warning'] : [];
}

describe('of two demands on a number', () => {
  const pairs = [...at(1), ...LISTS].flatMap((one) =>
    [...at(2), ...LISTS].map((other) => [...one, ...other] as const),
  );

  test('both', () => {
    for (const [one, first, other, second] of pairs) {
      const expression = `${one} && ${other}`;
      const expected = foundBy((value) => first(value) && second(value));
      expect([expression, found(expression)]).toEqual([expression, expected]);
    }
  });

  test('either', () => {
    for (const [one, first, other, second] of pairs) {
      const expression = `${one} || ${other}`;
      const expected = foundBy((value) => first(value) || second(value));
      expect([expression, found(expression)]).toEqual([expression, expected]);
    }
  });

  test('neither', () => {
    for (const [one, first, other, second] of pairs) {
      const expression = `!(${one}) && !(${other})`;
      const expected = foundBy((value) => !first(value) && !second(value));
      expect([expression, found(expression)]).toEqual([expression, expected]);
    }
  });
});

describe('of several demands', () => {
  test.each([
    [
      'the highest of the lower bounds counts',
      'claims.vmpl >= 1 && claims.vmpl >= 3 && claims.vmpl <= 2',
      ['error'],
    ],
    ['wherever it stands', 'claims.vmpl >= 3 && claims.vmpl >= 1 && claims.vmpl <= 2', ['error']],
    [
      'the lowest of the upper bounds counts',
      'claims.vmpl <= 3 && claims.vmpl <= 1 && claims.vmpl >= 2',
      ['error'],
    ],
    ['wherever it stands too', 'claims.vmpl <= 1 && claims.vmpl <= 3 && claims.vmpl >= 2', ['error']],
    ['bounds that meet', 'claims.vmpl <= 3 && claims.vmpl <= 2 && claims.vmpl >= 1 && claims.vmpl >= 2', []],
    ['a list within bounds', 'claims.vmpl in [1, 9] && claims.vmpl > 1 && claims.vmpl < 9', ['error']],
    ['the end of a list', 'claims.vmpl in [1, 9] && claims.vmpl > 1 && claims.vmpl <= 9', []],
    [
      'one of three lists',
      'claims.vmpl in [1, 2] && claims.vmpl in [2, 3] && claims.vmpl in [1, 3]',
      ['error'],
    ],
    ['a text beside bounds of another', 'tee == "tdx" && claims.vmpl > 1', []],
    ['claims of two names', 'claims.vmpl > 2 && claims.guest_svn < 2', []],
    ['a list with a claim in it', 'tee in ["x", generation]', []],
    ['a claim in a claim', 'tee in tcb.advisories && tee == "tdx"', []],
    ['a constant in a list', '"tdx" in ["x"] || tee == "tdx"', []],
    ['claims compared', 'tee == generation && tee == "tdx"', []],
    ['functions of claims', 'size(tee) == 3 && size(tee) == 4', []],
    ['an order of texts', 'tee < "a" && tee > "b"', []],
    ['a word that is none', 'claims.signing_key in ["VXEK"]', ['error']],
    ['all words but one', 'claims.signing_key != "VCEK" && claims.signing_key != "VLEK"', ['error']],
    ['all processors left out', '!(claims.product in ["Milan", "Genoa", "Turin"])', ['error']],
    ['all TEEs', 'tee in ["sev-snp", "az-sev-snp", "tdx"]', ['warning']],
    ['a choice of claims', 'debug ? true : false', []],
    ['a flag of its own', 'debug && debug', []],
    ['a flag and its opposite', '!debug || debug', ['warning']],
    ['a negated choice', '!(debug && tee == "x")', ['warning']],
    ['a choice of which one can be', 'tee == "x" || tee == "tdx"', []],
    ['a negated choice of which one can be', '!(tee != "x" || tee != "tdx")', ['error']],
    ['a macro', 'tcb.advisories.all(a, false)', []],
  ])('%s', (_what, expression, severities) => {
    expect(found(expression)).toEqual(severities);
  });

  test('none at all contradict nothing', () => {
    expect(contradicts([])).toBe(false);
  });
});
