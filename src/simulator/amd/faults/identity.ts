/** Faults in who the guest and its chip are (procedure step 15). */
import type { Fault } from '../fault.js';

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const filled = (length: number, value: number) => new Uint8Array(length).fill(value);

const OTHER_CSP = 'CN=cc-elsewhere.example';

export const IDENTITY_FAULTS: readonly Fault[] = [
  {
    code: 'measurement_not_allowed',
    says: 'another launch digest than the registered',
    guest: (clean) => ({ ...clean, measurement: clean.measurement.map((byte) => byte ^ 0xff) }),
  },
  {
    code: 'host_data_mismatch',
    says: 'other HOST_DATA than the registered',
    clean: { hostData: filled(32, 0x5a) },
    guest: (clean) => ({ ...clean, hostData: filled(32, 0xa5) }),
  },
  {
    code: 'snp_id_key_not_trusted',
    says: 'an ID block signed with another key',
    clean: { idKeyDigest: filled(48, 0x1d) },
    policy: (clean) => ({
      name: 'one-id-key',
      snp: { trusted_id_keys: clean.idKeyDigest === null ? [] : [hexOf(clean.idKeyDigest)] },
    }),
    guest: (clean) => ({ ...clean, idKeyDigest: filled(48, 0x2d) }),
  },
  {
    code: 'snp_author_key_not_trusted',
    says: 'an ID key signed by another author',
    clean: { idKeyDigest: filled(48, 0x1d), authorKeyDigest: filled(48, 0xa1) },
    policy: (clean) => ({
      name: 'one-author-key',
      snp: { trusted_author_keys: clean.authorKeyDigest === null ? [] : [hexOf(clean.authorKeyDigest)] },
    }),
    guest: (clean) => ({ ...clean, authorKeyDigest: filled(48, 0xa2) }),
  },
  {
    code: 'snp_guest_svn_below_minimum',
    says: 'GUEST_SVN one below the policy’s minimum',
    clean: { idKeyDigest: filled(48, 0x1d), guestSvn: 3 },
    policy: (clean) => ({ name: 'guest-svn', snp: { minimum_guest_svn: clean.guestSvn } }),
    guest: (clean) => ({ ...clean, guestSvn: clean.guestSvn - 1 }),
  },
  {
    code: 'policy_rule_failed',
    says: 'another GUEST_SVN than the one that a rule of the policy asks for',
    clean: { idKeyDigest: filled(48, 0x1d), guestSvn: 3 },
    policy: (clean) => ({
      name: 'one-rule',
      rules: [
        {
          name: 'guest-svn',
          expression: `tee == "tdx" || claims.guest_svn == ${clean.guestSvn}`,
          message: 'The guest is not the release that is in use.',
        },
      ],
    }),
    guest: (clean) => ({ ...clean, guestSvn: clean.guestSvn - 1 }),
  },
  {
    code: 'snp_chip_id_masked',
    says: 'CHIP_ID masked by the host',
    clean: { signingKey: 'VCEK', maskChipId: false },
    guest: (clean) => ({ ...clean, maskChipId: true }),
  },
  {
    code: 'snp_chip_denied',
    says: 'a chip of the deny list',
    clean: { signingKey: 'VCEK', maskChipId: false },
    policy: (clean) => ({
      name: 'one-chip-denied',
      snp: { chips_denied: [hexOf(otherChip(clean.chipId))] },
    }),
    guest: (clean) => ({ ...clean, chipId: otherChip(clean.chipId) }),
  },
  {
    code: 'snp_csp_id_not_allowed',
    says: 'a VLEK of another provider',
    clean: { signingKey: 'VLEK' },
    policy: (clean) => ({ name: 'one-provider', snp: { csp_ids: [clean.cspId] } }),
    guest: (clean) => ({ ...clean, cspId: OTHER_CSP }),
  },
];

/** First byte changed: the zeros behind Turin's eight bytes stay. */
function otherChip(chipId: Uint8Array): Uint8Array {
  return chipId.map((byte, index) => (index === 0 ? byte ^ 0xff : byte));
}
