/** A changed word is a change that somebody meant: `node scripts/verdicts.mjs` writes the file anew. */
import { describe, expect, test } from '@jest/globals';
import { writtenLines } from '../written-words.js';
import { DIFF_SECTIONS } from './diff-sections.js';

describe('the differences of policies', () => {
  test.each(DIFF_SECTIONS)('are those of the file: $name', ({ name, lines }) => {
    expect(lines()).toEqual(writtenLines(name));
  });
});
