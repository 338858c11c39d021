/** Digests of bytes. */
import { hash } from 'node:crypto';

export type DigestName = 'sha256' | 'sha384' | 'sha512';

export function digestOf(name: DigestName, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash(name, bytes, 'buffer'));
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return digestOf('sha256', bytes);
}

/** Of byte strings that are kept for long and looked at often. */
const kept = new WeakMap<Uint8Array, string>();

/** Lowercase hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return kept.get(bytes) ?? hash('sha256', bytes, 'hex');
}

/**
 * Computes the digest once and for all: from now on nobody writes to these bytes. For documents of vendors that
 * the process holds in memory, never for what a request brought.
 */
export function keepDigest(bytes: Uint8Array): Uint8Array {
  if (!kept.has(bytes)) kept.set(bytes, hash('sha256', bytes, 'hex'));
  return bytes;
}

export function sha384(bytes: Uint8Array): Uint8Array {
  return digestOf('sha384', bytes);
}
