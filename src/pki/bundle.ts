/** Certificates as they travel: one in DER, or several in PEM (RFC 7468). */
import { bytesOfBase64 } from '../bytes/encoding.js';
import { DER_TAG, MalformedDer } from './der.js';

/** AMD's have less than two thousand. */
export const MAX_CERTIFICATE_BYTES = 8 * 1024;

/** A chain has three; the certificate table may carry both kinds of leaf and both authorities. */
const MAX_CERTIFICATES = 16;

/** Base64 and its line breaks take less than half as much again. */
const MAX_BUNDLE_BYTES = MAX_CERTIFICATES * MAX_CERTIFICATE_BYTES * 1.5;

const BLOCK = /-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE-----/y;
const SPACE = /[ \t\r\n]*/y;
const PEM_START = '-----BEGIN '.charCodeAt(0);

/**
 * The certificates of a blob, unread. Throws MalformedDer for text between the blocks, other kinds of block,
 * an empty blob or more than 16 certificates.
 */
export function splitCertificates(blob: Uint8Array): Uint8Array[] {
  if (blob.length > MAX_BUNDLE_BYTES) throw new MalformedDer('too many certificates, or too large ones');
  if (blob[0] === DER_TAG.sequence) return [blob];
  const start = blob.findIndex((octet) => octet > 0x20);
  if (blob[start] !== PEM_START) throw new MalformedDer('neither DER nor PEM');
  return splitPem(Buffer.from(blob).toString('latin1'));
}

function splitPem(text: string): Uint8Array[] {
  const certificates: Uint8Array[] = [];
  let offset = skipSpace(text, 0);
  while (offset < text.length) {
    BLOCK.lastIndex = offset;
    const base64 = BLOCK.exec(text)?.[1]?.replace(/[\r\n]/g, '');
    const der = base64 === undefined || base64.length % 4 !== 0 ? null : bytesOfBase64(base64);
    if (der === null || der.length === 0) throw new MalformedDer('not a PEM certificate');
    certificates.push(der);
    if (certificates.length > MAX_CERTIFICATES) throw new MalformedDer('more than 16 certificates');
    offset = skipSpace(text, BLOCK.lastIndex);
  }
  return certificates;
}

function skipSpace(text: string, offset: number): number {
  SPACE.lastIndex = offset;
  SPACE.exec(text);
  return SPACE.lastIndex;
}
