/** Every code of the SNP policy group, each with a case that passes and one deliberate difference. */
import { hexOf } from '../../../src/bytes/encoding.js';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import type { Case } from './appraised.js';
import { bits, CHIP, guest, NO_CHIP, platform, VLEK } from './sample-report.js';

/** Rows 11 to 15 of the procedure without measurement and HOST_DATA, which reference values answer. */
export const CODES: readonly RefusalCode[] = [
  'snp_vmpl_not_allowed',
  'snp_report_version_not_allowed',
  'snp_product_not_allowed',
  'snp_policy_debug',
  'snp_policy_migration_agent',
  'snp_policy_smt',
  'snp_policy_cxl',
  'snp_policy_required_bit_missing',
  'snp_platform_alias_check_missing',
  'snp_platform_bit_forbidden',
  'snp_platform_bit_required',
  'snp_tcb_status_not_accepted',
  'snp_tcb_below_minimum',
  'snp_firmware_below_minimum',
  'snp_firmware_provisional',
  'snp_mitigation_missing',
  'snp_id_key_not_trusted',
  'snp_author_key_not_trusted',
  'snp_guest_svn_below_minimum',
  'snp_chip_id_masked',
  'snp_chip_denied',
  'snp_csp_id_not_allowed',
];

const KEY = new Uint8Array(48).fill(0x1d);
const OTHER_KEY = new Uint8Array(48).fill(0x2d);
const AUTHOR = { raw: 1, authorKeyEnabled: true, maskChipKey: false, signingKey: 0 };

/** Each code: the nearest case that passes, and one deliberate difference. */
export const CASES: readonly (readonly [RefusalCode, string, Case, Case])[] = [
  ['snp_vmpl_not_allowed', 'VMPL 1', {}, { report: { vmpl: 1 } }],
  [
    'snp_report_version_not_allowed',
    'version 2 where 3 to 5 are wanted',
    { snp: { report_versions: [3, 4, 5] } },
    { snp: { report_versions: [3, 4, 5] }, report: { version: 2 } },
  ],
  ['snp_product_not_allowed', 'Milan excluded', {}, { snp: { products: ['Genoa', 'Turin'] } }],
  ['snp_policy_debug', 'the debug bit', {}, { report: { policy: guest('debug') } }],
  ['snp_policy_migration_agent', 'the bit', {}, { report: { policy: guest('migrate_ma') } }],
  ['snp_policy_migration_agent', 'an agent bound', {}, { report: { reportIdMa: new Uint8Array(32) } }],
  [
    'snp_policy_smt',
    'SMT permitted where forbidden',
    { snp: { policy_bits: { smt: 'forbidden' } } },
    { snp: { policy_bits: { smt: 'forbidden' } }, report: { policy: guest('smt') } },
  ],
  ['snp_policy_cxl', 'the bit', {}, { report: { policy: guest('cxl_allow') } }],
  [
    'snp_policy_required_bit_missing',
    'one of two required bits clear',
    {
      snp: { policy_bits: { single_socket: 'required', rapl_dis: 'required' } },
      report: { policy: guest('single_socket', 'rapl_dis') },
    },
    {
      snp: { policy_bits: { single_socket: 'required', rapl_dis: 'required' } },
      report: { policy: guest('single_socket') },
    },
  ],
  [
    'snp_platform_alias_check_missing',
    'the bit clear',
    { common: { accepted_advisories: ['AMD-SB-3015'] } },
    { common: { accepted_advisories: ['AMD-SB-3015'] }, report: { platformInfo: platform('ecc_en') } },
  ],
  [
    'snp_platform_bit_forbidden',
    'trusted I/O on',
    {},
    { report: { platformInfo: platform('alias_check_complete', 'tio_en') } },
  ],
  [
    'snp_platform_bit_forbidden',
    'an unknown bit',
    {},
    { report: { platformInfo: platform('alias_check_complete') | bits(8) } },
  ],
  [
    'snp_platform_bit_required',
    'no ECC',
    { snp: { platform_bits: { ecc_en: 'required' } } },
    {
      snp: { platform_bits: { ecc_en: 'required' } },
      report: { platformInfo: platform('alias_check_complete') },
    },
  ],
  ['snp_tcb_status_not_accepted', 'SNP one below', {}, { report: { tcb: { snp: 0x1a } } }],
  [
    'snp_tcb_below_minimum',
    'launch one below the floor',
    { snp: { tcb_floors: [{ cpuid: '19/01/1', tcb: { bootloader: 4 } }] } },
    {
      snp: { tcb_floors: [{ cpuid: '19/01/1', tcb: { bootloader: 4 } }] },
      report: { launch: { bootloader: 3 } },
    },
  ],
  [
    'snp_firmware_below_minimum',
    'committed one build below',
    { snp: { minimum_firmware: '1.58.2' } },
    { snp: { minimum_firmware: '1.58.2' }, report: { committedVersion: { major: 1, minor: 58, build: 1 } } },
  ],
  [
    'snp_firmware_provisional',
    'newer microcode running than committed',
    { snp: { allow_provisional_firmware: false } },
    { snp: { allow_provisional_firmware: false }, report: { current: { microcode: 0xdf } } },
  ],
  [
    'snp_firmware_provisional',
    'newer firmware running than committed',
    { snp: { allow_provisional_firmware: false } },
    {
      snp: { allow_provisional_firmware: false },
      report: { currentVersion: { major: 1, minor: 58, build: 3 } },
    },
  ],
  [
    'snp_mitigation_missing',
    'set now, not at launch',
    { snp: { mitigation_bits: [5] } },
    { snp: { mitigation_bits: [5] }, report: { launchMitVector: 0x1fn } },
  ],
  [
    'snp_id_key_not_trusted',
    'another ID key',
    { snp: { trusted_id_keys: [hexOf(KEY)] }, report: { idKeyDigest: KEY } },
    { snp: { trusted_id_keys: [hexOf(KEY)] }, report: { idKeyDigest: OTHER_KEY } },
  ],
  [
    'snp_author_key_not_trusted',
    'a trusted digest that is not enabled',
    { snp: { trusted_author_keys: [hexOf(KEY)] }, report: { authorKeyDigest: KEY, keyInfo: AUTHOR } },
    { snp: { trusted_author_keys: [hexOf(KEY)] }, report: { authorKeyDigest: KEY } },
  ],
  [
    'snp_guest_svn_below_minimum',
    'one below',
    { snp: { minimum_guest_svn: 3 }, report: { guestSvn: 3 } },
    { snp: { minimum_guest_svn: 3 }, report: { guestSvn: 2 } },
  ],
  ['snp_chip_id_masked', 'a zero chip id', {}, { report: { chipId: NO_CHIP } }],
  [
    'snp_chip_denied',
    'a denied chip',
    { snp: { chips_denied: ['ff'.repeat(64)] } },
    { snp: { chips_denied: ['ff'.repeat(64), hexOf(CHIP)] } },
  ],
  [
    'snp_csp_id_not_allowed',
    'another region',
    { signer: VLEK, report: { chipId: NO_CHIP }, snp: { csp_ids: ['CN=cc-us-east-2.amazonaws.com'] } },
    { signer: VLEK, report: { chipId: NO_CHIP }, snp: { csp_ids: ['CN=cc-eu-west-1.amazonaws.com'] } },
  ],
];
