/** One simulated Intel per test process, and readers of its material that share nothing with what minted it. */
import { mintIntel, type SimulatedIntel } from '../../../src/simulator/index.js';
import { SIMULATED_AT } from '../../simulated-vendor.js';

let intel: Promise<SimulatedIntel> | null = null;

export function simulatedIntel(): Promise<SimulatedIntel> {
  intel ??= mintIntel({ at: SIMULATED_AT });
  return intel;
}

/** A quote taken apart by counting, from the lengths that it announces. */
export interface TakenApart {
  readonly version: number;
  readonly header: Buffer;
  readonly descriptor: Buffer;
  readonly body: Buffer;
  /** What the attestation key signs. */
  readonly signed: Buffer;
  readonly signature: Buffer;
  readonly attestationKey: Buffer;
  readonly outerType: number;
  readonly qeReport: Buffer;
  readonly qeSignature: Buffer;
  readonly authData: Buffer;
  readonly innerType: number;
  readonly inner: Buffer;
  /** Behind everything announced. */
  readonly rest: Buffer;
}

export function takeApart(quote: Uint8Array): TakenApart {
  const bytes = Buffer.from(quote);
  const version = bytes.readUInt16LE(0);
  const bodyAt = version === 5 ? 54 : 48;
  const bodyEnd = bodyAt + (version === 5 ? bytes.readUInt32LE(50) : 584);
  const data = bytes.subarray(bodyEnd + 4, bodyEnd + 4 + bytes.readUInt32LE(bodyEnd));
  const authEnd = 584 + data.readUInt16LE(582);
  return {
    version,
    header: bytes.subarray(0, 48),
    descriptor: bytes.subarray(48, bodyAt),
    body: bytes.subarray(bodyAt, bodyEnd),
    signed: bytes.subarray(0, bodyEnd),
    signature: data.subarray(0, 64),
    attestationKey: data.subarray(64, 128),
    outerType: data.readUInt16LE(128),
    qeReport: data.subarray(134, 518),
    qeSignature: data.subarray(518, 582),
    authData: data.subarray(584, authEnd),
    innerType: data.readUInt16LE(authEnd),
    inner: data.subarray(authEnd + 6, authEnd + 6 + data.readUInt32LE(authEnd + 2)),
    rest: bytes.subarray(bodyEnd + 4 + data.length),
  };
}

/** Blocks of a PEM chain, DER. */
export function pemBlocks(text: string): Buffer[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
  return blocks.map((block) => Buffer.from(block.replace(/-----[^-]+-----|\s/gu, ''), 'base64'));
}

/** The inner object of a service's answer as it stands, and the signature over it. */
export function innerOf(document: Uint8Array, member: string): { text: string; signature: Buffer } {
  const text = Buffer.from(document).toString('utf8');
  const end = text.lastIndexOf(',"signature":"');
  if (!text.startsWith(`{"${member}":{`)) throw new Error(`not a document with ${member}`);
  return {
    text: text.slice(member.length + 4, end),
    signature: Buffer.from(text.slice(end + 14, end + 142), 'hex'),
  };
}
