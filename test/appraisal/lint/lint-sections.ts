/** Every finding of the linter in full, by table of odd policies. */
import { lintPolicy } from '../../../src/appraisal/lint/lint.js';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import type { JsonObject } from '../../../src/rats/result.js';
import { vendorFacts } from '../../../src/tee/registry.js';
import type { Section } from '../written-words.js';
import { AT } from './linted.js';
import { MORE_ODD_POLICIES } from './more-odd-policies.js';
import { ODD_POLICIES } from './odd-policies.js';

function findingsOf(what: string, sections: JsonObject): readonly string[] {
  const found = lintPolicy(parsePolicy({ name: 'linted', ...sections }), vendorFacts(AT));
  return [`- ${what}`, ...found.map(({ severity, path, reason }) => `  ${severity} ${path}: ${reason}`)];
}

export const LINT_SECTIONS: readonly Section[] = [
  { name: 'odd policies', lines: () => ODD_POLICIES.flatMap(([what, odd]) => findingsOf(what, odd)) },
  {
    name: 'more odd policies',
    lines: () => MORE_ODD_POLICIES.flatMap(([what, odd]) => findingsOf(what, odd)),
  },
];
