/**
 * Quotes put together byte by byte and signed by nobody: what reading them is tested with. Every number here is
 * this file's own, from Intel's description of the format.
 */
import type { RefusalCode } from '../../../src/rats/refusal.js';
import { readQuote } from '../../../src/tee/tdx/quote.js';
import { refusalOf } from './judged.js';

export interface QuoteSketch {
  readonly version?: number;
  readonly keyType?: number;
  readonly teeType?: number;
  readonly vendor?: Uint8Array;
  /** Version 5 only. */
  readonly bodyType?: number;
  readonly body?: Uint8Array;
  readonly qeAuthData?: Uint8Array;
  readonly outerType?: number;
  readonly innerType?: number;
  readonly inner?: Uint8Array;
  /** Behind the inner certification data, behind the outer ones, and behind the signature data. */
  readonly behindInner?: Uint8Array;
  readonly behindOuter?: Uint8Array;
  readonly trailing?: Uint8Array;
  /** Announced in place of the true sizes. */
  readonly bodySize?: number;
  readonly signatureSize?: number;
  readonly outerSize?: number;
  readonly qeAuthSize?: number;
  readonly innerSize?: number;
}

export const VENDOR = bytesOfHex('939a7233f79c4ca9940a0db3957f0607');
const BODY_SIZES: Readonly<Record<number, number>> = { 1: 384, 2: 584, 3: 648, 4: 885 };
const NOTHING = new Uint8Array();

/** By default version 4 with TD report 1.0, 32 bytes of QE authentication data and three bytes for a chain. */
export function sketchQuote(sketch: QuoteSketch = {}): Uint8Array {
  const version = sketch.version ?? 4;
  const bodyType = sketch.bodyType ?? 3;
  const body = sketch.body ?? new Uint8Array(version === 5 ? (BODY_SIZES[bodyType] ?? 648) : 584).fill(0x11);
  const descriptor =
    version === 5 ? Buffer.concat([u16(bodyType), u32(sketch.bodySize ?? body.length)]) : NOTHING;
  const data = sketchSignature(sketch);
  return new Uint8Array(
    Buffer.concat([
      sketchHeader(sketch),
      descriptor,
      body,
      u32(sketch.signatureSize ?? data.length),
      data,
      sketch.trailing ?? NOTHING,
    ]),
  );
}

export function sketchHeader({ version, keyType, teeType, vendor }: QuoteSketch = {}): Uint8Array {
  return Buffer.concat([
    u16(version ?? 4),
    u16(keyType ?? 2),
    u32(teeType ?? 0x81),
    bytesOfHex('21222324'),
    vendor ?? VENDOR,
    new Uint8Array(20).fill(0x22),
  ]);
}

function sketchSignature(sketch: QuoteSketch): Uint8Array {
  const { qeAuthData = new Uint8Array(32).fill(0x66), inner = bytesOfHex('777777') } = sketch;
  const outer = Buffer.concat([
    new Uint8Array(384).fill(0x44),
    new Uint8Array(64).fill(0x55),
    u16(sketch.qeAuthSize ?? qeAuthData.length),
    qeAuthData,
    u16(sketch.innerType ?? 5),
    u32(sketch.innerSize ?? inner.length),
    inner,
    sketch.behindInner ?? NOTHING,
  ]);
  return Buffer.concat([
    new Uint8Array(64).fill(0x31),
    new Uint8Array(64).fill(0x32),
    u16(sketch.outerType ?? 6),
    u32(sketch.outerSize ?? outer.length),
    outer,
    sketch.behindOuter ?? NOTHING,
  ]);
}

/** Code and words of the refusal; `read` when there is none. */
export function answerTo(bytes: Uint8Array): readonly [RefusalCode | 'read', string] {
  const refused = refusalOf(() => readQuote(bytes));
  return refused === null ? ['read', ''] : [refused.code, refused.detail];
}

/** A run of bytes, all different within 256 and different from those of another `start`. */
export function counting(length: number, start: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (start + index * 7) & 0xff);
}

export function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function u16(value: number): Uint8Array {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
