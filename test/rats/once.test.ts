/** What is made once is made for its key alone, and forgotten when there is too much of it. */
import { describe, expect, test } from '@jest/globals';
import { askedOnce, instantText, onceFor, onceForEach } from '../../src/rats/once.js';

test('by an object: once for each, never one for another that looks like it', () => {
  let made = 0;
  const nameOf = onceFor((key: { readonly name: string }) => {
    made += 1;
    return `${key.name} ${made}`;
  });
  const [one, twin] = [{ name: 'a' }, { name: 'a' }];
  expect([nameOf(one), nameOf(twin), nameOf(one)]).toEqual(['a 1', 'a 2', 'a 1']);
});

describe('by a value', () => {
  test('texts, numbers and words of 64 bits are told apart', () => {
    const typeOf = onceForEach(8, (key: string | number | bigint) => `${typeof key} ${key}`);
    expect(['1', 1, 1n].map((key) => typeOf(key))).toEqual(['string 1', 'number 1', 'bigint 1']);
    expect(typeOf(2n ** 63n)).not.toBe(typeOf(2n ** 63n + 1n));
  });

  test('no more than the most are kept, and what was forgotten comes out the same', () => {
    const made: number[] = [];
    const squareOf = onceForEach(3, (key: number) => {
      made.push(key);
      return key * key;
    });
    const squares = [1, 2, 3, 1, 4, 1, 4].map((key) => squareOf(key));
    expect(squares).toEqual([1, 4, 9, 1, 16, 1, 16]);
    expect(made).toEqual([1, 2, 3, 4, 1]);
  });

  test('what throws leaves nothing behind', () => {
    let tries = 0;
    const made = onceForEach(3, (key: number) => {
      tries += 1;
      if (tries === 1) throw new RangeError('not yet');
      return key;
    });
    expect(() => made(7)).toThrow(RangeError);
    expect(made(7)).toBe(7);
  });
});

test('an answer belongs to its value and its policy, and nobody can change it', () => {
  const answer = askedOnce((value: number, policy: { readonly least: number }) => ({
    holds: value >= policy.least,
  }));
  const [mild, strict] = [{ least: 1 }, { least: 9 }];
  expect([answer(5, mild), answer(5, strict), answer(9, strict)].map(({ holds }) => holds)).toEqual([
    true,
    false,
    true,
  ]);
  expect(answer(5, mild)).toBe(answer(5, mild));
  expect(Object.isFrozen(answer(5, mild))).toBe(true);
});

test('the words for an instant are those of that instant, also after another one', () => {
  const [first, second] = [new Date('2026-11-20T12:00:00.001Z'), new Date('2026-11-20T12:00:00.002Z')];
  expect([first, second, first, new Date(first)].map(instantText)).toEqual([
    '2026-11-20T12:00:00.001Z',
    '2026-11-20T12:00:00.002Z',
    '2026-11-20T12:00:00.001Z',
    '2026-11-20T12:00:00.001Z',
  ]);
  expect(() => instantText(new Date(Number.NaN))).toThrow(RangeError);
});
