/**
 * TCB_VERSION: eight bytes, one per component, in a layout that goes by product and not by report version.
 * Source: AMD 56860, tables 4 (Turin) and 5 (Milan, Genoa).
 */
import { onceFor, onceForEach } from '../../rats/once.js';
import type { TcbFloor } from '../../rats/policy.js';
import type { SnpProduct } from './product.js';

/** Components 0..255. `fmc` exists on Turin only, elsewhere null. */
export interface SnpTcb {
  readonly bootloader: number;
  readonly tee: number;
  readonly snp: number;
  readonly microcode: number;
  readonly fmc: number | null;
  /** The eight bytes as received, lowercase hex. */
  readonly raw: string;
}

export type TcbComponent = 'fmc' | 'bootloader' | 'tee' | 'snp' | 'microcode';
type TcbLayout = Readonly<Partial<Record<TcbComponent, number>>>;

export const TCB_COMPONENTS: readonly TcbComponent[] = ['fmc', 'bootloader', 'tee', 'snp', 'microcode'];

const LEGACY: TcbLayout = { bootloader: 0, tee: 1, snp: 6, microcode: 7 };
const TURIN: TcbLayout = { fmc: 0, bootloader: 1, tee: 2, snp: 3, microcode: 7 };

const LEGACY_RESERVED = reservedOf(LEGACY);
const TURIN_RESERVED = reservedOf(TURIN);

/** Byte indices that the layout does not use. */
function reservedOf(layout: TcbLayout): readonly number[] {
  const used = Object.values(layout);
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((index) => !used.includes(index));
}

/** Byte index of each component that the product has. */
export function tcbLayout(product: SnpProduct): TcbLayout {
  return product === 'Turin' ? TURIN : LEGACY;
}

function requireLength(raw: Uint8Array): void {
  if (raw.length !== 8) throw new RangeError(`a TCB_VERSION has 8 bytes, not ${raw.length}`);
}

/** Reserved bytes are not judged here: see `tcbReservedZero`. */
export function decodeTcb(raw: Uint8Array, product: SnpProduct): SnpTcb {
  requireLength(raw);
  const octets = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('latin1');
  return product === 'Turin' ? decodedTurin(octets) : decodedLegacy(octets);
}

/** Of all that this process sees: some hundred. */
const MOST_TCBS = 1024;
const decodedLegacy = onceForEach(MOST_TCBS, (octets: string) => decodedBy(octets, LEGACY));
const decodedTurin = onceForEach(MOST_TCBS, (octets: string) => decodedBy(octets, TURIN));

/** `octets`: one character for each. */
function decodedBy(octets: string, layout: TcbLayout): SnpTcb {
  const octetAt = (index: number | undefined): number => (index === undefined ? 0 : octets.charCodeAt(index));
  return Object.freeze({
    bootloader: octetAt(layout.bootloader),
    tee: octetAt(layout.tee),
    snp: octetAt(layout.snp),
    microcode: octetAt(layout.microcode),
    fmc: layout.fmc === undefined ? null : octetAt(layout.fmc),
    raw: Buffer.from(octets, 'latin1').toString('hex'),
  });
}

/** The reverse of `decodeTcb`; reserved bytes zero. */
export function encodeTcb(components: Omit<SnpTcb, 'raw'>, product: SnpProduct): Uint8Array {
  const raw = new Uint8Array(8);
  for (const name of TCB_COMPONENTS) {
    const index = tcbLayout(product)[name];
    if (index !== undefined) raw[index] = components[name] ?? 0;
  }
  return raw;
}

/** True when every byte that the product's layout does not use is zero. */
export function tcbReservedZero(raw: Uint8Array, product: SnpProduct): boolean {
  requireLength(raw);
  return (product === 'Turin' ? TURIN_RESERVED : LEGACY_RESERVED).every((index) => raw[index] === 0);
}

/** The components in which `tcb` is lower than `floor`; those absent from the floor or the product are not judged. */
export function componentsBelow(tcb: SnpTcb, floor: TcbFloor | SnpTcb): TcbComponent[] {
  return TCB_COMPONENTS.filter((name) => {
    const least = floor[name];
    const value = tcb[name];
    return least !== undefined && least !== null && value !== null && value < least;
  });
}

/** True when no component of `tcb` is lower than its floor. */
export function reachesFloor(tcb: SnpTcb, floor: TcbFloor | SnpTcb): boolean {
  for (const name of TCB_COMPONENTS) {
    const least = floor[name];
    const value = tcb[name];
    if (least !== undefined && least !== null && value !== null && value < least) return false;
  }
  return true;
}

/** True when no component of `tcb` exceeds the other's: never a comparison of the eight bytes as a number. */
export function tcbAtMost(tcb: SnpTcb, ceiling: SnpTcb): boolean {
  return reachesFloor(ceiling, tcb);
}

/** True when every component is equal. */
export function tcbEqual(a: SnpTcb, b: SnpTcb): boolean {
  return TCB_COMPONENTS.every((name) => a[name] === b[name]);
}

/** `bootloader 4, tee 0, snp 24, microcode 217`, with fmc first on Turin. */
export const tcbText = onceFor(({ fmc, bootloader, tee, snp, microcode }: SnpTcb): string => {
  const text = `bootloader ${bootloader}, tee ${tee}, snp ${snp}, microcode ${microcode}`;
  return fmc === null ? text : `fmc ${fmc}, ${text}`;
});

/** `snp 27, microcode 219`; components without a floor are left out. */
export function floorText(floor: TcbFloor): string {
  return TCB_COMPONENTS.flatMap((name) => (floor[name] === undefined ? [] : [`${name} ${floor[name]}`])).join(
    ', ',
  );
}
