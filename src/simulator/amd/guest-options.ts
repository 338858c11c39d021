/** What a simulated guest is asked to look like, and what it looks like where nothing was asked. */
import { randomBytes } from 'node:crypto';
import type { RefusalCode } from '../../rats/refusal.js';
import { refuse } from '../../rats/refusal.js';
import type { SigningKeyKind } from './authorities.js';
import {
  type Cpuid,
  type FirmwareVersion,
  healthyTcb,
  PRODUCT_LINES,
  type ProductName,
  type TcbVersion,
  vulnerableTcb,
} from './product-line.js';

/** POLICY bits by number (56860, table 9); bits 0..15 are the minimum ABI, bit 17 is always 1. */
export const POLICY_BITS = {
  smt: 16,
  migrateMa: 18,
  debug: 19,
  singleSocket: 20,
  cxlAllow: 21,
  memAes256Xts: 22,
  raplDis: 23,
  ciphertextHidingDram: 24,
  pageSwapDisable: 25,
} as const;
export type PolicyBit = keyof typeof POLICY_BITS;

/** PLATFORM_INFO bits by number (56860, table 24). */
export const PLATFORM_BITS = {
  smtEn: 0,
  tsmeEn: 1,
  eccEn: 2,
  raplDis: 3,
  ciphertextHidingDramEn: 4,
  aliasCheckComplete: 5,
  iommuWriteSafe: 6,
  tioEn: 7,
} as const;
export type PlatformBit = keyof typeof PLATFORM_BITS;

export const ENVELOPES = ['raw', 'extended', 'azure-hcl', 'configfs-tsm'] as const;
export type GuestEnvelope = (typeof ENVELOPES)[number];

/** Everything the report says, resolved. Lengths: reportData 64, measurement 48, hostData 32, chipId 64. */
export interface GuestSettings {
  readonly at: Date;
  readonly product: ProductName;
  readonly cpuid: Cpuid;
  /** 2..5 are genuine formats; others are written with the nearest known layout. */
  readonly reportVersion: number;
  readonly signingKey: SigningKeyKind;
  /** Goes into a VLEK; ignored for a VCEK. */
  readonly cspId: string;
  readonly reportData: Uint8Array;
  readonly measurement: Uint8Array;
  readonly hostData: Uint8Array;
  readonly familyId: Uint8Array;
  readonly imageId: Uint8Array;
  readonly guestSvn: number;
  readonly policy: Readonly<Record<PolicyBit, boolean>>;
  readonly platformInfo: Readonly<Record<PlatformBit, boolean>>;
  readonly vmpl: number;
  readonly reportedTcb: TcbVersion;
  readonly currentTcb: TcbVersion;
  readonly committedTcb: TcbVersion;
  readonly launchTcb: TcbVersion;
  readonly currentVersion: FirmwareVersion;
  readonly committedVersion: FirmwareVersion;
  /** Written from version 5 on. */
  readonly launchMitVector: bigint;
  readonly currentMitVector: bigint;
  readonly chipId: Uint8Array;
  /** CHIP_ID zero in the report, as clouds with VLEKs have it; a VCEK still names the chip. */
  readonly maskChipId: boolean;
  /** 48 bytes each; null: launched without an ID block, without an author key. */
  readonly idKeyDigest: Uint8Array | null;
  readonly authorKeyDigest: Uint8Array | null;
  readonly reportId: Uint8Array;
  readonly envelope: GuestEnvelope;
}

type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

export interface GuestOptions
  extends Loose<
    Omit<
      GuestSettings,
      'at' | 'policy' | 'platformInfo' | 'reportedTcb' | 'currentTcb' | 'committedTcb' | 'launchTcb'
    >
  > {
  /** The instant at which everything is valid. */
  readonly at: Date;
  readonly policy?: Loose<GuestSettings['policy']> | undefined;
  readonly platformInfo?: Loose<GuestSettings['platformInfo']> | undefined;
  /** True: firmware that AMD's bulletins call vulnerable, everywhere and by far. Default: current firmware. */
  readonly vulnerable?: boolean | undefined;
  /** Components for all four TCBs; the four options below win over it. */
  readonly tcb?: Loose<TcbVersion> | undefined;
  readonly reportedTcb?: Loose<TcbVersion> | undefined;
  readonly currentTcb?: Loose<TcbVersion> | undefined;
  readonly committedTcb?: Loose<TcbVersion> | undefined;
  readonly launchTcb?: Loose<TcbVersion> | undefined;
  /** Spoils exactly the check of this code; one of FAULTS. */
  readonly fault?: RefusalCode | undefined;
}

/** Mitigation bits 0..5: every one that a bulletin names. */
const MITIGATIONS = 0x3fn;

/**
 * Fills in a guest that policy `standard` affirms: current firmware, no debugging, VMPL 0, SMT off.
 * Refuses (`request_invalid`) byte strings of the wrong length.
 */
export function resolveGuest(options: GuestOptions): GuestSettings {
  const product = options.product ?? 'Milan';
  const line = PRODUCT_LINES[product];
  const cpuid = options.cpuid ?? line.cpuid;
  const reportVersion = options.reportVersion ?? 5;
  const signingKey = options.signingKey ?? 'VCEK';
  const tcbOf = options.vulnerable === true ? vulnerableTcb : healthyTcb;
  const tcb = merged(tcbOf(product, cpuid), options.tcb);
  const firmware = options.vulnerable === true ? line.oldFirmware : line.firmware;
  const mitigations = options.vulnerable === true ? 0n : MITIGATIONS;
  return {
    at: options.at,
    product,
    cpuid,
    reportVersion,
    signingKey,
    cspId: options.cspId ?? 'CN=cc-simulated.example',
    reportData: exactly('report data', 64, options.reportData) ?? randomBytes(64),
    measurement: exactly('measurement', 48, options.measurement) ?? randomBytes(48),
    hostData: exactly('host data', 32, options.hostData) ?? new Uint8Array(32),
    familyId: exactly('family id', 16, options.familyId) ?? new Uint8Array(16),
    imageId: exactly('image id', 16, options.imageId) ?? new Uint8Array(16),
    guestSvn: options.guestSvn ?? 0,
    policy: merged(NO_POLICY_BITS, options.policy),
    platformInfo: merged(platformOf(product, reportVersion), options.platformInfo),
    vmpl: options.vmpl ?? 0,
    reportedTcb: merged(tcb, options.reportedTcb),
    currentTcb: merged(tcb, options.currentTcb),
    committedTcb: merged(tcb, options.committedTcb),
    launchTcb: merged(tcb, options.launchTcb),
    currentVersion: options.currentVersion ?? firmware,
    committedVersion: options.committedVersion ?? firmware,
    launchMitVector: options.launchMitVector ?? mitigations,
    currentMitVector: options.currentMitVector ?? mitigations,
    chipId: chipIdOf(line.chipIdLength, options.chipId),
    maskChipId: options.maskChipId ?? signingKey === 'VLEK',
    idKeyDigest: exactly('ID key digest', 48, options.idKeyDigest) ?? null,
    authorKeyDigest: exactly('author key digest', 48, options.authorKeyDigest) ?? null,
    reportId: exactly('report id', 32, options.reportId) ?? randomBytes(32),
    envelope: options.envelope ?? 'raw',
  };
}

const NO_POLICY_BITS: GuestSettings['policy'] = {
  smt: false,
  migrateMa: false,
  debug: false,
  singleSocket: false,
  cxlAllow: false,
  memAes256Xts: false,
  raplDis: false,
  ciphertextHidingDram: false,
  pageSwapDisable: false,
};

/** ECC always, the alias check where the version can say so, IOMMU_WRITE_SAFE as every Turin has it. */
function platformOf(product: ProductName, reportVersion: number): GuestSettings['platformInfo'] {
  return {
    smtEn: false,
    tsmeEn: false,
    eccEn: true,
    raplDis: false,
    ciphertextHidingDramEn: false,
    aliasCheckComplete: reportVersion >= 3,
    iommuWriteSafe: product === 'Turin',
    tioEn: false,
  };
}

function merged<T extends object>(base: T, changes: Loose<T> | undefined): T {
  const given = Object.entries(changes ?? {}).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
}

function exactly<T extends Uint8Array | null | undefined>(what: string, length: number, bytes: T): T {
  if (bytes !== null && bytes !== undefined && bytes.length !== length) {
    refuse('request_invalid', 'request', `${what} of a guest is ${length} bytes, not ${bytes.length}`);
  }
  return bytes;
}

/** 64 bytes, of which Turin uses 8. */
function chipIdOf(used: number, given: Uint8Array | undefined): Uint8Array {
  if (given !== undefined && given.length !== used && given.length !== 64) {
    refuse('request_invalid', 'request', `a chip id of this product is ${used} bytes, not ${given.length}`);
  }
  const chipId = new Uint8Array(64);
  chipId.set(given ?? randomBytes(used));
  return chipId;
}
