/** A changed word is a change that somebody meant: `node scripts/verdicts.mjs` writes the file anew. */
import { describe, expect, test } from '@jest/globals';
import { writtenLines } from '../written-words.js';
import { POLICY_SECTIONS } from './policy-sections.js';

describe('what the parser says of policies', () => {
  test.each(POLICY_SECTIONS)('is what the file says: $name', ({ name, lines }) => {
    expect(lines()).toEqual(writtenLines(name));
  });
});
