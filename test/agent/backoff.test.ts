import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pauseBefore, pauseForRenewal, pauseForService } from '../../src/agent/backoff.js';

const RANDOM = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const FAILURES = fc.integer({ min: 1, max: 100_000 });

test('doubled each time up to the longest, the upper half at random', () => {
  const limits = { first: 100, longest: 1_000 };
  expect([1, 2, 3, 4, 5, 6].map((failures) => pauseBefore(failures, 0, limits))).toEqual([
    50, 100, 200, 400, 500, 500,
  ]);
  fc.assert(
    fc.property(FAILURES, RANDOM, (failures, random) => {
      const pause = pauseBefore(failures, random, limits);
      expect(pause).toBeGreaterThanOrEqual(50);
      expect(pause).toBeLessThanOrEqual(1_000);
    }),
  );
});

test('the service is never asked sooner than it asked for, nor kept waiting for a mistake of an hour and more', () => {
  fc.assert(
    fc.property(FAILURES, RANDOM, fc.nat(999_999_999), (failures, random, retryAfter) => {
      const pause = pauseForService(failures, random, retryAfter);
      expect(pause).toBeGreaterThanOrEqual(Math.min(retryAfter, 3_600) * 1_000);
      expect(pause).toBeLessThanOrEqual(3_600_000 * 1.25);
    }),
  );
  expect(pauseForService(1, 0, null)).toBe(500);
  expect(pauseForService(50, 0.5, null)).toBe(45_000);
});

test('renewal comes between 57 and 67 hundredths of the life', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_600 }), RANDOM, (lifetime, random) => {
      const part = pauseForRenewal(lifetime, random) / (lifetime * 1_000);
      expect(part).toBeGreaterThan(0.565);
      expect(part).toBeLessThan(0.668);
    }),
  );
});
