/** How single values compare, whatever member they are of. */
import { describe, expect, test } from '@jest/globals';
import {
  allowing,
  atLeast,
  bitRule,
  type Compare,
  compareSets,
  demanding,
  other,
  permitting,
  together,
} from '../../../src/appraisal/diff/change.js';
import type { JsonValue } from '../../../src/rats/result.js';

describe('the second of two values', () => {
  test.each<[string, Compare, JsonValue, JsonValue, string]>([
    ['allows more', allowing, ['a'], ['b', 'a'], 'looser'],
    ['allows less', allowing, ['a', 'b'], ['b'], 'stricter'],
    ['allows other things', allowing, ['a', 'b'], ['b', 'c'], 'other'],
    ['allows the same in another order', allowing, ['a', 'b'], ['b', 'a'], 'other'],
    ['allows everything', allowing, [], null, 'looser'],
    ['allows nothing more than a list', allowing, null, ['a'], 'stricter'],
    ['demands more', demanding, [1], [2, 1], 'stricter'],
    ['demands less', demanding, [1, 2], [2], 'looser'],
    ['demands other things', demanding, [1], [2], 'other'],
    ['demands the same in another order', demanding, [1, 2], [2, 1], 'other'],
    ['is higher', atLeast, 9, 10, 'stricter'],
    ['is lower', atLeast, 10, 9, 'looser'],
    ['is a bound', atLeast, null, 0, 'stricter'],
    ['is no bound', atLeast, -1, null, 'looser'],
    ['is a later date', atLeast, '2025-12-31', '2026-01-01', 'stricter'],
    ['permits', permitting, false, true, 'looser'],
    ['permits no more', permitting, true, false, 'stricter'],
    ['asks for a bit', bitRule, 'any', 'required', 'stricter'],
    ['asks for no bit', bitRule, 'forbidden', 'any', 'looser'],
    ['asks for the opposite', bitRule, 'forbidden', 'required', 'other'],
    ['decides nothing', other, 'a', 'b', 'other'],
  ])('%s', (_what, compare, before, after, effect) => {
    expect(compare(before, after)).toBe(effect);
  });
});

test('what is no list holds nothing', () => {
  expect(compareSets('a', ['a'])).toEqual({ added: true, removed: false });
  expect(compareSets(['a'], null)).toEqual({ added: false, removed: true });
  expect(compareSets('a', { a: 1 })).toEqual({ added: false, removed: false });
});

test('several effects are one when they are all alike', () => {
  expect(together(['looser', 'looser', 'looser'])).toBe('looser');
  expect(together(['stricter'])).toBe('stricter');
  expect(together(['looser', 'looser', 'stricter'])).toBe('other');
  expect(together(['stricter', 'looser'])).toBe('other');
  expect(together([])).toBe('other');
});
