/** What undici and Node throw, as the few ways in which asking can fail. Addresses and messages stay out of the words. */
import type { TransportFault, TransportOutcome } from './vendor-answer.js';

/** A name of a vendor's led to an address that is not public. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress';
  readonly code = 'ERR_ADDRESS_REFUSED';
}

const TIMEOUT = new Set([
  'TimeoutError',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);
const TOO_LARGE = new Set(['UND_ERR_HEADERS_OVERFLOW', 'HPE_HEADER_OVERFLOW']);
/** Codes of OpenSSL's verification and of Node's TLS. */
const TLS =
  /^(?:CERT_|CRL_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERROR_IN_|INVALID_|PATH_LENGTH_|HOSTNAME_MISMATCH|UND_ERR_PRX_TLS|EPROTO)/;

/** Names and codes of an error and of what caused it. */
function marksOf(error: unknown): readonly string[] {
  const marks: string[] = [];
  for (let current = error; current instanceof Error && marks.length < 16; current = current.cause) {
    if ('code' in current && typeof current.code === 'string') marks.push(current.code);
    marks.push(current.name);
  }
  return marks;
}

export function failureOf(error: unknown): TransportOutcome & { readonly kind: 'failed' } {
  const marks = marksOf(error);
  const [mark = 'no reason given'] = marks;
  const failed = (why: TransportFault, detail: string) => ({ kind: 'failed', why, detail }) as const;
  if (marks.includes('ERR_ADDRESS_REFUSED')) {
    return failed('address-refused', 'its name leads to an address that is not public');
  }
  if (marks.some((one) => TIMEOUT.has(one))) return failed('timeout', 'no whole reply in time');
  if (marks.some((one) => TOO_LARGE.has(one))) return failed('too-large', 'headers beyond the limit');
  if (marks.some((one) => TLS.test(one))) return failed('tls', `TLS does not vouch for it (${mark})`);
  return failed('unreachable', `no connection, or it broke (${mark})`);
}
