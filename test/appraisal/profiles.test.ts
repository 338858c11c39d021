/** A changed profile is a change that somebody meant: `node scripts/verdicts.mjs` writes the file anew. */
import { expect, test } from '@jest/globals';
import { PROFILE_SECTION } from './profile-section.js';
import { writtenLines } from './written-words.js';

test('the profiles are those of the file', () => {
  expect(PROFILE_SECTION.lines()).toEqual(writtenLines(PROFILE_SECTION.name));
});
