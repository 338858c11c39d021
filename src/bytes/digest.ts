/** Digests of bytes. */
import { createHash } from 'node:crypto';

export type DigestName = 'sha256' | 'sha384' | 'sha512';

export function digestOf(name: DigestName, bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash(name).update(bytes).digest());
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return digestOf('sha256', bytes);
}

/** Lowercase hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function sha384(bytes: Uint8Array): Uint8Array {
  return digestOf('sha384', bytes);
}
