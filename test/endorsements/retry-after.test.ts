import { describe, expect, test } from '@jest/globals';
import { retryAfterOf } from '../../src/endorsements/retry-after.js';

const NOW = new Date('2026-11-20T12:00:00Z');

describe('Retry-After', () => {
  test.each([
    ['12', 12],
    [' 12 ', 12],
    ['0', 1],
    ['86400', 86_400],
    ['999999999', 86_400],
    ['Fri, 20 Nov 2026 12:01:30 GMT', 90],
    ['Fri, 20 Nov 2026 11:59:00 GMT', 1],
    ['Sun, 20 Nov 2050 12:00:00 GMT', 86_400],
  ])('%s is %d seconds', (header, seconds) => {
    expect(retryAfterOf(header, NOW)).toBe(seconds);
  });

  test.each([
    undefined,
    '',
    '-1',
    '1.5',
    '1e3',
    'soon',
    '2026-11-20T12:01:30Z',
    'Fri, 20 Nov 2026',
    '9999999999',
  ])('%j says nothing', (header) => {
    expect(retryAfterOf(header, NOW)).toBeNull();
  });
});
