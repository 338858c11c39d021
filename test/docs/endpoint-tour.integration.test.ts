/** The example of an attested endpoint, run as printed: a user who looks first, and a man in the middle. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { blocksOf, readPage } from './markdown.js';
import { patternOf, runTour, stepsOf, type Tour } from './tour.js';

const steps = stepsOf(blocksOf((await readPage('examples/endpoint/README.md')).text));

describe('the example of an attested endpoint', () => {
  let tour: Tour;
  beforeAll(async () => {
    tour = await runTour(steps, ['9443', '9444']);
  }, 180_000);
  afterAll(() => tour.close());

  test('complains about nothing', () => {
    expect(tour.complaints).toBe('');
    expect(steps).toHaveLength(6);
    expect(tour.outputs).toHaveLength(steps.length + 1);
  });

  test.each(steps.map((step, index) => [index + 1, step] as const))(
    'block %i prints what it says',
    (n, step) => {
      expect(tour.outputs[n - 1]).toMatch(patternOf(step.printed));
    },
  );
});
