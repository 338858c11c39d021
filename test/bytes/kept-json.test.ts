import { describe, expect, test } from '@jest/globals';
import { KeptJson } from '../../src/bytes/kept-json.js';

const KEPT = new KeptJson({
  text: 'a',
  integer: 7,
  flag: false,
  word: '0x3001f',
  instant: '2026-11-20T12:00:00.000Z',
  bytes: 'c0ff',
  integers: [1, 2, 3],
  object: { inside: 'b' },
  objects: [{ inside: 'c' }, { inside: 'd' }],
  nothing: null,
});

describe('members that are there', () => {
  test('are read as what they are', () => {
    expect(KEPT.text('text')).toBe('a');
    expect(KEPT.integer('integer')).toBe(7);
    expect(KEPT.flag('flag')).toBe(false);
    expect(KEPT.word('word')).toBe(0x3001fn);
    expect(KEPT.instant('instant')).toEqual(new Date('2026-11-20T12:00:00Z'));
    expect([...KEPT.bytes('bytes', 2)]).toEqual([0xc0, 0xff]);
    expect(KEPT.integers('integers')).toEqual([1, 2, 3]);
    expect(KEPT.object('object').text('inside')).toBe('b');
    expect(KEPT.objects('objects').map((one) => one.text('inside'))).toEqual(['c', 'd']);
    expect(KEPT.json('object')).toEqual({ inside: 'b' });
    expect(KEPT.orNull('text', (kept) => kept.text('text'))).toBe('a');
  });

  test('may be null or absent where that is said', () => {
    const read = (kept: KeptJson) => kept.text('text');
    expect(KEPT.orNull('nothing', read)).toBeNull();
    expect(KEPT.orNull('absent', read)).toBeNull();
  });
});

describe('members of another form', () => {
  test.each<[string, (kept: KeptJson) => unknown]>([
    ['text', (kept) => kept.text('integer')],
    ['an integer', (kept) => kept.integer('text')],
    ['true or false', (kept) => kept.flag('text')],
    ['a word', (kept) => kept.word('text')],
    ['an instant', (kept) => kept.instant('text')],
    ['2 bytes', (kept) => kept.bytes('text', 2)],
    ['3 bytes', (kept) => kept.bytes('bytes', 3)],
    ['a list', (kept) => kept.integers('text')],
    ['integers', (kept) => kept.integers('objects')],
    ['an object', (kept) => kept.object('objects')],
    ['an object', (kept) => kept.object('nothing')],
    ['an object', (kept) => kept.objects('integers')],
    ['an object', (kept) => kept.json('absent')],
    ['text', (kept) => kept.text('absent')],
  ])('are refused by name: %s', (what, read) => {
    expect(() => read(KEPT)).toThrow(TypeError);
    expect(() => read(KEPT)).toThrow(new RegExp(`that is ${what}$`));
  });
});
