/** A changed word is a change that somebody meant: `node scripts/verdicts.mjs` writes the file anew. */
import { describe, expect, test } from '@jest/globals';
import { writtenLines } from '../written-words.js';
import { CHECK_SECTIONS } from './check-sections.js';

describe('the words of checks', () => {
  test.each(CHECK_SECTIONS)('are those of the file: $name', ({ name, lines }) => {
    expect(lines()).toEqual(writtenLines(name));
  });
});
