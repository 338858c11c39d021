/** The policies that ship, whole: what they ask and why. */
import { PROFILES } from '../../src/appraisal/profiles.js';
import type { Section } from './written-words.js';

export const PROFILE_SECTION: Section = {
  name: 'the profiles',
  lines: () =>
    [...PROFILES].flatMap(([name, policy]) => [
      `- ${name}`,
      ...Object.entries(policy).map(([member, value]) => `  ${member}: ${JSON.stringify(value)}`),
    ]),
};
