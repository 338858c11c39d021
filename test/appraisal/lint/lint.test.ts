import { describe, expect, test } from '@jest/globals';
import { lintCommon } from '../../../src/appraisal/lint/common.js';
import { lintPolicy } from '../../../src/appraisal/lint/lint.js';
import { lintRules } from '../../../src/appraisal/lint/rules.js';
import { lintSnp } from '../../../src/appraisal/lint/snp.js';
import { lintTdx } from '../../../src/appraisal/lint/tdx.js';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { PROFILES } from '../../../src/appraisal/profiles.js';
import { vendorFacts } from '../../../src/tee/registry.js';
import { AT, found, reasonsOf } from './linted.js';
import { MORE_ODD_POLICIES } from './more-odd-policies.js';
import { ODD_POLICIES } from './odd-policies.js';

const INSTANCE = '1f'.repeat(16);

test.each([...PROFILES.values()])('nothing is odd about the profile $name', (policy) => {
  expect(lintPolicy(policy, vendorFacts(AT))).toEqual([]);
});

test.each(ODD_POLICIES)('%s is found, and the sound policy beside it is not', (_, odd, finding, plain) => {
  expect(found(odd)).toEqual([finding]);
  expect(found(plain)).toEqual([]);
});

/** Whatever is no finding would be left out of the whole without a word. */
test('the whole has what its parts find, and nothing else', () => {
  const facts = vendorFacts(AT);
  for (const [what, sections] of [...ODD_POLICIES, ...MORE_ODD_POLICIES]) {
    const policy = parsePolicy({ name: 'linted', ...sections });
    const parts = [
      ...lintCommon(policy.common, facts),
      ...lintSnp(policy.snp, facts),
      ...lintTdx(policy.tdx, facts),
      ...lintRules(policy.rules),
    ];
    const whole = lintPolicy(policy, facts).filter(({ path }) => !path.startsWith('reasons.'));
    expect([what, new Set(parts)]).toEqual([what, new Set(whole)]);
  }
});

describe('findings', () => {
  test('come errors first, each in words', () => {
    const policy = {
      common: { accepted_tcb_statuses: ['NotShown'] },
      tdx: { platform_instances_allowed: [INSTANCE], platform_instances_denied: [INSTANCE] },
    };
    expect(found(policy)).toEqual([
      'error tdx.platform_instances_denied.0',
      'error tdx.platform_instances_allowed',
      'warning common.accepted_tcb_statuses',
    ]);
    for (const reason of reasonsOf(policy)) expect(reason.length).toBeGreaterThan(20);
  });

  test('name the level and the processor where a floor is below the table', () => {
    const [reason] = reasonsOf({ snp: { tcb_floors: [{ product: 'Genoa', tcb: { snp: 26 } }] } });
    expect(reason).toContain('26 is below an active row');
    expect(reason).toContain('27 for 19/11/1');
  });
});
