import { describe, expect, test } from '@jest/globals';
import { appraise } from '../../../src/appraisal/appraise.js';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { STANDARD_POLICY } from '../../../src/appraisal/standard-policy.js';
import type { PlatformIdentity, RegisteredPlatform } from '../../../src/rats/platform.js';
import type { AppraisalPolicy } from '../../../src/rats/policy.js';
import { AT, given, referenceValue, sampleEvidence } from '../sample-evidence.js';

const REGISTERED = parsePolicy({ name: 'owned', common: { platforms: 'registered' } });
const CHIP: PlatformIdentity = { kind: 'snp-chip-id', value: 'ab'.repeat(64) };
const OURS: RegisteredPlatform = { label: 'rack 7', owner: 'infrastructure' };

function judged(
  identity: PlatformIdentity | null,
  platform: RegisteredPlatform | null,
  policy: AppraisalPolicy = REGISTERED,
) {
  const evidence = sampleEvidence({ platformIdentity: identity });
  const appraisal = appraise(evidence, given(referenceValue()), policy, AT, platform);
  const check = appraisal.checks.find(({ id }) => id === 'platform_not_registered');
  return { code: appraisal.code, tier: appraisal.tier, check };
}

describe('platform_not_registered', () => {
  test('a registered machine passes, and the check names it', () => {
    const { code, tier, check } = judged(CHIP, OURS);
    expect([code, tier]).toEqual([null, 'affirming']);
    expect(check).toMatchObject({
      outcome: 'pass',
      observed: `chip ${CHIP.value}: rack 7, owner infrastructure`,
    });
  });

  test('chip_not_in_allowlist_fails: the same evidence from a machine that is not in the register', () => {
    const { code, tier, check } = judged(CHIP, null);
    expect([code, tier]).toEqual(['platform_not_registered', 'contraindicated']);
    expect(check?.observed).toBe(`chip ${CHIP.value}: not registered`);
  });

  test('evidence that names no machine fails, whatever was looked up', () => {
    expect(judged(null, OURS).code).toBe('platform_not_registered');
    expect(judged(null, null).check?.observed).toBe('no machine is named: not registered');
  });

  test('a policy that takes any machine does not ask', () => {
    expect(judged(CHIP, null, STANDARD_POLICY)).toMatchObject({ code: null, check: { outcome: 'not_run' } });
  });

  test('a caller who looks nothing up fails under such a policy', () => {
    const evidence = sampleEvidence({ platformIdentity: CHIP });
    expect(appraise(evidence, given(referenceValue()), REGISTERED, AT).code).toBe('platform_not_registered');
  });
});
