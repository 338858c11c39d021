import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { schemaWords } from '../../src/rats/schema-words.js';

/** The schema library's own sentences begin so, or name its own types. */
const FOREIGN = /invalid|expected|too (big|small)|received|<=|>=/i;

const wordsOf = (schema: z.ZodType, value: unknown): string | undefined =>
  schema.safeParse(value, { error: schemaWords }).error?.issues[0]?.message;

describe('objections in words', () => {
  test.each<[string, z.ZodType, unknown, string]>([
    ['absent', z.string(), undefined, 'is missing: it must be text'],
    ['another type', z.array(z.string()), {}, 'must be a list'],
    ['a member of a list', z.strictObject({}), [], 'must be an object'],
    ['a fraction', z.int(), 1.5, 'must be a whole number'],
    ['a number', z.boolean(), 1, 'must be true or false'],
    ['a date', z.date(), 1, 'must be of another type'],
    ['too much', z.number().max(3), 4, 'must be at most 3'],
    ['too little', z.number().min(3), 2, 'must be at least 3'],
    ['too long', z.string().max(3), 'abcd', 'must have at most 3 characters'],
    ['too short', z.string().min(2), 'a', 'must have at least 2 characters'],
    ['empty', z.array(z.string()).min(1), [], 'must not be empty'],
    ['no such word', z.enum(['a', 'b']), 'c', 'must be one of "a", "b"'],
    ['not the word', z.literal('a'), 'b', 'must be "a"'],
    ['no such form', z.union([z.string(), z.null()]), 4, 'has none of the forms that are allowed here'],
    [
      'a bad name',
      z.record(z.string().max(1), z.string()),
      { ab: '' },
      'has a member whose name is not allowed',
    ],
    ['a format', z.string().regex(/^a$/), 'b', 'is not in the form that is asked for'],
  ])('%s', (_what, schema, value, words) => {
    expect(wordsOf(schema, value)).toBe(words);
    expect(words).not.toMatch(FOREIGN);
  });

  test('the schema’s own come first', () => {
    expect(wordsOf(z.string({ error: 'must be a name' }), 4)).toBe('must be a name');
  });
});
