import { expect, test } from '@jest/globals';
import { onFreePort, PortTaken, saysPortTaken } from './ports.js';

test('a port that was taken is another try; five of them, and other failures, are the end', async () => {
  let starts = 0;
  const takenUntil = (last: number) => async () => {
    starts += 1;
    if (starts < last) throw new PortTaken('taken');
    return starts;
  };
  expect(await onFreePort(takenUntil(5))).toBe(5);
  starts = 0;
  await expect(onFreePort(takenUntil(6))).rejects.toThrow(PortTaken);
  expect(starts).toBe(5);
  await expect(onFreePort(() => Promise.reject(new Error('other')))).rejects.toThrow('other');
});

test('Go says so in these words', () => {
  expect(saysPortTaken('listen tcp 127.0.0.1:9000: bind: address already in use')).toBe(true);
  expect(saysPortTaken('listen tcp 127.0.0.1:9000: bind: permission denied')).toBe(false);
});
