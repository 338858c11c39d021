import { describe, expect, test } from '@jest/globals';
import { rememberByEpoch } from '../../src/storage/epoch-memory.js';

interface Answer {
  readonly epoch: bigint;
  readonly word: string | null;
}

function counting(state: { epoch: bigint; word: string | null }) {
  let asked = 0;
  const memory = rememberByEpoch<string, Answer>({
    ask: async () => {
      asked += 1;
      return { ...state };
    },
    keyOf: (question) => question,
    lasts: (_, { word }) => word !== null,
    sizeOf: ({ word }) => word?.length ?? 0,
    limits: { entries: 3, bytes: 1_000 },
  });
  return { ...memory, asked: () => asked };
}

describe('an answer', () => {
  test('is remembered by tenant and question', async () => {
    const { find, asked } = counting({ epoch: 3n, word: 'yes' });
    for (let time = 0; time < 3; time += 1)
      expect(await find('acme', 'a')).toEqual({ epoch: 3n, word: 'yes' });
    expect(asked()).toBe(1);
    await find('acme', 'b');
    await find('other', 'a');
    expect(asked()).toBe(3);
  });

  test('is forgotten with the epoch, of that tenant only', async () => {
    const { find, forget, asked } = counting({ epoch: 3n, word: 'yes' });
    await find('acme', 'a');
    await find('other', 'a');
    forget('acme');
    await find('acme', 'a');
    await find('other', 'a');
    expect(asked()).toBe(3);
  });

  test('of an older epoch is gone as soon as another question met a younger one', async () => {
    const state = { epoch: 3n, word: 'yes' };
    const { find } = counting(state);
    await find('acme', 'a');
    Object.assign(state, { epoch: 4n, word: 'no' });
    expect(await find('acme', 'a')).toEqual({ epoch: 3n, word: 'yes' });
    await find('acme', 'b');
    expect(await find('acme', 'a')).toEqual({ epoch: 4n, word: 'no' });
  });

  test('that comes late, under an older epoch than the one known, is not remembered', async () => {
    const state = { epoch: 4n, word: 'new' };
    const { find, asked } = counting(state);
    await find('acme', 'a');
    Object.assign(state, { epoch: 3n, word: 'old' });
    expect((await find('acme', 'b')).word).toBe('old');
    Object.assign(state, { epoch: 4n, word: 'new' });
    expect((await find('acme', 'b')).word).toBe('new');
    expect(asked()).toBe(3);
  });

  test('that does not last is asked for again', async () => {
    const { find, asked } = counting({ epoch: 3n, word: null });
    await find('acme', 'a');
    await find('acme', 'a');
    expect(asked()).toBe(2);
  });

  test('gives way when there are too many', async () => {
    const { find, asked } = counting({ epoch: 3n, word: 'yes' });
    for (const question of ['a', 'b', 'c', 'd', 'a']) await find('acme', question);
    expect(asked()).toBe(5);
  });
});
