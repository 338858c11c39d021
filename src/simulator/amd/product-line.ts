/** Product lines as the simulator mints them: serials, processors, firmware with and without known faults. */
import { refuse } from '../../rats/refusal.js';

export const PRODUCTS = ['Milan', 'Genoa', 'Turin'] as const;
export type ProductName = (typeof PRODUCTS)[number];

/** Case counts, as in KDS. */
export function isProduct(name: string): name is ProductName {
  return PRODUCTS.some((product) => product === name);
}

/** Combined family and model, as in the report (CPUID_FAM_ID, CPUID_MOD_ID, CPUID_STEP). */
export interface Cpuid {
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
}

/** TCB_VERSION by component, 0..255 each; `fmc` exists on Turin only and is 0 elsewhere. */
export interface TcbVersion {
  readonly fmc: number;
  readonly bootloader: number;
  readonly tee: number;
  readonly snp: number;
  readonly microcode: number;
}

export interface FirmwareVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
}

export interface ProductLine {
  readonly name: ProductName;
  /** Serial numbers of the genuine authorities: 0x10000, 0x10001, 0x10101 and so on. */
  readonly serials: { readonly ark: bigint; readonly ask: bigint; readonly asvk: bigint };
  /** Replaced intermediates that the line's own list names: Genoa's first ASK, 2022-10-31. */
  readonly replaced: readonly bigint[];
  readonly cpuid: Cpuid;
  /** Bytes of CHIP_ID in use. */
  readonly chipIdLength: 64 | 8;
  readonly firmware: FirmwareVersion;
  /** Of the years in which `vulnerableTcb` was current. */
  readonly oldFirmware: FirmwareVersion;
}

export const PRODUCT_LINES: Readonly<Record<ProductName, ProductLine>> = {
  Milan: {
    name: 'Milan',
    serials: { ark: 0x10000n, ask: 0x10001n, asvk: 0x10101n },
    replaced: [],
    cpuid: { family: 0x19, model: 0x01, stepping: 1 },
    chipIdLength: 64,
    firmware: { major: 1, minor: 58, build: 2 },
    oldFirmware: { major: 1, minor: 55, build: 16 },
  },
  Genoa: {
    name: 'Genoa',
    serials: { ark: 0x20000n, ask: 0x20002n, asvk: 0x20101n },
    replaced: [0x20001n],
    cpuid: { family: 0x19, model: 0x11, stepping: 1 },
    chipIdLength: 64,
    firmware: { major: 1, minor: 58, build: 2 },
    oldFirmware: { major: 1, minor: 55, build: 16 },
  },
  Turin: {
    name: 'Turin',
    serials: { ark: 0x30000n, ask: 0x30001n, asvk: 0x30101n },
    replaced: [],
    cpuid: { family: 0x1a, model: 0x02, stepping: 1 },
    chipIdLength: 8,
    firmware: { major: 1, minor: 58, build: 6 },
    oldFirmware: { major: 1, minor: 55, build: 60 },
  },
};

/** Processors by `family/model/stepping`, and a TCB at or above every floor AMD's bulletins name for them. */
const HEALTHY_TCB: Readonly<Record<string, TcbVersion>> = {
  '19/01/1': { fmc: 0, bootloader: 4, tee: 0, snp: 0x1d, microcode: 0xde },
  '19/01/2': { fmc: 0, bootloader: 4, tee: 0, snp: 0x1d, microcode: 0x47 },
  '19/11/1': { fmc: 0, bootloader: 10, tee: 0, snp: 0x1d, microcode: 0x56 },
  '19/11/2': { fmc: 0, bootloader: 10, tee: 0, snp: 0x1d, microcode: 0x51 },
  '19/a0/2': { fmc: 0, bootloader: 10, tee: 0, snp: 0x1d, microcode: 0x1b },
  '1a/02/1': { fmc: 1, bootloader: 3, tee: 2, snp: 5, microcode: 0x61 },
  '1a/11/0': { fmc: 1, bootloader: 3, tee: 2, snp: 5, microcode: 0x61 },
};

/** `19/01/1`: family and model in two hexadecimal digits, stepping in one. */
export function cpuidKey(cpuid: Cpuid): string {
  const two = (value: number) => value.toString(16).padStart(2, '0');
  return `${two(cpuid.family)}/${two(cpuid.model)}/${cpuid.stepping.toString(16)}`;
}

/** A TCB without known faults; for a processor outside the list that of its line's first one. */
export function healthyTcb(product: ProductName, cpuid: Cpuid): TcbVersion {
  const tcb = HEALTHY_TCB[cpuidKey(cpuid)] ?? HEALTHY_TCB[cpuidKey(PRODUCT_LINES[product].cpuid)];
  if (tcb === undefined) throw new TypeError(`no TCB for ${product}`);
  return tcb;
}

/** What a host runs that nobody has updated for years: below several bulletins' floors on every processor. */
export function vulnerableTcb(product: ProductName, cpuid: Cpuid): TcbVersion {
  const healthy = healthyTcb(product, cpuid);
  return product === 'Turin'
    ? { ...healthy, bootloader: 1, tee: 1, snp: 3, microcode: 0x46 }
    : { ...healthy, bootloader: 2, snp: 0x10, microcode: 0x10 };
}

/** Each number as one byte; refuses (`request_invalid`) what does not fit. */
export function bytesOf(what: string, values: readonly number[]): Uint8Array {
  const misfit = values.find((value) => !Number.isInteger(value) || value < 0 || value > 255);
  if (misfit !== undefined) {
    refuse('request_invalid', 'request', `a component of ${what} is 0 to 255, not ${misfit}`);
  }
  return Uint8Array.from(values);
}

/**
 * The 8 bytes of a TCB_VERSION (56860, tables 4 and 5): the layout goes by product. Refuses (`request_invalid`)
 * components that are no bytes.
 */
export function encodeTcb(product: ProductName, tcb: TcbVersion): Uint8Array {
  const { fmc, bootloader, tee, snp, microcode } = tcb;
  const layout =
    product === 'Turin'
      ? [fmc, bootloader, tee, snp, 0, 0, 0, microcode]
      : [bootloader, tee, 0, 0, 0, 0, snp, microcode];
  return bytesOf('a TCB', layout);
}
