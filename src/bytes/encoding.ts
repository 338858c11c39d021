/** Bytes and their texts. Strict: what is not exactly the encoding is refused with null. */
import { timingSafeEqual } from 'node:crypto';

/** Lowercase hex. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/**
 * Hex of many parts of one byte string: a view on it is cut out of its text, which is dearer to make than that of one part and
 * cheaper than that of several. What is no such view is written by itself.
 */
export function hexOfParts(whole: Uint8Array): (part: Uint8Array) => string {
  const text = hexOf(whole);
  return (part) => {
    const start = part.byteOffset - whole.byteOffset;
    const within = part.buffer === whole.buffer && start >= 0 && start + part.length <= whole.length;
    return within ? text.slice(2 * start, 2 * (start + part.length)) : hexOf(part);
  };
}

/** Either case, an even number of digits, nothing else; null otherwise. */
export function bytesOfHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return null;
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Without padding (RFC 4648, section 5). */
export function base64urlOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
}

/** With padding (RFC 4648, section 4). */
export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** Without padding, unused bits zero, nothing else; null otherwise. */
export function bytesOfBase64url(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? new Uint8Array(bytes) : null;
}

/**
 * base64url without padding, or standard base64 with padding; never a mixture, no white space, unused bits
 * zero. Null on anything else.
 */
export function bytesOfBase64(text: string): Uint8Array | null {
  // Node decodes a mixture too, and skips what belongs to no alphabet: only the encoding itself comes back the same.
  for (const encoding of ['base64url', 'base64'] as const) {
    const bytes = Buffer.from(text, encoding);
    if (bytes.toString(encoding) === text) return new Uint8Array(bytes);
  }
  return null;
}

/** Constant time in the contents; different lengths are unequal. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export function allZero(bytes: Uint8Array): boolean {
  return zeroBetween(bytes, 0, bytes.length);
}

/** Of the bytes from `start` on, those before `end`. */
export function zeroBetween(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) if (bytes[index] !== 0) return false;
  return true;
}
