/**
 * What is done to a sound input: a few changes, each drawn by fast-check as a small piece of data, so that a mutant is
 * known by the number that it was drawn with. Places are shares of the input, since inputs have different lengths.
 */
import fc from 'fast-check';
import { changeDer } from './mutation-der.js';
import { changeJson } from './mutation-json.js';

/** How an input is built, for changes that respect it. */
export type Structure = 'octets' | 'der' | 'pem' | 'json' | 'tar';

export interface Change {
  readonly kind: (typeof KINDS)[number];
  /** Shares of the input, 0 to 1. */
  readonly at: number;
  readonly to: number;
  /** Any number: kinds take from it what they need. */
  readonly choice: number;
  readonly octets: Uint8Array;
}

const KINDS = [
  ...['bit', 'octet', 'number', 'length', 'cut', 'head', 'extend', 'pad', 'insert', 'remove', 'repeat'],
  ...['swap', 'splice', 'noise', 'structure'],
] as const satisfies readonly string[];

/** Anywhere alike, but for the ends, which are tried more often. */
const SHARE = fc.oneof(
  { weight: 15, arbitrary: fc.noBias(fc.nat(0xff_ffff)).map((number) => number / 0x100_0000) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1) },
);

/** One to four changes; most often one, which gets furthest into what reads it. */
export const CHANGES: fc.Arbitrary<readonly Change[]> = fc
  .tuple(
    fc.constantFrom(1, 1, 1, 2, 2, 3, 4),
    fc.array(
      fc.record({
        kind: fc.constantFrom(...KINDS),
        at: SHARE,
        to: SHARE,
        choice: fc.noBias(fc.nat(0x7fff_ffff)),
        octets: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      }),
      { minLength: 4, maxLength: 4 },
    ),
  )
  .map(([count, changes]) => changes.slice(0, count));

/** What a format says of itself for its changes. */
export interface Material {
  readonly structure: Structure;
  /** Offsets where lengths, offsets and versions stand. */
  readonly places: readonly number[];
  /** Other inputs of the format, to splice with. */
  readonly others: readonly Uint8Array[];
}

export function mutate(input: Uint8Array, changes: readonly Change[], material: Material): Uint8Array {
  return changes.reduce<Uint8Array>(
    (bytes, change) => apply(bytes, change, material),
    Uint8Array.from(input),
  );
}

const HALF = 0x4000_0000;

/** Boundaries of what integers of some width can say. */
const BOUNDARIES = [
  ...[0n, 1n, 2n, 0x7fn, 0x80n, 0xffn, 0x100n, 0x7fffn, 0x8000n, 0xffffn, 0x1_0000n],
  ...[0x7fff_ffffn, 0x8000_0000n, 0xffff_fffen, 0xffff_ffffn, 0x1_0000_0000n, 0x20_0000_0000_0000n],
  ...[0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn],
];

function apply(bytes: Uint8Array, change: Change, material: Material): Uint8Array {
  const { structure } = material;
  const { length } = bytes;
  const { choice, octets } = change;
  // Most changes to octets go no further than the first reader; half of them respect the form where there is one.
  const kind = structure !== 'octets' && choice >= HALF ? 'structure' : change.kind;
  const at = Math.min(length - 1, Math.floor(change.at * length));
  const end = Math.min(length, at + 1 + Math.floor(change.to * change.to * (length - at)));
  if (length === 0) return octets;
  switch (kind) {
    case 'bit':
      return withOctets(bytes, at, [(bytes[at] ?? 0) ^ (1 << (choice & 7))]);
    case 'octet':
      return withOctets(bytes, at, [[0, 1, 0x7f, 0x80, 0xff, choice & 0xff][choice % 6] ?? 0]);
    case 'number':
      return withNumber(bytes, at, choice);
    case 'length':
      return withNumber(
        bytes,
        material.places[choice % Math.max(1, material.places.length)] ?? at,
        choice >>> 4,
      );
    case 'cut':
      return bytes.slice(0, at);
    case 'head':
      return bytes.slice(at);
    case 'extend':
      return joined(bytes, octets);
    case 'pad':
      return joined(bytes, new Uint8Array(choice % 3 === 0 ? choice % 70_000 : choice % 40));
    case 'insert':
      return joined(bytes.subarray(0, at), octets, bytes.subarray(at));
    case 'remove':
      return joined(bytes.subarray(0, at), bytes.subarray(end));
    case 'repeat':
      return joined(bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end));
    case 'swap': {
      const middle = at + ((end - at) >> 1);
      return joined(
        bytes.subarray(0, at),
        bytes.subarray(middle, end),
        bytes.subarray(at, middle),
        bytes.subarray(end),
      );
    }
    case 'splice': {
      const other = material.others[choice % Math.max(1, material.others.length)] ?? octets;
      return joined(
        bytes.subarray(0, at),
        other.subarray(Math.min(other.length, choice % 2 === 0 ? at : end)),
      );
    }
    case 'noise':
      return withOctets(bytes, at, octets);
    case 'structure':
      return changeStructure(bytes, change, material);
  }
}

function changeStructure(bytes: Uint8Array, change: Change, { structure, places }: Material): Uint8Array {
  switch (structure) {
    case 'json':
      return changeJson(bytes, change);
    case 'der':
      return changeDer(bytes, change);
    case 'pem':
      return throughPem(bytes, change);
    case 'tar':
      return withChecksums(apply(bytes, { ...change, kind: 'noise', at: change.at }, EMPTY));
    case 'octets':
      return withNumber(bytes, places[change.choice % Math.max(1, places.length)] ?? 0, change.choice >>> 5);
  }
}

const EMPTY: Material = { structure: 'octets', places: [], others: [] };

/** Little or big endian, one to eight octets: a boundary, or a little more or less than stands there. */
function withNumber(bytes: Uint8Array, at: number, choice: number): Uint8Array {
  const width = [1, 2, 4, 8][choice & 3] ?? 1;
  if (at + width > bytes.length) return bytes;
  const little = (choice & 4) === 0;
  const own = Array.from(bytes.subarray(at, at + width));
  const present = (little ? own.reverse() : own).reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
  const near = [present + 1n, present - 1n, present * 2n, present + BigInt(bytes.length)];
  const values = [...BOUNDARIES, ...near, BigInt(bytes.length), BigInt(bytes.length - at)];
  const value = BigInt.asUintN(8 * width, values[(choice >>> 3) % values.length] ?? 0n);
  const octets = Array.from({ length: width }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
  return withOctets(bytes, at, little ? octets : octets.reverse());
}

/** The structure of the certificate in the chosen block, and the block around it again. */
function throughPem(bytes: Uint8Array, change: Change): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  const blocks = [
    ...text.matchAll(/(-----BEGIN CERTIFICATE-----\n)([A-Za-z0-9+/=\n]+)(-----END CERTIFICATE-----)/g),
  ];
  const block = blocks[change.choice % Math.max(1, blocks.length)];
  if (block === undefined) return bytes;
  const changed = Buffer.from(changeDer(Buffer.from(block[2] ?? '', 'base64'), change)).toString('base64');
  const lines = changed.match(/.{1,64}/g)?.join('\n') ?? '';
  const start = block.index + (block[1]?.length ?? 0);
  return Buffer.from(
    `${text.slice(0, start)}${lines}\n${text.slice(start + (block[2]?.length ?? 0))}`,
    'latin1',
  );
}

/** The sums of all headers right again, so that what is behind them gets read. */
function withChecksums(archive: Uint8Array): Uint8Array {
  const bytes = Buffer.from(archive);
  for (let at = 0; at + 512 <= bytes.length; ) {
    const header = bytes.subarray(at, at + 512);
    if (header.every((octet) => octet === 0)) break;
    header.fill(0x20, 148, 156);
    const sum = header.reduce((total, octet) => total + octet, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    const size = Number.parseInt(header.toString('latin1', 124, 136), 8) || 0;
    at += 512 + Math.ceil(Math.max(0, size) / 512) * 512;
  }
  return new Uint8Array(bytes);
}

function withOctets(bytes: Uint8Array, at: number, octets: ArrayLike<number>): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let index = 0; index < octets.length && at + index < copy.length; index += 1) {
    copy[at + index] = octets[index] ?? 0;
  }
  return copy;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
