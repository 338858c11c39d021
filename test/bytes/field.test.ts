import { expect, test } from '@jest/globals';
import { fieldAt, fieldOf } from '../../src/bytes/field.js';

test('a field is a view on its bytes and no others', () => {
  const bytes = Uint8Array.of(0, 1, 2, 3, 4);
  const field = fieldOf(bytes, fieldAt(1, 3));
  expect(field).toEqual(Uint8Array.of(1, 2, 3));
  bytes[2] = 9;
  expect(field[1]).toBe(9);
});
