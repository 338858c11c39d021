/** The README's five-minute tour, run as printed against a service that `npm start` started. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { blocksOf, readPage, sectionOf } from './markdown.js';
import { patternOf, runTour, stepsOf, type Tour } from './tour.js';

const steps = stepsOf(blocksOf(sectionOf(await readPage('README.md'), 'Five-minute tour')));

describe('the five-minute tour', () => {
  let tour: Tour;
  beforeAll(async () => {
    tour = await runTour(steps);
  }, 180_000);
  afterAll(() => tour.close());

  test('complains about nothing', () => {
    expect(tour.complaints).toBe('');
    expect(steps.length).toBeGreaterThan(5);
    expect(tour.outputs).toHaveLength(steps.length + 1);
  });

  test.each(steps.map((step, index) => [index + 1, step] as const))(
    'block %i prints what it says',
    (n, step) => {
      expect(tour.outputs[n - 1]).toMatch(patternOf(step.printed));
    },
  );
});
