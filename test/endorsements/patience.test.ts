import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  absenceAfter,
  closureAfter,
  hasRoom,
  later,
  pauseAfter,
  pauseOnRate,
  secondsUntil,
  turnAt,
} from '../../src/endorsements/patience.js';

const NOW = new Date('2026-11-20T12:00:00Z');
const MINUTE = 60;
const HOUR = 3600;

describe('how long a vendor is left alone', () => {
  test('a document: ten seconds, twice as long each time, a quarter of an hour at most; chance shortens it by a quarter at most', () => {
    expect([1, 2, 3, 7, 8, 400].map((attempts) => pauseAfter(attempts, 0))).toEqual([
      10,
      20,
      40,
      640,
      15 * MINUTE,
      15 * MINUTE,
    ]);
    expect(pauseAfter(2, 1)).toBe(15);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, chance) => {
          const whole = pauseAfter(n, 0);
          expect(pauseAfter(n, chance)).toBeLessThanOrEqual(whole);
          expect(pauseAfter(n, chance)).toBeGreaterThanOrEqual(0.75 * whole);
          expect(pauseAfter(n + 1, 0)).toBeGreaterThanOrEqual(whole);
        },
      ),
    );
  });

  test('what does not exist: an hour, twice as long each time, a day at most', () => {
    expect([1, 2, 5, 6, 99].map(absenceAfter)).toEqual([HOUR, 2 * HOUR, 16 * HOUR, 24 * HOUR, 24 * HOUR]);
  });

  test('a service: after the fifth failure in a row a minute, twice as long each time, a quarter of an hour at most', () => {
    expect([1, 4, 5, 6, 9, 50].map(closureAfter)).toEqual([
      null,
      null,
      MINUTE,
      2 * MINUTE,
      15 * MINUTE,
      15 * MINUTE,
    ]);
  });

  test('the vendor’s own word counts, from ten seconds up to an hour', () => {
    expect(pauseOnRate(70, 9, 1)).toBe(70);
    expect(pauseOnRate(0, 9, 1)).toBe(10);
    expect(pauseOnRate(1e9, 1, 0)).toBe(HOUR);
    expect(pauseOnRate(null, 2, 0)).toBe(20);
  });

  test('a turn comes after those before it, each with its ration and the time until somebody looks', () => {
    const busy = { nextAt: later(NOW, 4), closedUntil: null, failures: 0 };
    expect(turnAt(busy, 0, 10, NOW)).toEqual(later(NOW, 4));
    expect(turnAt(busy, 3, 10, NOW)).toEqual(later(NOW, 37));
    expect(turnAt({ ...busy, closedUntil: later(NOW, 60) }, 1, 10, NOW)).toEqual(later(NOW, 71));
    expect(turnAt({ ...busy, nextAt: later(NOW, -60) }, 0, 10, NOW)).toEqual(NOW);
  });

  test('seconds are whole, never too early, and one at least', () => {
    expect(secondsUntil(later(NOW, 0.001), NOW)).toBe(1);
    expect(secondsUntil(later(NOW, 1.001), NOW)).toBe(2);
    expect(secondsUntil(later(NOW, -5), NOW)).toBe(1);
  });

  test('a fifth of the room is kept for known platforms', () => {
    expect(hasRoom(3_999, 999, false)).toBe(true);
    expect(hasRoom(4_000, 0, false)).toBe(false);
    expect(hasRoom(0, 1_000, false)).toBe(false);
    expect(hasRoom(4_999, 1_249, true)).toBe(true);
    expect(hasRoom(5_000, 0, true)).toBe(false);
    expect(hasRoom(0, 1_250, true)).toBe(false);
  });
});
