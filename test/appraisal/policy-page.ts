/** All sections of `test/fixtures/policies.txt`. */
import { CHECK_SECTIONS } from './checks/check-sections.js';
import { DIFF_SECTIONS } from './diff/diff-sections.js';
import { LINT_SECTIONS } from './lint/lint-sections.js';
import { POLICY_SECTIONS } from './policy/policy-sections.js';
import { PROFILE_SECTION } from './profile-section.js';
import { RULE_SECTIONS } from './rules/rule-sections.js';
import { pageOf } from './written-words.js';

export const policyPage = (): string =>
  pageOf([
    PROFILE_SECTION,
    ...POLICY_SECTIONS,
    ...LINT_SECTIONS,
    ...DIFF_SECTIONS,
    ...RULE_SECTIONS,
    ...CHECK_SECTIONS,
  ]);
