/** A changed word is a change that somebody meant: `node scripts/verdicts.mjs` writes the file anew. */
import { describe, expect, test } from '@jest/globals';
import { FAULTED, SOUND, writtenWords } from './verdict-words.js';

const written = writtenWords();

describe('the words of what a fault changes', () => {
  test.each(FAULTED)('are those of the file: $name', async ({ name, words }) => {
    expect(await words()).toBe(written.get(name));
  });

  test('have no section in the file that nothing makes', () => {
    expect([...written.keys()]).toEqual([...SOUND, ...FAULTED].map(({ name }) => name));
  });
});
