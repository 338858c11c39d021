/** A changed word is a change that somebody meant: `node scripts/verdicts.mjs` writes the file anew. */
import { describe, expect, test } from '@jest/globals';
import { SOUND, writtenWords } from './verdict-words.js';

const written = writtenWords();

describe('the words of a verdict on sound evidence', () => {
  test.each(SOUND)('are those of the file: $name', async ({ name, words }) => {
    expect(await words()).toBe(written.get(name));
  });
});
