/** A changed word is a change that somebody meant: `node scripts/verdicts.mjs` writes the file anew. */
import { describe, expect, test } from '@jest/globals';
import { writtenLines } from '../written-words.js';
import { LINT_SECTIONS } from './lint-sections.js';

describe('the findings of the linter', () => {
  test.each(LINT_SECTIONS)('are those of the file: $name', ({ name, lines }) => {
    expect(lines()).toEqual(writtenLines(name));
  });
});
