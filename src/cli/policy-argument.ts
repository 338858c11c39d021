/** A policy on the command line: the name of one that ships, or a file. */
import { parsePolicy } from '../appraisal/policy-schema.js';
import { PROFILES } from '../appraisal/profiles.js';
import type { AppraisalPolicy } from '../rats/policy.js';
import { UsageMistake } from './exit.js';
import { readJson } from './files.js';

const SHIPPED = [...PROFILES.keys()].join(', ');

/** For `--help`. */
export const POLICY_WORDS = `file, or one that ships: ${SHIPPED}`;

/** A name without dot and slash is never read as a file: `./standard` is one. Refuses `policy_invalid`. */
export async function readPolicy(text: string, what: string): Promise<AppraisalPolicy> {
  const shipped = PROFILES.get(text);
  if (shipped !== undefined) return shipped;
  if (/^[a-z0-9-]+$/.test(text)) {
    throw new UsageMistake(
      `${what}: no policy "${text}" ships (there are ${SHIPPED}); a file is named with a dot or a slash.`,
    );
  }
  return parsePolicy(await readJson(text, what));
}
