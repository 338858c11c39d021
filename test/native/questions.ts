/** Signatures, sound and changed in every way that an implementation may judge otherwise than another. */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { EcdsaQuestion } from '../../src/pki/ecdsa.js';

export interface Question extends EcdsaQuestion {
  readonly name: string;
  readonly curve: 'P-256' | 'P-384';
}

interface Curve {
  readonly name: 'P-256' | 'P-384';
  readonly hash: 'sha256' | 'sha384';
  /** Octets of a coordinate. */
  readonly width: number;
  /** Order of the group, and the field’s prime (SEC 2, 2.4.2 and 2.5.1). */
  readonly n: bigint;
  readonly p: bigint;
  /** SubjectPublicKeyInfo up to its BIT STRING: the algorithm. */
  readonly algorithm: Uint8Array;
}

export const CURVES: readonly Curve[] = [
  {
    name: 'P-256',
    hash: 'sha256',
    width: 32,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    algorithm: Buffer.from('301306072a8648ce3d020106082a8648ce3d030107', 'hex'),
  },
  {
    name: 'P-384',
    hash: 'sha384',
    width: 48,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    algorithm: Buffer.from('301006072a8648ce3d020106052b81040022', 'hex'),
  },
];

/** A number below the bound, drawn by the seed. */
export type Draw = (bound: number) => number;

/** xorshift32: the same choices for the same seed. */
export function drawFrom(seed: number): Draw {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % bound;
  };
}

interface Numbers {
  readonly r: bigint;
  readonly s: bigint;
}

type NumberChange = readonly [string, (numbers: Numbers, curve: Curve) => Numbers];

const special = (name: string, value: (curve: Curve) => bigint): readonly NumberChange[] => [
  [`r is ${name}`, ({ s }, curve) => ({ r: value(curve), s })],
  [`s is ${name}`, ({ r }, curve) => ({ r, s: value(curve) })],
  [`both are ${name}`, (_, curve) => ({ r: value(curve), s: value(curve) })],
];

const NUMBER_CHANGES: readonly NumberChange[] = [
  ['as signed', (numbers) => numbers],
  // Of every signature the other one: both hold, as neither library asks for the low one.
  ['s negated', ({ r, s }, { n }) => ({ r, s: n - s })],
  ['r negated', ({ r, s }, { n }) => ({ r: n - r, s })],
  ['swapped', ({ r, s }) => ({ r: s, s: r })],
  ['one more', ({ r, s }) => ({ r: r + 1n, s })],
  ...special('zero', () => 0n),
  ...special('one', () => 1n),
  ...special('the order less one', ({ n }) => n - 1n),
  ...special('the order', ({ n }) => n),
  ...special('the order and one', ({ n }) => n + 1n),
  ...special('the prime', ({ p }) => p),
  ...special('all ones', ({ width }) => (1n << BigInt(width * 8)) - 1n),
];

type OctetChange = readonly [string, (signature: Uint8Array, draw: Draw) => Uint8Array];

const OCTET_CHANGES: readonly OctetChange[] = [
  ['a bit changed', (signature, draw) => withBit(signature, draw(signature.length * 8))],
  ['an octet less in front', (signature) => signature.subarray(1)],
  ['an octet less behind', (signature) => signature.subarray(0, -1)],
  ['an octet more behind', (signature) => Buffer.concat([signature, Uint8Array.of(0)])],
  ['a zero before each number', (signature) => padded(signature)],
  ['cut anywhere', (signature, draw) => signature.subarray(0, draw(signature.length))],
  ['one number alone', (signature) => signature.subarray(0, signature.length / 2)],
  ['twice', (signature) => Buffer.concat([signature, signature])],
  ['noise', (signature, draw) => Uint8Array.from(signature, () => draw(256))],
];

const CHANGES = NUMBER_CHANGES.length + OCTET_CHANGES.length;

/** `keys`: pairs to sign with, of either curve. A question of the seed’s choice; only the signature itself is not repeated. */
export function questionFor(seed: number, keys: readonly KeyPair[]): Question {
  const draw = drawFrom(seed);
  const pair = keys[draw(keys.length)];
  const other = keys[draw(keys.length)];
  if (pair === undefined || other === undefined) throw new RangeError('no keys to sign with');
  const { curve } = pair;
  const message = Uint8Array.from({ length: draw(700) }, () => draw(256));
  const signed = new Uint8Array(
    sign(curve.hash, message, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }),
  );
  const question = (name: string, signature: Uint8Array): Question => ({
    name: `seed ${seed}, ${curve.name}, ${name}`,
    ...{ curve: curve.name, hash: curve.hash, key: pair.publicKey, message, signature },
  });
  // A third is left as it was signed: what holds must hold for both.
  const choice = draw(Math.ceil(CHANGES * 1.5) + 2);
  const byNumbers = NUMBER_CHANGES[choice];
  if (byNumbers !== undefined) {
    const [name, change] = byNumbers;
    return question(name, octetsOf(change(numbersOf(signed), curve), curve));
  }
  const byOctets = OCTET_CHANGES[choice - NUMBER_CHANGES.length];
  if (byOctets !== undefined) return question(byOctets[0], byOctets[1](signed, draw));
  const sound = question('as signed', signed);
  if (choice === CHANGES)
    return { ...sound, message: withBit(Buffer.concat([message, Uint8Array.of(0)]), 0) };
  if (choice === CHANGES + 1 && other.curve === curve) return { ...sound, key: other.publicKey };
  return sound;
}

export interface KeyPair {
  readonly curve: Curve;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Of each curve as many. */
export function makeKeys(count: number): readonly KeyPair[] {
  return CURVES.flatMap((curve) =>
    Array.from({ length: count }, () => ({
      curve,
      ...generateKeyPairSync('ec', { namedCurve: curve.name }),
    })),
  );
}

/** Octets of a point as somebody may write it, good or not. */
export interface WrittenPoint {
  readonly name: string;
  readonly curve: Curve;
  readonly point: Uint8Array;
}

/** Every way to write a key wrongly, or in another form, made of a sound one. */
export function pointsOf({ curve, publicKey }: KeyPair, draw: Draw): readonly WrittenPoint[] {
  const { width, p } = curve;
  const sound = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }).subarray(-(2 * width + 1)));
  const [x, y] = [numberOf(sound.subarray(1, 1 + width)), numberOf(sound.subarray(1 + width))];
  const written = (first: number, ...numbers: readonly bigint[]): Uint8Array =>
    Buffer.concat([Uint8Array.of(first), ...numbers.map((number) => fixed(number, width))]);
  const odd = Number(y & 1n);
  const forms: readonly (readonly [string, Uint8Array])[] = [
    ['as it is', sound],
    ['the other side of the curve', written(4, x, p - y)],
    ['compressed', written(2 + odd, x)],
    ['compressed, the other side', written(3 - odd, x)],
    ['hybrid', written(6 + odd, x, y)],
    ['hybrid, with the wrong side', written(7 - odd, x, y)],
    ['infinity', Uint8Array.of(0)],
    ['infinity, with coordinates', written(0, 0n, 0n)],
    ['zero and zero', written(4, 0n, 0n)],
    ['off the curve by one in x', written(4, (x + 1n) % p, y)],
    ['off the curve by one in y', written(4, x, (y + 1n) % p)],
    ['x and y swapped', written(4, y, x)],
    ['x is the prime', written(4, p, y)],
    ['y is the prime', written(4, x, p)],
    ['a bit changed', withBit(sound, 8 + draw(16 * width))],
    ['noise', written(4, ...[0, 1].map(() => numberOf(Uint8Array.from({ length: width }, () => draw(256)))))],
    ['an octet less', sound.subarray(0, -1)],
    ['an octet more', Buffer.concat([sound, Uint8Array.of(0)])],
    ['nothing', new Uint8Array()],
  ];
  return forms.map(([name, point]) => ({ name: `${curve.name}, ${name}`, curve, point }));
}

/** Null: Node does not take it. */
export function readByNode({ curve, point }: WrittenPoint): KeyObject | null {
  const bits = Buffer.concat([Uint8Array.of(3, point.length + 1, 0), point]);
  const content = Buffer.concat([curve.algorithm, bits]);
  const length = content.length < 128 ? [content.length] : [0x81, content.length];
  const spki = Buffer.concat([Uint8Array.of(0x30, ...length), content]);
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

function numbersOf(signature: Uint8Array): Numbers {
  const half = signature.length / 2;
  return { r: numberOf(signature.subarray(0, half)), s: numberOf(signature.subarray(half)) };
}

function octetsOf({ r, s }: Numbers, { width }: Curve): Uint8Array {
  return Buffer.concat([fixed(r, width), fixed(s, width)]);
}

function numberOf(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString('hex')}`);
}

function fixed(number: bigint, width: number): Uint8Array {
  return Buffer.from(number.toString(16).padStart(width * 2, '0'), 'hex');
}

function padded(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  const zero = Uint8Array.of(0);
  return Buffer.concat([zero, signature.subarray(0, half), zero, signature.subarray(half)]);
}

function withBit(octets: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(octets);
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}
