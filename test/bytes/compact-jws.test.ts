import { expect, test } from '@jest/globals';
import { splitCompactJws } from '../../src/bytes/compact-jws.js';

test('three parts in their one spelling', () => {
  const { header, payload } = splitCompactJws('e30.AQID.-_8') ?? {};
  expect([header, payload]).toEqual([Uint8Array.of(0x7b, 0x7d), Uint8Array.of(1, 2, 3)]);
});

test.each([
  ['two parts', 'e30.AQID'],
  ['four parts', 'e30.AQID.-_8.-_8'],
  ['an empty part', 'e30..-_8'],
  ['an empty signature', 'e30.AQID.'],
  ['the other alphabet', 'e30.AQID.+/8'],
  ['padding', 'e30=.AQID.-_8'],
  ['unused bits that are set', 'e31.AQID.-_8'],
  ['white space', 'e30.AQ ID.-_8'],
])('%s is none', (_what, text) => {
  expect(splitCompactJws(text)).toBeNull();
});
