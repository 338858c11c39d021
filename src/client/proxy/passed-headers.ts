/** Which headers go through the proxy, in both directions (RFC 9110, section 7.6). */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** Those of one connection; `Connection` names more. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings'],
]);

/** Said anew by the proxy, or meant for it alone. */
const OURS: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'dpop',
  'expect',
  'content-length',
  'via',
]);

/**
 * Where a request came from: nobody here can vouch for what the caller says of that. Some programs take an underscore for
 * a hyphen.
 */
const ORIGIN = /^(?:forwarded|x[_-]forwarded[_-].*|x[_-]real[_-]ip)$/;

export interface Passing {
  readonly token: string;
  /** Of what stands behind. */
  readonly host: string;
}

/**
 * Of the request to what stands behind. Its framing is the one that was read: a length, chunks, or no body; without a word
 * of it Node would send the body of a DELETE as if it were the next request.
 */
export function requestHeaders(request: IncomingMessage, { token, host }: Passing): OutgoingHttpHeaders {
  const { headersDistinct, headers, httpVersion, socket } = request;
  const length = headers['content-length'];
  const chunked = headers['transfer-encoding'] !== undefined;
  return {
    ...endToEnd(headersDistinct, (name) => OURS.has(name) || ORIGIN.test(name)),
    host,
    authorization: `Bearer ${token}`,
    connection: 'close',
    via: [...(headersDistinct.via ?? []), `${httpVersion} assay`].join(', '),
    ...(socket.remoteAddress === undefined ? {} : { 'x-forwarded-for': socket.remoteAddress }),
    ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': length ?? '0' }),
  };
}

/** Of the reply to the caller. */
export function replyHeaders({ headersDistinct }: IncomingMessage): OutgoingHttpHeaders {
  return endToEnd(headersDistinct, () => false);
}

function endToEnd(
  headers: IncomingMessage['headersDistinct'],
  leftOut: (name: string) => boolean,
): OutgoingHttpHeaders {
  const named = new Set((headers.connection ?? []).flatMap((line) => line.toLowerCase().split(/[\s,]+/)));
  const kept: OutgoingHttpHeaders = {};
  for (const [name, values] of Object.entries(headers)) {
    if (values === undefined || HOP_BY_HOP.has(name) || named.has(name) || leftOut(name)) continue;
    kept[name] = values.length === 1 ? values[0] : values;
  }
  return kept;
}
