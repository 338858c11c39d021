import { describe, expect, test } from '@jest/globals';
import { Memory } from '../../src/bytes/memory.js';

describe('a memory', () => {
  const keysIn = (memory: Memory<string>, keys: string): string =>
    [...keys].filter((key) => memory.recall(key) !== null).join('');

  test('holds as many things as it may, and forgets the one that was longest without use', () => {
    const memory = new Memory<string>({ entries: 3, bytes: 100 });
    for (const key of 'abc') memory.remember(key, key, 1);
    expect(memory.recall('a')).toBe('a');
    memory.remember('d', 'd', 1);
    expect(keysIn(memory, 'abcd')).toBe('acd');
  });

  test('holds no more bytes than it may, however few the things', () => {
    const memory = new Memory<string>({ entries: 100, bytes: 10 });
    for (const key of 'abc') memory.remember(key, key, 4);
    expect(keysIn(memory, 'abc')).toBe('bc');
    memory.remember('d', 'd', 10);
    expect(keysIn(memory, 'abcd')).toBe('d');
    memory.remember('e', 'e', 11);
    expect(keysIn(memory, 'abcde')).toBe('');
    memory.remember('f', 'f', 10);
    expect(keysIn(memory, 'f')).toBe('f');
  });

  test('counts a thing that is remembered again once', () => {
    const memory = new Memory<string>({ entries: 2, bytes: 10 });
    for (let time = 0; time < 5; time += 1) memory.remember('a', `a${time}`, 5);
    memory.remember('b', 'b', 5);
    expect(keysIn(memory, 'ab')).toBe('ab');
    expect(memory.recall('a')).toBe('a4');
  });

  test('that forgot everything has all its room again', () => {
    const memory = new Memory<string>({ entries: 2, bytes: 10 });
    memory.remember('a', 'a', 10);
    memory.forgetAll();
    expect(memory.recall('a')).toBeNull();
    for (const key of 'bc') memory.remember(key, key, 5);
    expect(keysIn(memory, 'bc')).toBe('bc');
  });
});
