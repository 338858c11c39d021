/** Differences of policies in full: pairs of which one asks more, and pairs of which neither does. */
import { diffPolicies } from '../../../src/appraisal/diff/diff.js';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { PROFILES } from '../../../src/appraisal/profiles.js';
import type { AppraisalPolicy } from '../../../src/rats/policy.js';
import type { JsonObject } from '../../../src/rats/result.js';
import type { Section } from '../written-words.js';
import { MORE_PAIRS } from './more-pairs.js';
import { STRICTER } from './stricter.js';

const policy = (sections: JsonObject) => parsePolicy({ name: 'diffed', ...sections });

function changesOf(before: AppraisalPolicy, after: AppraisalPolicy): readonly string[] {
  return diffPolicies(before, after).map(
    (one) => `  ${one.effect} ${one.path}: ${JSON.stringify(one.before)} -> ${JSON.stringify(one.after)}`,
  );
}

function bothWays(what: string, before: JsonObject, after: JsonObject): readonly string[] {
  const [one, other] = [policy(before), policy(after)];
  return [`- ${what}`, ...changesOf(one, other), '  and back', ...changesOf(other, one)];
}

const profiles = [...PROFILES.values()];

export const DIFF_SECTIONS: readonly Section[] = [
  {
    name: 'stricter policies',
    lines: () => STRICTER.flatMap(([path, before, after]) => bothWays(path, before, after)),
  },
  {
    name: 'more pairs of policies',
    lines: () => MORE_PAIRS.flatMap(([what, before, after]) => bothWays(what, before, after)),
  },
  {
    name: 'differences of the profiles',
    lines: () =>
      profiles.flatMap((one) =>
        profiles.flatMap((other) => [`- ${one.name}, ${other.name}`, ...changesOf(one, other)]),
      ),
  },
];
