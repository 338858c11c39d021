/** The end of every wait for a reply, on a clock that the test moves. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { replyWithin } from '../../src/http/limits.js';
import { outcomeOf } from '../../src/rats/outcome.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('work that takes too long is a database that is too slow, and what becomes of it later is nobody’s', async () => {
  let fail: (error: Error) => void = () => {};
  const work = new Promise<string>((_resolve, reject) => {
    fail = reject;
  });
  const reply = outcomeOf(() => replyWithin(15, () => work));
  jest.advanceTimersByTime(14_999);
  jest.advanceTimersByTime(1);
  expect(await reply).toMatchObject({ ok: false, refusal: { code: 'database_unavailable' } });
  // Unhandled, this would end the process.
  fail(new Error('too late'));
  await Promise.resolve();
});

test('work in time is its own outcome, and leaves no timer behind', async () => {
  await expect(replyWithin(15, async () => 'reply')).resolves.toBe('reply');
  await expect(replyWithin(15, () => Promise.reject(new Error('own')))).rejects.toThrow('own');
  expect(jest.getTimerCount()).toBe(0);
});
