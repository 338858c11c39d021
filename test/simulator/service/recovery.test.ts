import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { componentsAfter } from '../../../src/simulator/index.js';
import {
  LEVEL_STATUSES,
  levelsAfter,
  PLATFORM_LEVELS,
  platformAt,
} from '../../../src/simulator/intel/tcb-levels.js';
import { rationOf } from '../../../src/simulator/service/ration.js';
import { numberOn, numbersAt, type Recovery, requireOrder } from '../../../src/simulator/service/recovery.js';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const day = (count: number) => new Date(START + count * DAY);

/** Recoveries in order: gaps between announcements, and until the standard track has each. */
const schedules: fc.Arbitrary<readonly Recovery[]> = fc
  .array(fc.tuple(fc.nat(200), fc.option(fc.nat(400))), { maxLength: 5 })
  .map((steps) => {
    let announced = 0;
    let standard = 0;
    let known = true;
    return steps.map(([gap, until]) => {
      announced += gap;
      known = known && until !== null;
      standard = Math.max(standard, announced + (until ?? 0));
      return { announcedAt: day(announced), standardFrom: known ? day(standard) : null };
    });
  });

describe('evaluation numbers', () => {
  test('never fall as time goes on, and early is never behind standard', () => {
    fc.assert(
      fc.property(schedules, fc.nat(1500), fc.nat(1500), (schedule, one, other) => {
        const recoveries = requireOrder(schedule);
        const [before, after] = [day(Math.min(one, other)), day(Math.max(one, other))];
        for (const track of ['standard', 'early'] as const) {
          expect(numberOn(track, recoveries, after)).toBeGreaterThanOrEqual(
            numberOn(track, recoveries, before),
          );
        }
        expect(numberOn('early', recoveries, after)).toBeGreaterThanOrEqual(
          numberOn('standard', recoveries, after),
        );
      }),
    );
  });

  test('are listed without a gap, newest first, from early to the one before standard', () => {
    fc.assert(
      fc.property(schedules, fc.nat(1500), (schedule, count) => {
        const at = day(count);
        const numbers = numbersAt(schedule, at);
        const early = numberOn('early', schedule, at);
        const oldest = numberOn('standard', schedule, at) - 1;
        const expected = Array.from({ length: early - oldest + 1 }, (_, index) => early - index);
        expect(numbers.map(({ number }) => number)).toEqual(expected);
        const dates = numbers.map(({ tcbDate }) => tcbDate);
        expect([...dates].sort().reverse()).toEqual(dates);
      }),
    );
  });
});

describe('levels after recoveries', () => {
  const recoveries = [
    { date: '2026-12-01', advisory: 'INTEL-SA-99831' },
    { date: '2027-06-01', advisory: 'INTEL-SA-99832' },
  ];

  test('none changes nothing', () => {
    expect(levelsAfter([])).toBe(PLATFORM_LEVELS);
  });

  test('the newest is up to date, and what was is out of date for every reason since', () => {
    const levels = levelsAfter(recoveries);
    expect(levels).toHaveLength(LEVEL_STATUSES.length + 2);
    expect(levels.slice(0, 3)).toMatchObject([
      { status: 'UpToDate', date: '2027-06-01', advisories: [], sgx: componentsAfter(2) },
      { status: 'OutOfDate', date: '2026-12-01', advisories: ['INTEL-SA-99832'], sgx: componentsAfter(1) },
      { status: 'OutOfDate', advisories: ['INTEL-SA-99831', 'INTEL-SA-99832'], sgx: componentsAfter(0) },
    ]);
    expect(levels.filter(({ status }) => status === 'UpToDate')).toHaveLength(1);
    expect(levels.at(-1)).toMatchObject({ status: 'Revoked' });
    expect(componentsAfter(0)).toEqual(platformAt('UpToDate').components);
  });

  test('each asks for more than the one below', () => {
    const firsts = levelsAfter(recoveries).map(({ sgx }) => sgx[0] ?? 0);
    expect([...firsts].sort((a, b) => b - a)).toEqual(firsts);
    expect(new Set(firsts).size).toBe(firsts.length);
  });
});

describe('a ration', () => {
  test('is never exceeded in any window, and says truly when the next answer is due', () => {
    const steps = fc.array(fc.nat(20_000), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 15 }),
        steps,
        (requests, seconds, gaps) => {
          const take = rationOf({ kind: 'rate', requests, seconds, retryAfter: true });
          const given: number[] = [];
          let now = START;
          for (const gap of gaps) {
            now += gap;
            const wait = take(new Date(now));
            if (wait === null) given.push(now);
            else {
              expect(wait).toBeGreaterThan(0);
              expect(wait).toBeLessThanOrEqual(seconds);
              // One second before, it would have been too early.
              const within = given.filter((instant) => now + (wait - 1) * 1000 - instant < seconds * 1000);
              expect(within.length).toBeGreaterThanOrEqual(requests);
              now += wait * 1000;
              expect(take(new Date(now))).toBeNull();
              given.push(now);
            }
          }
          for (const instant of given) {
            const window = given.filter((other) => other >= instant && other - instant < seconds * 1000);
            expect(window.length).toBeLessThanOrEqual(requests);
          }
        },
      ),
    );
  });
});
