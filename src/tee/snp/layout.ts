/**
 * Where the fields of an attestation report lie. Source: AMD 56860, section 7.3, ATTESTATION_REPORT (table 24 of rev 1.58,
 * version 6 additions of rev 1.59). Offsets from the start of the report; integers are little endian.
 */
import { fieldAt as at, type FieldPlace } from '../../bytes/field.js';
import { onceForEach } from '../../rats/once.js';

/** The whole report, signature included. */
export const REPORT_LENGTH = 0x4a0;
/** The signature covers bytes 0 up to here. */
export const SIGNED_LENGTH = 0x2a0;
/** R and S take 72 bytes each; P-384 fills 48, the rest is zero. */
export const SIGNATURE_COMPONENT_LENGTH = 48;

export const FIELD = {
  version: at(0x000, 4),
  guestSvn: at(0x004, 4),
  policy: at(0x008, 8),
  familyId: at(0x010, 16),
  imageId: at(0x020, 16),
  vmpl: at(0x030, 4),
  signatureAlgo: at(0x034, 4),
  currentTcb: at(0x038, 8),
  platformInfo: at(0x040, 8),
  keyInfo: at(0x048, 4),
  reportData: at(0x050, 64),
  measurement: at(0x090, 48),
  hostData: at(0x0c0, 32),
  idKeyDigest: at(0x0e0, 48),
  authorKeyDigest: at(0x110, 48),
  reportId: at(0x140, 32),
  reportIdMa: at(0x160, 32),
  reportedTcb: at(0x180, 8),
  /** Version 3 and later: family, model, stepping, a byte each. */
  cpuid: at(0x188, 3),
  chipId: at(0x1a0, 64),
  committedTcb: at(0x1e0, 8),
  /** Build, minor, major, a byte each. */
  currentVersion: at(0x1e8, 3),
  committedVersion: at(0x1ec, 3),
  launchTcb: at(0x1f0, 8),
  /** Version 5 and later. */
  launchMitVector: at(0x1f8, 8),
  currentMitVector: at(0x200, 8),
  /** Version 6. */
  currentEtcb: at(0x220, 32),
  launchEtcb: at(0x240, 32),
  committedEtcb: at(0x260, 32),
  signatureR: at(0x2a0, 72),
  signatureS: at(0x2e8, 72),
} as const;

/** After R and S; outside the signed bytes, so nothing but this rule protects it. */
const SIGNATURE_RESERVED = at(0x330, 368);
const RESERVED_ALWAYS = [at(0x04c, 4), at(0x1eb, 1), at(0x1ef, 1), SIGNATURE_RESERVED];
const RESERVED_V3 = at(0x18b, 21);

/**
 * Reserved runs of a version, by which they must be zero. Versions 0, 1, 7 and above have no known layout.
 */
export const reservedRuns = onceForEach(8, (version: number): readonly FieldPlace[] => {
  switch (version) {
    case 2:
      return [...RESERVED_ALWAYS, at(0x188, 24), at(0x1f8, 168)];
    case 3:
    case 4:
      return [...RESERVED_ALWAYS, RESERVED_V3, at(0x1f8, 168)];
    case 5:
      return [...RESERVED_ALWAYS, RESERVED_V3, at(0x208, 152)];
    case 6:
      return [...RESERVED_ALWAYS, RESERVED_V3, at(0x208, 24), at(0x280, 32)];
    default:
      throw new RangeError(`no layout for report version ${version}`);
  }
});

/** SIGNATURE_ALGO: ECDSA P-384 with SHA-384; nothing else is defined (56860, chapter 10). */
export const ECDSA_P384_SHA384 = 1;

/** Bits of POLICY (56860, table 9). */
export const POLICY_BIT = {
  smt: 16,
  reserved_one: 17,
  migrate_ma: 18,
  debug: 19,
  single_socket: 20,
  cxl_allow: 21,
  mem_aes_256_xts: 22,
  rapl_dis: 23,
  ciphertext_hiding_dram: 24,
  page_swap_disable: 25,
} as const;
/** POLICY bits from here up are reserved and zero. */
export const POLICY_RESERVED_FROM = 26;

/** Bits of PLATFORM_INFO (56860, table 25); from 8 up unknown to this build. */
export const PLATFORM_BIT = {
  smt_en: 0,
  tsme_en: 1,
  ecc_en: 2,
  rapl_dis: 3,
  ciphertext_hiding_dram_en: 4,
  alias_check_complete: 5,
  iommu_write_safe: 6,
  tio_en: 7,
} as const;
export const PLATFORM_UNKNOWN_FROM = 8;

/** Bits of KEY_INFO. SIGNING_KEY takes three bits from `signing_key` up. */
export const KEY_INFO_BIT = { author_key_en: 0, mask_chip_key: 1, signing_key: 2 } as const;
/** KEY_INFO bits from here up are reserved and zero. */
export const KEY_INFO_RESERVED_FROM = 5;

export function bitSet(word: bigint, bit: number): boolean {
  return ((word >> BigInt(bit)) & 1n) === 1n;
}
