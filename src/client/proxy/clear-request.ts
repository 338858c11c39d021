/**
 * Requests that are passed on must be read alike on both sides: what could be cut apart in two ways, or names its path in
 * two ways, is refused before a token is looked at. What Node's parser refuses by itself (RFC 9112, section 6.3: two
 * lengths, a length beside a transfer coding, bare line feeds) never comes here.
 */
import type { IncomingMessage } from 'node:http';
import { canonicalHttpUri } from '../../token/http-uri.js';
import { refuseRequest } from '../presentation.js';

/** TRACE would send the token back to whoever reads the answer; CONNECT asks for another server. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Counted where they matter: a second one would be dropped here and read there. */
const ONCE = [
  'host',
  'authorization',
  'dpop',
  'content-length',
  'transfer-encoding',
  'content-type',
  'expect',
];

export interface ClearRequest {
  readonly method: string;
  /** Path in its normal form, with a slash at its start; no query. */
  readonly path: string;
  /** Path and query, as they are passed on. */
  readonly target: string;
}

/** Throws TokenRefused `request_unclear`. */
export function requireClearRequest(request: IncomingMessage, maxHeaderLines: number): ClearRequest {
  const { httpVersion, rawHeaders, headersDistinct, method = '', url: target = '' } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') refuseRequest('Requests are HTTP/1.1 or HTTP/1.0.');
  if (!METHODS.has(method)) refuseRequest('The method of the request is not passed on.');
  if (rawHeaders.length / 2 > maxHeaderLines)
    refuseRequest(`The header has more than ${maxHeaderLines} lines.`);
  for (const name of ONCE) {
    if ((headersDistinct[name]?.length ?? 0) > 1) refuseRequest(`The header ${name} comes more than once.`);
  }
  const [coding] = headersDistinct['transfer-encoding'] ?? [];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    refuseRequest('A body comes as it is or in chunks, in no other transfer coding.');
  }
  // RFC 9112, section 6.1: whoever speaks 1.0 does not know chunks.
  if (coding !== undefined && httpVersion === '1.0') refuseRequest('HTTP/1.0 has no transfer codings.');
  const [expectation] = headersDistinct.expect ?? [];
  if (expectation !== undefined && expectation.toLowerCase() !== '100-continue') {
    refuseRequest('The only expectation that is met is 100-continue.');
  }
  return { method, target, path: pathOf(target) };
}

/** RFC 6750, section 2.3: a token of its own, which nobody here has looked at. */
function namesToken(query: string): boolean {
  return [...new URLSearchParams(query).keys()].some((name) => name.toLowerCase() === 'access_token');
}

/** The host is that of no one: a path is compared with its own normal form. */
const ORIGIN = 'http://localhost';

function pathOf(target: string): string {
  const [path = '', ...query] = target.split('?');
  if (namesToken(query.join('?'))) refuseRequest('The request brings a second token in its query.');
  // Two slashes at the start are a host to some, and what is percent-encoded or dotted means another path to some.
  if (!target.startsWith('/') || target.startsWith('//') || target.includes('#')) {
    return refuseRequest('The request names no path with one slash at its start.');
  }
  if (canonicalHttpUri(`${ORIGIN}${path}`) !== `${ORIGIN}${path}`) {
    return refuseRequest('The path of the request is not in its normal form, or too long.');
  }
  return path;
}
