/** Which guest image, which chip and whose cloud: the keys and identifiers that the policy may name. */
import { hexOf } from '../../bytes/encoding.js';
import { checked, notRun } from '../../rats/check.js';
import { askedOnce, onceFor } from '../../rats/once.js';
import type { PlatformIdentity } from '../../rats/platform.js';
import type { SnpPolicy } from '../../rats/policy.js';
import type { SnpCheck, SnpFacts } from './appraisal-input.js';
import { chipIdMasked } from './report.js';

const REPORT = 'AMD 56860, section 7.3, ATTESTATION_REPORT';
const ID_KEY_SOURCE = `${REPORT}.ID_KEY_DIGEST`;
const AUTHOR_KEY_SOURCE = `${REPORT}.AUTHOR_KEY_EN, AUTHOR_KEY_DIGEST`;
const CHIPS_SOURCE = `${REPORT}.CHIP_ID; AMD 57230, chapter 3, hwID`;
const CSP_CODE = 'snp_csp_id_not_allowed';
const CSP_SOURCE = 'AMD 57230, chapter 3, cspID';

/** Entries of policies that do not ask. */
const NO_ID_KEYS = Object.freeze(
  notRun('snp_id_key_not_trusted', ID_KEY_SOURCE, 'the policy names no ID keys'),
);
const NO_AUTHOR_KEYS = Object.freeze(
  notRun('snp_author_key_not_trusted', AUTHOR_KEY_SOURCE, 'the policy names no author keys'),
);
const NO_CHIPS = Object.freeze(notRun('snp_chip_denied', CHIPS_SOURCE, 'the policy names no chips'));
const NO_PROVIDER = Object.freeze(
  notRun(CSP_CODE, CSP_SOURCE, 'a VCEK belongs to a chip, not to a provider'),
);

/** A digest of zeros: launched without an ID block. */
const NO_DIGEST = /^0+$/;

const listText = (values: readonly string[]): string => (values.length === 0 ? 'none' : values.join(' or '));

/** The firmware has verified the ID block's signature at launch, so its digest is all there is to compare. */
const idKey: SnpCheck = ({ report, policy }) => {
  const source = ID_KEY_SOURCE;
  const trusted = policy.trusted_id_keys;
  if (trusted === null) return NO_ID_KEYS;
  const digest = hexOf(report.idKeyDigest);
  const launchedWithBlock = !NO_DIGEST.test(digest);
  return checked(launchedWithBlock && trusted.includes(digest), 'snp_id_key_not_trusted', source, {
    expected: listText(trusted),
    observed: launchedWithBlock ? digest : 'no ID block',
  });
};

/** AUTHOR_KEY_DIGEST means something only with AUTHOR_KEY_EN. */
const authorKey: SnpCheck = ({ report, policy }) => {
  const source = AUTHOR_KEY_SOURCE;
  const trusted = policy.trusted_author_keys;
  if (trusted === null) return NO_AUTHOR_KEYS;
  const digest = hexOf(report.authorKeyDigest);
  const enabled = report.keyInfo.authorKeyEnabled;
  return checked(enabled && trusted.includes(digest), 'snp_author_key_not_trusted', source, {
    expected: listText(trusted),
    observed: enabled ? digest : 'no author key',
  });
};

const guestSvn = askedOnce((svn: number, { minimum_guest_svn: minimum }: SnpPolicy) =>
  checked(svn >= minimum, 'snp_guest_svn_below_minimum', `${REPORT}.GUEST_SVN`, {
    expected: `GUEST_SVN at least ${minimum}`,
    observed: `GUEST_SVN ${svn}`,
  }),
);

const chipMasked: SnpCheck = ({ report, signer, policy }) => {
  const code = 'snp_chip_id_masked';
  const source = `${REPORT}.CHIP_ID`;
  if (signer.signingKey === 'VLEK')
    return notRun(code, source, 'a VLEK belongs to a provider, not to a chip');
  const masked = chipIdMasked(report);
  return checked(policy.allow_masked_chip_id || !masked, code, source, {
    expected: policy.allow_masked_chip_id ? 'masked or not' : 'a chip id',
    observed: masked ? 'masked (zero)' : hexOf(report.chipId),
  });
};

/**
 * 64 bytes in hex, Turin's eight filled up with zeros; null when nothing names the chip. The VCEK's hwID
 * stands in for a masked CHIP_ID: unmasked, authentication has found them equal.
 */
export function chipOf({ report, signer }: Pick<SnpFacts, 'report' | 'signer'>): string | null {
  if (chipIdMasked(report)) return signer.hwid === null ? null : chipText(signer.hwid);
  return hexOf(report.chipId).padEnd(128, '0');
}

const chipText = onceFor((hwid: Uint8Array): string => hexOf(hwid).padEnd(128, '0'));

/** A VLEK vouches for its provider's machines together, and hides which one it is. */
export function identityOf(facts: Pick<SnpFacts, 'report' | 'signer'>): PlatformIdentity | null {
  const { signingKey, cspId } = facts.signer;
  if (signingKey === 'VLEK') return cspId === null ? null : { kind: 'snp-csp-id', value: cspId };
  const chip = chipOf(facts);
  return chip === null ? null : { kind: 'snp-chip-id', value: chip };
}

/** Where the policy's lists put this chip; `unasked`: the policy names no chips, or denies only others. */
export function chipStanding(facts: Pick<SnpFacts, 'report' | 'signer'> & { readonly policy: SnpPolicy }) {
  const { chips_allowed: allowed, chips_denied: denied } = facts.policy;
  if (allowed === null && denied.length === 0) return 'unasked';
  const chip = chipOf(facts);
  if (chip !== null && denied.includes(chip)) return 'denied';
  if (allowed === null) return 'unasked';
  return chip !== null && allowed.includes(chip) ? 'listed' : 'unlisted';
}

const chipLists: SnpCheck = (facts) => {
  const { chips_allowed: allowed, chips_denied: denied } = facts.policy;
  if (allowed === null && denied.length === 0) return NO_CHIPS;
  const standing = chipStanding(facts);
  const wanted = allowed === null ? [] : [`one of ${allowed.length} allowed chips`];
  if (denied.length > 0) wanted.push(`none of ${denied.length} denied chips`);
  return checked(standing === 'listed' || standing === 'unasked', 'snp_chip_denied', CHIPS_SOURCE, {
    expected: wanted.join(', '),
    observed: chipOf(facts) ?? 'no chip is named',
  });
};

const csp: SnpCheck = ({ signer, policy }) => {
  if (signer.signingKey === 'VCEK') return NO_PROVIDER;
  return checked(
    policy.csp_ids === null || policy.csp_ids.includes(signer.cspId ?? ''),
    CSP_CODE,
    CSP_SOURCE,
    {
      expected: policy.csp_ids === null ? 'any' : listText(policy.csp_ids),
      observed: signer.cspId ?? 'none',
    },
  );
};

export const IDENTITY_CHECKS: readonly SnpCheck[] = [
  idKey,
  authorKey,
  ({ report, policy }) => guestSvn(report.guestSvn, policy),
  chipMasked,
  chipLists,
  csp,
];
