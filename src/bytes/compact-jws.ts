/** The compact form of a JWS (RFC 7515, section 7.1), taken apart. Nothing is verified, and no JSON is read. */
import { bytesOfBase64url } from './encoding.js';

export interface CompactJws {
  /** Of the protected header: JSON, if it is sound. */
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

/** Null: not three parts, or one of them empty, not base64url, or not in its one spelling. */
export function splitCompactJws(text: string): CompactJws | null {
  const parts = text.split('.');
  const [header, payload, signature] = parts.map((part) => (part === '' ? null : bytesOfBase64url(part)));
  return parts.length === 3 && header && payload && signature ? { header, payload } : null;
}
