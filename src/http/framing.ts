/**
 * Requests that two readers could cut apart in two ways, or of whose header only a part would count: refused before
 * anything else is looked at, and nothing behind them on the connection is read. What Node's parser refuses by
 * itself (RFC 9112, 6.3: two lengths, a length beside an encoding, bare line feeds) never comes here.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuseRequest } from '../rats/shared-refusals.js';

/** Browsers behind two proxies send some thirty. */
export const MAX_HEADER_LINES = 64;

/** `uri-host [":" port]` (RFC 9110, 7.2; RFC 3986, 3.2.2); an http URI without a host is not one. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]+)(?::[0-9]*)?$/;

export function refuseUnclearFraming(request: IncomingMessage, response: ServerResponse): void {
  const objection = framingObjection(request);
  if (objection === null) return;
  response.setHeader('Connection', 'close');
  refuseRequest(objection);
}

/** Null: there is one way to read it. No part of the request is repeated. */
export function framingObjection({ httpVersion, rawHeaders, headers }: IncomingMessage): string | null {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'Requests are HTTP/1.1 or HTTP/1.0.';
  if (rawHeaders.length / 2 > MAX_HEADER_LINES) {
    return `The header has more than ${MAX_HEADER_LINES} lines.`;
  }
  if (countHosts(rawHeaders) > 1) return 'The header names its host more than once.';
  if (headers.host !== undefined && !HOST.test(headers.host)) return 'The Host of the header is none.';
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return 'A body comes as it is or in chunks, in no other transfer coding.';
  }
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    return 'The only expectation that is met is 100-continue.';
  }
  return null;
}

/** Of names and values in turn. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let place = 0; place < rawHeaders.length; place += 2) {
    const name = rawHeaders[place] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}
