/**
 * The attestation report, field by field. Source: AMD 56860, section 7.3, ATTESTATION_REPORT.
 * Byte fields are as received; nothing here is authentic.
 */
import { allZero } from '../../bytes/encoding.js';
import { type FieldPlace, fieldOf } from '../../bytes/field.js';
import { onceFor, onceForEach } from '../../rats/once.js';
import { bitSet, FIELD, KEY_INFO_BIT, SIGNED_LENGTH } from './layout.js';

/** Combined family, model and stepping. */
export interface Cpuid {
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
}

export interface FirmwareVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
}

/** KEY_INFO. `signingKey` is the bare number: 0 VCEK, 1 VLEK, 7 none. */
export interface KeyInfo {
  readonly raw: number;
  readonly authorKeyEnabled: boolean;
  readonly maskChipKey: boolean;
  readonly signingKey: number;
}

export interface SnpReport {
  /** Bytes 0..0x29F exactly as received: what the signature covers. */
  readonly signed: Uint8Array;
  readonly version: number;
  readonly guestSvn: number;
  readonly policy: bigint;
  /** 16 bytes each. */
  readonly familyId: Uint8Array;
  readonly imageId: Uint8Array;
  readonly vmpl: number;
  readonly signatureAlgo: number;
  readonly platformInfo: bigint;
  readonly keyInfo: KeyInfo;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** 48 bytes. */
  readonly measurement: Uint8Array;
  /** 32 bytes. */
  readonly hostData: Uint8Array;
  /** 48 bytes each. */
  readonly idKeyDigest: Uint8Array;
  readonly authorKeyDigest: Uint8Array;
  /** 32 bytes each; reportIdMa is all 0xFF when no migration agent is bound. */
  readonly reportId: Uint8Array;
  readonly reportIdMa: Uint8Array;
  /** 8 bytes each, undecoded: the layout goes by product (`decodeTcb`). */
  readonly currentTcb: Uint8Array;
  readonly reportedTcb: Uint8Array;
  readonly committedTcb: Uint8Array;
  readonly launchTcb: Uint8Array;
  /** Null before version 3: those bytes are reserved there. */
  readonly cpuid: Cpuid | null;
  /** 64 bytes; all zero when the host masks it or the key is a VLEK. */
  readonly chipId: Uint8Array;
  readonly currentVersion: FirmwareVersion;
  readonly committedVersion: FirmwareVersion;
  /** Null before version 5: unknown, which is not zero. */
  readonly launchMitVector: bigint | null;
  readonly currentMitVector: bigint | null;
  /** Version 6 only, 32 bytes each, inner structure unknown. */
  readonly etcb: {
    readonly current: Uint8Array;
    readonly launch: Uint8Array;
    readonly committed: Uint8Array;
  } | null;
  /** 72 bytes each, little endian. */
  readonly signatureR: Uint8Array;
  readonly signatureS: Uint8Array;
}

/** `1.55.29`, decimal. */
export const firmwareText = onceFor(
  ({ major, minor, build }: FirmwareVersion): string => `${major}.${minor}.${build}`,
);

/** Negative when `a` is older, 0 when equal, positive when newer. */
export function compareFirmware(a: FirmwareVersion, b: FirmwareVersion): number {
  return a.major - b.major || a.minor - b.minor || a.build - b.build;
}

/** True when the host masks the chip id (MASK_CHIP_ID) or the platform signs with a VLEK and hides it. */
export function chipIdMasked(report: SnpReport): boolean {
  return allZero(report.chipId);
}

/**
 * Decodes 1184 bytes of a version 2 to 6 report by that version's layout; judges nothing.
 * The caller has checked length and version.
 */
export function decodeReport(bytes: Uint8Array): SnpReport {
  const owned = new Uint8Array(bytes);
  const view = new DataView(owned.buffer);
  const u32 = (place: FieldPlace): number => view.getUint32(place.offset, true);
  const u64 = (place: FieldPlace): bigint => view.getBigUint64(place.offset, true);
  const take = (place: FieldPlace): Uint8Array => fieldOf(owned, place);
  const version = u32(FIELD.version);
  return {
    signed: owned.subarray(0, SIGNED_LENGTH),
    version,
    guestSvn: u32(FIELD.guestSvn),
    policy: u64(FIELD.policy),
    familyId: take(FIELD.familyId),
    imageId: take(FIELD.imageId),
    vmpl: u32(FIELD.vmpl),
    signatureAlgo: u32(FIELD.signatureAlgo),
    platformInfo: u64(FIELD.platformInfo),
    keyInfo: keyInfoOf(u32(FIELD.keyInfo)),
    reportData: take(FIELD.reportData),
    measurement: take(FIELD.measurement),
    hostData: take(FIELD.hostData),
    idKeyDigest: take(FIELD.idKeyDigest),
    authorKeyDigest: take(FIELD.authorKeyDigest),
    reportId: take(FIELD.reportId),
    reportIdMa: take(FIELD.reportIdMa),
    currentTcb: take(FIELD.currentTcb),
    reportedTcb: take(FIELD.reportedTcb),
    committedTcb: take(FIELD.committedTcb),
    launchTcb: take(FIELD.launchTcb),
    cpuid: version >= 3 ? cpuidOf(threeBytes(view, FIELD.cpuid)) : null,
    chipId: take(FIELD.chipId),
    currentVersion: firmwareOf(threeBytes(view, FIELD.currentVersion)),
    committedVersion: firmwareOf(threeBytes(view, FIELD.committedVersion)),
    launchMitVector: version >= 5 ? u64(FIELD.launchMitVector) : null,
    currentMitVector: version >= 5 ? u64(FIELD.currentMitVector) : null,
    etcb:
      version === 6
        ? {
            current: take(FIELD.currentEtcb),
            launch: take(FIELD.launchEtcb),
            committed: take(FIELD.committedEtcb),
          }
        : null,
    signatureR: take(FIELD.signatureR),
    signatureS: take(FIELD.signatureS),
  };
}

const keyInfoOf = onceForEach(256, (raw: number): KeyInfo => {
  const word = BigInt(raw);
  return Object.freeze({
    raw,
    authorKeyEnabled: bitSet(word, KEY_INFO_BIT.author_key_en),
    maskChipKey: bitSet(word, KEY_INFO_BIT.mask_chip_key),
    signingKey: Number((word >> BigInt(KEY_INFO_BIT.signing_key)) & 7n),
  });
});

/** Three bytes as one number: what they say is one object for all reports that say it. */
function threeBytes(view: DataView, { offset }: FieldPlace): number {
  return view.getUint8(offset) | (view.getUint8(offset + 1) << 8) | (view.getUint8(offset + 2) << 16);
}

const cpuidOf = onceForEach(
  256,
  (bytes: number): Cpuid =>
    Object.freeze({ family: bytes & 0xff, model: (bytes >> 8) & 0xff, stepping: bytes >> 16 }),
);

/** The bytes lie in the order build, minor, major. */
const firmwareOf = onceForEach(
  256,
  (bytes: number): FirmwareVersion =>
    Object.freeze({ major: bytes >> 16, minor: (bytes >> 8) & 0xff, build: bytes & 0xff }),
);
