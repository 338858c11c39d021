import { describe, expect, test } from '@jest/globals';
import type { JsonObject, JsonValue } from '../../../src/rats/result.js';
import { MalformedCollateral, type Members, readMembers } from '../../../src/tee/tdx/collateral-members.js';

/** What is read from the object, or why it cannot be. */
function read(value: JsonValue, reading: (members: Members) => unknown): unknown {
  try {
    return readMembers(value, 'doc', reading);
  } catch (error) {
    if (error instanceof MalformedCollateral) return `${error.name}: ${error.message}`;
    throw error;
  }
}

const broken = (message: string): string => `MalformedCollateral: ${message}`;

describe('an object', () => {
  test.each<[string, JsonValue]>([
    ['null', null],
    ['a list', []],
    ['a text', 'a'],
  ])('is not %s', (_what, value) => {
    expect(read(value, () => 1)).toBe(broken('doc is not an object'));
  });

  test('has its members read once each, and none is left', () => {
    expect(read({ a: 1, b: 'x' }, (members) => [members.integer('a', 9), members.text('b')])).toEqual([
      1,
      'x',
    ]);
    expect(read({}, () => 'nothing')).toBe('nothing');
    expect(read({ a: 1, b: 2 }, (members) => members.take('a'))).toBe(
      broken('doc has an unknown member (b)'),
    );
    expect(read({ a: 1 }, (members) => [members.take('a'), members.take('a')])).toBe(
      broken('doc.a is missing'),
    );
    expect(read({ a: 1 }, (members) => [members.has('a'), members.take('a'), members.has('a')])).toEqual([
      true,
      1,
      false,
    ]);
  });

  test.each([
    ['x'.repeat(64), 'x'.repeat(64)],
    ['x'.repeat(65), 'not fit to be printed'],
    ['a b', 'not fit to be printed'],
    ['\u001b[31m', 'not fit to be printed'],
    ['a\n', 'not fit to be printed'],
    ['', 'not fit to be printed'],
  ])('does not repeat a strange name of a member: %j', (name, shown) => {
    expect(read({ [name]: 1 }, () => 1)).toBe(broken(`doc has an unknown member (${shown})`));
  });

  test('inside another is named with its place', () => {
    const reading = (members: Members) => members.object('in', (inner) => inner.text('a'));
    expect(read({ in: { a: 'x' } }, reading)).toBe('x');
    expect(read({ in: { a: 1 } }, reading)).toBe(broken('doc.in.a is not a string'));
    expect(read({ in: { a: 'x', b: 1 } }, reading)).toBe(broken('doc.in has an unknown member (b)'));
    expect(read({ in: 5 }, reading)).toBe(broken('doc.in is not an object'));
  });
});

describe('a member', () => {
  type Case = [
    what: string,
    reading: (members: Members) => unknown,
    good: [JsonValue, unknown][],
    bad: JsonValue[],
    says: string,
  ];
  test.each<Case>([
    [
      'word',
      (members) => members.word('a'),
      [
        ['!', '!'],
        ['~'.repeat(64), '~'.repeat(64)],
      ],
      ['', ' a', 'a ', 'a b', 'é', 'x'.repeat(65), 'a\n'],
      'is not a word',
    ],
    [
      'one of some words',
      (members) => members.oneOf('a', ['SGX', 'TDX']),
      [['TDX', 'TDX']],
      ['', 'tdx', 'TDX ', 'SGX, TDX'],
      'is none of SGX, TDX',
    ],
    [
      'integer',
      (members) => members.integer('a', 255),
      [
        [0, 0],
        [255, 255],
      ],
      [-1, 256, 0.5, '1', null],
      'is not an integer of 0 to 255',
    ],
    [
      'hex',
      (members) => members.hex('a', 2),
      [
        ['00fF', '00ff'],
        ['abcd', 'abcd'],
      ],
      ['00f', '00', '00ffff', '00fg', ''],
      'is not 4 hex digits',
    ],
    [
      'instant',
      (members) => members.instant('a'),
      [['2025-06-19T10:16:03Z', new Date('2025-06-19T10:16:03Z')]],
      [
        '2025-06-31T10:16:03Z',
        '2025-06-19T10:16:03.5Z',
        '2025-06-19T10:16:03+00:00',
        ' 2025-06-19T10:16:03Z',
        '2025-06-19T10:16:03Z ',
        '2025-06-19',
        '',
      ],
      'is not a UTC instant',
    ],
    [
      'list of words',
      (members) => members.words('a'),
      [
        [[], []],
        [
          ['x', 'y'],
          ['x', 'y'],
        ],
      ],
      ['x', { 0: 'x' }, null],
      'is not a list',
    ],
    [
      'list with something in it',
      (members) => members.filledList('a', (item) => item),
      [[[1], [1]]],
      [[]],
      'is empty',
    ],
  ])('that is a %s', (_what, reading, good, bad, says) => {
    for (const [value, result] of good) expect(read({ a: value }, reading)).toEqual(result);
    for (const value of bad)
      expect([value, read({ a: value }, reading)]).toEqual([value, broken(`doc.a ${says}`)]);
    expect(read({}, reading)).toBe(broken('doc.a is missing'));
  });

  test.each<[string, (members: Members) => unknown]>([
    ['text', (members) => members.text('a')],
    ['word', (members) => members.word('a')],
    ['one of some words', (members) => members.oneOf('a', ['SGX'])],
    ['hex', (members) => members.hex('a', 2)],
    ['instant', (members) => members.instant('a')],
  ])('that is a %s is a string', (_what, reading) => {
    for (const value of [1, null, ['x'], true, { a: 'x' }] satisfies JsonValue[]) {
      expect(read({ a: value }, reading)).toBe(broken('doc.a is not a string'));
    }
  });

  test('of a list is named with its number', () => {
    const words = (members: Members) => members.words('a');
    for (const item of [1, 'a b', '', null] satisfies JsonValue[]) {
      expect(read({ a: ['x', item] }, words)).toBe(broken('doc.a[1] is not a word'));
    }
    const inner = (members: Members) =>
      members.list('a', (item, where) => readMembers(item, where, (one) => one.bytes('b', 1)));
    expect(read({ a: [{ b: '01' }, { b: '02' }] }, inner)).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
    expect(read({ a: [{ b: '01' }, { b: 'zz' }] } satisfies JsonObject, inner)).toBe(
      broken('doc.a[1].b is not 2 hex digits'),
    );
  });
});
