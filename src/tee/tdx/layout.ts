/**
 * Where the fields of a quote lie. Source: Intel TDX DCAP quoting library API, appendix A.3 (quote version 4) and
 * A.4 (version 5); Intel 344425, TDREPORT. Integers are little endian, ECDSA values big endian.
 */
import { fieldAt as at } from '../../bytes/field.js';

export const HEADER_LENGTH = 48;

/** Of the header, all versions. */
export const HEADER_FIELD = {
  version: at(0x00, 2),
  attestationKeyType: at(0x02, 2),
  teeType: at(0x04, 4),
  /** QE and PCE SVN in version 3, reserved since; the real values are in QE report and PCK certificate. */
  reserved: at(0x08, 4),
  qeVendorId: at(0x0c, 16),
  userData: at(0x1c, 20),
} as const;

export const TEE_TYPE_TDX = 0x81;
/** ECDSA P-256 with SHA-256; 3 (P-384) is defined and in no use. */
export const KEY_TYPE_ECDSA_P256 = 2;
/** 939A7233-F79C-4CA9-940A-0DB3957F0607: Intel’s quoting enclave. */
export const INTEL_QE_VENDOR_ID = Uint8Array.of(
  ...[0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07],
);

/** Body types of version 5, with their exact sizes. Version 4 has type 2 without saying so. */
export const BODY_TYPE = { sgxReport: 1, tdReport10: 2, tdReport15: 3, tdReport15Extended: 4 } as const;
export const BODY_LENGTH: Readonly<Record<number, number>> = { 1: 384, 2: 584, 3: 648, 4: 885 };
/** Version 5: u16 type and u32 size in front of the body. */
export const BODY_DESCRIPTOR_LENGTH = 6;

/** Of a TD report, from the start of the body. */
export const BODY_FIELD = {
  teeTcbSvn: at(0x000, 16),
  mrSeam: at(0x010, 48),
  mrSignerSeam: at(0x040, 48),
  seamAttributes: at(0x070, 8),
  tdAttributes: at(0x078, 8),
  xfam: at(0x080, 8),
  mrTd: at(0x088, 48),
  mrConfigId: at(0x0b8, 48),
  mrOwner: at(0x0e8, 48),
  mrOwnerConfig: at(0x118, 48),
  rtmr0: at(0x148, 48),
  rtmr1: at(0x178, 48),
  rtmr2: at(0x1a8, 48),
  rtmr3: at(0x1d8, 48),
  reportData: at(0x208, 64),
  /** Types 3 and 4. */
  teeTcbSvn2: at(0x248, 16),
  mrServiceTd: at(0x258, 48),
} as const;

/**
 * Of a TD report 1.5 extended (type 4), behind the fields of 1.5. Source: the structures of Intel's quote
 * verification library alone; no genuine sample is known.
 */
export const EXTENDED_FIELD = {
  vmId: at(0x288, 1),
  tdId: at(0x289, 32),
  devInfo: at(0x2a9, 48),
  initServTdHash: at(0x2d9, 48),
  initServTdAttr: at(0x309, 8),
  initCpuSvn: at(0x311, 16),
  initTeeTcbSvn: at(0x321, 16),
  initTeeFmspc: at(0x331, 12),
  curServTdHash: at(0x33d, 48),
  curServTdAttr: at(0x36d, 8),
} as const;

/** Of the signature data, both versions. */
export const SIGNATURE_FIELD = {
  signature: at(0, 64),
  attestationKey: at(64, 64),
  certificationDataType: at(128, 2),
  certificationDataSize: at(130, 4),
} as const;
/** Outer certification data: QE report, its signature, auth data, and inner certification data. */
export const CERTIFICATION_QE_REPORT = 6;
/** Inner certification data: the PCK chain in PEM. 1 to 3 are encrypted or plain platform ids, 4 the leaf alone. */
export const CERTIFICATION_PCK_CHAIN = 5;

export const QE_REPORT_LENGTH = 384;
/** Intel hashes any number of bytes; in practice there are 32. */
export const MAX_QE_AUTH_DATA = 1024;

/** Of the QE report (SGX enclave report body, Intel SDM volume 3D, table 38-21). */
export const QE_FIELD = {
  cpuSvn: at(0, 16),
  miscSelect: at(16, 4),
  attributes: at(48, 16),
  mrEnclave: at(64, 32),
  mrSigner: at(128, 32),
  isvProdId: at(256, 2),
  isvSvn: at(258, 2),
  reportData: at(320, 64),
} as const;

/** Bits of TDATTRIBUTES (Intel 348551, table of ATTRIBUTES); those in no group are reserved. */
export const ATTRIBUTE_BIT = {
  icssd: 16,
  servtd_ext: 17,
  lass: 27,
  sept_ve_disable: 28,
  migratable: 29,
  pks: 30,
  kl: 31,
  tpa: 62,
  perfmon: 63,
} as const;
export type AttributeName = keyof typeof ATTRIBUTE_BIT;
/** DEBUG, profiling and reserved bits of the group TUD: with any of them set the TD is not to be trusted. */
export const ATTRIBUTES_UNTRUSTED = 0xffn;

/** XFAM: x87 and SSE always, and nothing outside this mask (Intel 344425, table of XFAM). */
export const XFAM_REQUIRED = 0x3n;
export const XFAM_ALLOWED = 0x6dbe7n;

const bitsOf = (mask: bigint): readonly number[] =>
  Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => ((mask >> BigInt(bit)) & 1n) === 1n);

/** The masks as bit numbers. */
export const XFAM_BITS = { required: bitsOf(XFAM_REQUIRED), allowed: bitsOf(XFAM_ALLOWED) };
