/** What whoever waits for a large model sees: on a terminal how far it has come, elsewhere nothing. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { load } from './modules.js';

const { createProgress } = await load('progress');

const terminal = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');
afterEach(() => {
  jest.restoreAllMocks();
  if (terminal === undefined) Reflect.deleteProperty(process.stderr, 'isTTY');
  else Object.defineProperty(process.stderr, 'isTTY', terminal);
});

/** Follows two halves of two megabytes; resolves to what was written meanwhile and to the figures. */
async function follow(isTTY: boolean) {
  Object.defineProperty(process.stderr, 'isTTY', { value: isTTY, configurable: true });
  const written: string[] = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const half = Buffer.alloc(1_000_000);
  const progress = createProgress(2 * half.length);
  const passed: Buffer[] = [];
  for await (const piece of progress.follow([half, half])) passed.push(piece);
  expect(passed).toEqual([half, half]);
  return { figures: progress.finish(), written };
}

describe('progress', () => {
  test('is shown on a terminal, which is left clean', async () => {
    const { figures, written } = await follow(true);
    expect(written[0]).toMatch(/^\r 50 % {2}\d+ MB\/s $/u);
    expect(written.at(-1)).toBe('\r\u001b[K');
    expect(figures).toMatchObject({ megabytes: 2, grown: expect.any(Number) });
  });

  test('is not shown where nobody watches', async () => {
    const { figures, written } = await follow(false);
    expect(written).toEqual([]);
    expect(figures.megabytes).toBe(2);
  });
});
