import { describe, expect, test } from '@jest/globals';
import { startStopwatch, systemClock } from '../../src/platform/clock.js';
import { systemEntropy } from '../../src/platform/entropy.js';
import { createLog } from '../../src/platform/log.js';
import { runEvery } from '../../src/platform/periodic.js';

describe('housekeeping', () => {
  test('runs again after a failure, one run at a time, and stopping waits for the last', async () => {
    const lines: string[] = [];
    const log = createLog({ write: (line) => void lines.push(line) });
    let runs = 0;
    let running = 0;
    let most = 0;
    let third: () => void = () => {};
    const reached = new Promise<void>((resolve) => {
      third = resolve;
    });
    const series = runEvery(
      0.005,
      'tidy',
      async () => {
        runs += 1;
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running -= 1;
        if (runs === 1) throw new Error('first time');
        if (runs === 3) third();
      },
      log,
    );
    await reached;
    await series.stop();
    const ended = runs;
    expect({ most, running }).toEqual({ most: 1, running: 0 });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 'warn', task: 'tidy', fault: 'Error' }),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(runs).toBe(ended);
  });
});

test('the stopwatch never goes back', () => {
  const seconds = startStopwatch();
  const first = seconds();
  expect(first).toBeGreaterThanOrEqual(0);
  expect(seconds()).toBeGreaterThanOrEqual(first);
  expect(systemClock.now()).toBeInstanceOf(Date);
});

test('randomness has the length asked for and does not repeat', () => {
  const seen = new Set(
    Array.from({ length: 100 }, () => Buffer.from(systemEntropy.bytes(32)).toString('hex')),
  );
  expect(seen.size).toBe(100);
  expect(systemEntropy.bytes(64)).toHaveLength(64);
});
