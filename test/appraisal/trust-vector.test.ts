import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { executablesOf, tierOfClaim, tierOfVector, worstTier } from '../../src/appraisal/trust-vector.js';
import type { TrustTier } from '../../src/rats/result.js';

describe('the tier of a claim', () => {
  test.each<[TrustTier, number[]]>([
    ['none', [-1, 0, 1]],
    ['affirming', [2, 31, -2, -32]],
    ['warning', [32, 95, -33, -96]],
    ['contraindicated', [96, 127, -97, -128]],
  ])('%s: both ends of both ranges', (tier, values) => {
    expect(values.map(tierOfClaim)).toEqual(values.map(() => tier));
  });

  test.each([128, -129, 2.5, Number.NaN])('%s is no signed byte', (value) => {
    expect(() => tierOfClaim(value)).toThrow(
      new RangeError(`a trustworthiness claim is a signed byte, not ${value}`),
    );
  });
});

describe('the tier of a vector', () => {
  test('is its worst claim’s', () => {
    const claim = fc.integer({ min: -128, max: 127 });
    fc.assert(
      fc.property(claim, claim, claim, (hardware, configuration, executables) => {
        const tier = tierOfVector({ hardware, configuration, executables });
        expect(tier).toBe(worstTier([hardware, configuration, executables].map(tierOfClaim)));
      }),
    );
  });

  test('is no statement when there is no claim', () => {
    expect(tierOfVector({})).toBe('none');
    expect(worstTier(['warning', 'affirming', 'none'])).toBe('warning');
    expect(worstTier(['affirming', 'contraindicated', 'warning'])).toBe('contraindicated');
  });
});

test('executables by what the measurements cover', () => {
  expect([
    executablesOf('runtime'),
    executablesOf('boot'),
    executablesOf('firmware'),
    executablesOf(null),
  ]).toEqual([2, 3, 33, 33]);
});
