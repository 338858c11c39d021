/** What the platform has on and off: PLATFORM_INFO (56860, ATTESTATION_REPORT). */
import { checked, notRun } from '../../rats/check.js';
import { askedOnce } from '../../rats/once.js';
import type { SnpPolicy } from '../../rats/policy.js';
import type { CheckResult } from '../../rats/result.js';
import type { SnpCheck } from './appraisal-input.js';
import type { PlatformBitName } from './bulletin-table.js';
import { platformBitExists } from './bulletins.js';
import { bitSet, PLATFORM_BIT, PLATFORM_UNKNOWN_FROM } from './layout.js';

const SOURCE = 'AMD 56860, section 7.3, ATTESTATION_REPORT.PLATFORM_INFO';

const ALIAS_CODE = 'snp_platform_alias_check_missing';

const infoText = (word: bigint): string => `PLATFORM_INFO 0x${word.toString(16)}`;
const isSet = (word: bigint, bit: PlatformBitName): boolean => bitSet(word, PLATFORM_BIT[bit]);

/** BadRAM. Version 2 has no such bit, so nothing can be asked of it. */
const aliasCheck: SnpCheck = ({ report, policy }) => {
  if (!platformBitExists(report, 'alias_check_complete')) {
    return notRun(ALIAS_CODE, SOURCE, `a version ${report.version} report has no ALIAS_CHECK_COMPLETE`);
  }
  return aliasChecked(report.platformInfo, policy);
};

const aliasChecked = askedOnce((word: bigint, policy: SnpPolicy): CheckResult => {
  const rule = policy.platform_bits.alias_check_complete;
  const done = isSet(word, 'alias_check_complete');
  return checked(rule === 'any' || done, ALIAS_CODE, SOURCE, {
    expected: rule === 'any' ? 'any' : 'alias_check_complete set',
    observed: `alias_check_complete ${done ? 'set' : 'clear'}, ${infoText(word)}`,
  });
});

/** The alias check has a code of its own. */
const RULED = (Object.keys(PLATFORM_BIT) as PlatformBitName[]).filter(
  (bit) => bit !== 'alias_check_complete',
);

/** Unknown bits belong here: nobody knows what they switch on. */
const forbiddenBits = askedOnce((word: bigint, policy: SnpPolicy): CheckResult => {
  const forbidden = RULED.filter((bit) => policy.platform_bits[bit] === 'forbidden');
  const unknown = word >> BigInt(PLATFORM_UNKNOWN_FROM);
  const found: string[] = forbidden.filter((bit) => isSet(word, bit));
  if (unknown !== 0n && !policy.allow_unknown_platform_bits) {
    found.push(`unknown bits 0x${(unknown << BigInt(PLATFORM_UNKNOWN_FROM)).toString(16)}`);
  }
  const wanted = policy.allow_unknown_platform_bits ? forbidden : [...forbidden, 'unknown bits'];
  return checked(found.length === 0, 'snp_platform_bit_forbidden', SOURCE, {
    expected: wanted.length === 0 ? 'any' : `${wanted.join(', ')} clear`,
    observed: found.length === 0 ? infoText(word) : `${found.join(', ')} set, ${infoText(word)}`,
  });
});

const requiredBits = askedOnce((word: bigint, policy: SnpPolicy): CheckResult => {
  const required = RULED.filter((bit) => policy.platform_bits[bit] === 'required');
  if (required.length === 0) {
    return notRun('snp_platform_bit_required', SOURCE, 'the policy requires no PLATFORM_INFO bit');
  }
  const clear = required.filter((bit) => !isSet(word, bit));
  return checked(clear.length === 0, 'snp_platform_bit_required', SOURCE, {
    expected: `${required.join(', ')} set`,
    observed: clear.length === 0 ? infoText(word) : `${clear.join(', ')} clear, ${infoText(word)}`,
  });
});

export const PLATFORM_CHECKS: readonly SnpCheck[] = [
  aliasCheck,
  ({ report, policy }) => forbiddenBits(report.platformInfo, policy),
  ({ report, policy }) => requiredBits(report.platformInfo, policy),
];
