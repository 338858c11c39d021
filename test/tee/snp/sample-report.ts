/** Decoded reports for tests of what comes after decoding: healthy ones, and changes to them. */
import type { TcbFloor } from '../../../src/rats/policy.js';
import { PLATFORM_BIT, POLICY_BIT } from '../../../src/tee/snp/layout.js';
import { productOfCpuid, type SnpProduct } from '../../../src/tee/snp/product.js';
import type { Cpuid, SnpReport } from '../../../src/tee/snp/report.js';
import type { SnpSigner } from '../../../src/tee/snp/signer.js';
import { encodeTcb } from '../../../src/tee/snp/tcb.js';

/** After every bulletin of the table. */
export const NOW = new Date('2026-11-20T12:00:00Z');

/** Components of a TCB; `fmc` counts on Turin only. */
export type Tcb = Required<{ [K in keyof TcbFloor]: number }>;

/** At or above every floor of the table. */
export const HEALTHY: Readonly<Record<string, Tcb>> = {
  '19/01/1': { fmc: 0, bootloader: 4, tee: 0, snp: 0x1d, microcode: 0xde },
  '19/01/2': { fmc: 0, bootloader: 4, tee: 0, snp: 0x1d, microcode: 0x47 },
  '19/11/1': { fmc: 0, bootloader: 10, tee: 0, snp: 0x1b, microcode: 0x56 },
  '19/11/2': { fmc: 0, bootloader: 10, tee: 0, snp: 0x1b, microcode: 0x51 },
  '19/a0/2': { fmc: 0, bootloader: 10, tee: 0, snp: 0x1b, microcode: 0x1b },
  '1a/02/1': { fmc: 1, bootloader: 1, tee: 1, snp: 4, microcode: 0x51 },
  '1a/11/0': { fmc: 1, bootloader: 1, tee: 1, snp: 4, microcode: 0x4e },
};
export const PROCESSORS = Object.keys(HEALTHY);

export interface ReportOptions extends Partial<Omit<SnpReport, 'cpuid'>> {
  /** `family/model/stepping`; a version 2 report keeps it to itself. */
  readonly processor?: string;
  /** All four TCBs. */
  readonly tcb?: Partial<Tcb>;
  readonly reported?: Partial<Tcb>;
  readonly committed?: Partial<Tcb>;
  readonly launch?: Partial<Tcb>;
  readonly current?: Partial<Tcb>;
  /** Both vectors; from version 5 on. */
  readonly mitigations?: bigint;
}

export function cpuidOf(processor: string): Cpuid {
  const [family = 0, model = 0, stepping = 0] = processor.split('/').map((part) => Number.parseInt(part, 16));
  return { family, model, stepping };
}

export function productOf(processor: string): SnpProduct {
  const product = productOfCpuid(cpuidOf(processor));
  if (product === null) throw new TypeError(`${processor} belongs to no product line`);
  return product;
}

export const bits = (...numbers: readonly number[]): bigint =>
  numbers.reduce((word, bit) => word | (1n << BigInt(bit)), 0n);

/** A POLICY word; bit 17 is always 1. */
export const guest = (...names: readonly (keyof typeof POLICY_BIT)[]): bigint =>
  bits(POLICY_BIT.reserved_one, ...names.map((name) => POLICY_BIT[name]));

/** A PLATFORM_INFO word. */
export const platform = (...names: readonly (keyof typeof PLATFORM_BIT)[]): bigint =>
  bits(...names.map((name) => PLATFORM_BIT[name]));

const PLATFORM = platform('ecc_en', 'alias_check_complete');
const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

/** A version 5 Milan report that policy `standard` finds nothing wrong with. */
export function sampleReport(options: ReportOptions = {}): SnpReport {
  const {
    processor = '19/01/1',
    tcb,
    reported,
    committed,
    launch,
    current,
    mitigations,
    ...fields
  } = options;
  const product = productOf(processor);
  const version = options.version ?? 5;
  const healthy = HEALTHY[processor] ?? HEALTHY[product === 'Turin' ? '1a/02/1' : '19/01/1'];
  if (healthy === undefined) throw new TypeError('no TCB to start from');
  const encoded = (change: Partial<Tcb> = {}): Uint8Array =>
    encodeTcb({ ...healthy, ...tcb, ...change }, product);
  const vector = version < 5 ? null : (mitigations ?? 0x3fn);
  return {
    signed: filled(0x2a0, 0),
    version,
    guestSvn: 0,
    policy: guest(),
    familyId: filled(16, 0),
    imageId: filled(16, 0),
    vmpl: 0,
    signatureAlgo: 1,
    platformInfo: product === 'Turin' ? PLATFORM | platform('iommu_write_safe') : PLATFORM,
    keyInfo: { raw: 0, authorKeyEnabled: false, maskChipKey: false, signingKey: 0 },
    reportData: filled(64, 0),
    measurement: filled(48, 0xab),
    hostData: filled(32, 0),
    idKeyDigest: filled(48, 0),
    authorKeyDigest: filled(48, 0),
    reportId: filled(32, 1),
    reportIdMa: filled(32, 0xff),
    currentTcb: encoded(current),
    reportedTcb: encoded(reported),
    committedTcb: encoded(committed),
    launchTcb: encoded(launch),
    cpuid: version < 3 ? null : cpuidOf(processor),
    chipId: CHIP,
    currentVersion: { major: 1, minor: 58, build: 2 },
    committedVersion: { major: 1, minor: 58, build: 2 },
    launchMitVector: vector,
    currentMitVector: vector,
    etcb: null,
    signatureR: filled(72, 1),
    signatureS: filled(72, 1),
    ...fields,
  };
}

/** Eight bytes, then zeros: a chip id that Turin could have too. */
export const CHIP = Uint8Array.from({ length: 64 }, (_, index) => (index < 8 ? 0xc0 + index : 0));

/** What a masked chip id looks like. */
export const NO_CHIP = new Uint8Array(64);

export const VCEK: SnpSigner = { signingKey: 'VCEK', cspId: null, hwid: CHIP, revocationChecked: true };
export const VLEK: SnpSigner = {
  signingKey: 'VLEK',
  cspId: 'CN=cc-us-east-2.amazonaws.com',
  hwid: null,
  revocationChecked: true,
};
