/** What undici and Node throw, as the few ways in which asking can fail. Addresses and messages stay out of the words. */
import type { TransportFault, TransportOutcome } from './vendor-answer.js';

/** A name of a vendor's led to an address that is not public. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress';
  readonly code = 'ERR_ADDRESS_REFUSED';
}

/** The proxy did not let through, or let go. */
export class BrokenTunnel extends Error {
  override readonly name = 'BrokenTunnel';
  readonly code = 'ERR_PROXY_TUNNEL';

  constructor(override readonly cause: unknown) {
    super('no tunnel through the proxy');
  }
}

const TIMEOUT = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);
const TOO_LARGE = new Set(['UND_ERR_HEADERS_OVERFLOW', 'HPE_HEADER_OVERFLOW']);
/** Codes of OpenSSL's verification and of Node's TLS. */
const TLS =
  /^(?:CERT_|CRL_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERROR_IN_|INVALID_|PATH_LENGTH_|HOSTNAME_MISMATCH|UND_ERR_PRX_TLS|EPROTO)/;

/** Codes of an error and of what caused it, or names where there are none. */
function marksOf(error: unknown): readonly string[] {
  const marks: string[] = [];
  let current: unknown = error;
  while (typeof current === 'object' && current !== null && marks.length < 8) {
    const { code, name, cause } = current as Readonly<Record<string, unknown>>;
    marks.push(String(code ?? name));
    current = cause;
  }
  return marks;
}

export function failureOf(error: unknown): TransportOutcome & { readonly kind: 'failed' } {
  const marks = marksOf(error);
  const failed = (why: TransportFault, detail: string) => ({ kind: 'failed', why, detail }) as const;
  const codes = marks.join(', ');
  if (marks.includes('ERR_ADDRESS_REFUSED')) {
    return failed('address-refused', 'its name leads to an address that is not public');
  }
  if (marks.some((mark) => TIMEOUT.has(mark))) return failed('timeout', 'no connection in time');
  if (marks.some((mark) => TOO_LARGE.has(mark))) return failed('too-large', 'headers beyond the limit');
  if (marks.some((mark) => TLS.test(mark))) return failed('tls', `TLS does not vouch for it (${codes})`);
  return failed('unreachable', `no connection, or it broke (${codes})`);
}
