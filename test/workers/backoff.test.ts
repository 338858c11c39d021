import { expect, test } from '@jest/globals';
import { endsInARow, restartDelay } from '../../src/workers/backoff.js';

test('a place stays empty for longer each time, up to half a minute', () => {
  const delays = Array.from({ length: 10 }, (_, index) => restartDelay(index + 1));
  expect(delays).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  expect(restartDelay(10_000)).toBe(30_000);
});

test('a worker that served for a minute begins the row anew', () => {
  expect(endsInARow(0, 0.1)).toBe(1);
  expect(endsInARow(7, 59)).toBe(8);
  expect(endsInARow(7, 60)).toBe(1);
});
