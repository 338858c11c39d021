/** Whether the evidence comes from a machine that the tenant registered: the one answer to hands on the hardware. */
import { checked, notRun } from '../../rats/check.js';
import type { AppraisableEvidence } from '../../rats/evidence.js';
import type { PlatformIdentity, PlatformKind, RegisteredPlatform } from '../../rats/platform.js';
import type { AppraisalPolicy } from '../../rats/policy.js';
import type { CheckResult } from '../../rats/result.js';

const CODE = 'platform_not_registered';
const SOURCE = 'policy document, common.platforms';

const ANY: CheckResult = Object.freeze(notRun(CODE, SOURCE, 'the policy takes any machine'));

const KIND_WORDS: Readonly<Record<PlatformKind, string>> = {
  'snp-chip-id': 'chip',
  'snp-csp-id': 'provider',
  'tdx-platform-instance': 'platform instance',
};

/** `platform`: what the register says of `evidence.platformIdentity`. */
export function platformCheck(
  { platformIdentity }: Pick<AppraisableEvidence, 'platformIdentity'>,
  platform: RegisteredPlatform | null,
  { common }: Pick<AppraisalPolicy, 'common'>,
): CheckResult {
  if (common.platforms === 'any') return ANY;
  // Whoever names no machine cannot be in the register, whatever was looked up.
  const known = platformIdentity !== null && platform !== null;
  const named = nameOf(platformIdentity);
  return checked(known, CODE, SOURCE, {
    expected: 'a registered machine',
    observed: known ? `${named}: ${platform.label}, owner ${platform.owner}` : `${named}: not registered`,
  });
}

function nameOf(identity: PlatformIdentity | null): string {
  return identity === null ? 'no machine is named' : `${KIND_WORDS[identity.kind]} ${identity.value}`;
}
