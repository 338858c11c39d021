/** What belongs to one request: its id, its trace, its tenant, and the log line and metric at its end. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hexOf } from '../bytes/encoding.js';
import type { RefusalCode } from '../rats/refusal.js';
import type { Entropy, Tenant } from '../verifier/ports.js';
import type { HttpParts } from './parts.js';
import type { SourceOf } from './source.js';

export interface RequestContext {
  readonly requestId: string;
  /** Path as sent, without the query. */
  readonly path: string;
  /** Whom it counts against. */
  readonly source: string;
  tenant: Tenant;
  /** Template of the route, for labels; never the path itself. */
  route: string;
  code: RefusalCode | null;
  caller: string | null;
}

const CONTEXTS = new WeakMap<ServerResponse, RequestContext>();
const NO_ROUTE = 'none';

export function contextOf(response: ServerResponse): RequestContext {
  const context = CONTEXTS.get(response);
  if (context === undefined) throw new TypeError('the request context is made before anything else');
  return context;
}

/** First in line: gives the request its id and sees it off with one log line and one metric. */
export function beginRequests(
  parts: HttpParts,
  sourceOf: SourceOf,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const seconds = parts.startStopwatch();
    const requestId = requestIdOf(headerOf(request, 'x-request-id'), parts.entropy);
    const traceparent = traceOf(headerOf(request, 'traceparent'), parts.entropy);
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    const context: RequestContext = {
      requestId,
      path: path.slice(0, 512),
      source: sourceOf(request),
      tenant: parts.tenants.standard,
      route: NO_ROUTE,
      code: null,
      caller: null,
    };
    CONTEXTS.set(response, context);
    response.setHeader('X-Request-Id', requestId);
    response.setHeader('traceparent', traceparent);
    response.once('close', () => {
      const took = seconds();
      const labels = {
        route: context.route,
        method: methodLabel(request.method),
        status: response.statusCode,
      };
      parts.metrics.httpRequest(labels, took);
      parts.log.info(
        {
          ...labels,
          request_id: requestId,
          trace_id: traceparent.slice(3, 35),
          tenant: context.tenant.name,
          caller: context.caller,
          code: context.code,
          seconds: took,
          complete: response.writableFinished,
        },
        'request',
      );
    });
  };
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Methods are free text on the wire; a label is not. */
function methodLabel(method = ''): string {
  return METHODS.has(method) ? method : 'other';
}

/** `name` in lower case. What Node keeps as a list is no header that anybody here reads. */
export function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** The caller's own id where it is harmless in a log line, otherwise a new one. */
export function requestIdOf(given: string | undefined, entropy: Entropy): string {
  return given !== undefined && /^[A-Za-z0-9._-]{8,64}$/.test(given)
    ? given
    : `req_${hexOf(entropy.bytes(12))}`;
}

/** W3C Trace Context: the caller's trace goes on with a span of ours, or a new trace begins. */
export function traceOf(given: string | undefined, entropy: Entropy): string {
  const match = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(given ?? '');
  const valid = match !== null && !/^0+$/.test(match[1] ?? '') && !/^0+$/.test(match[2] ?? '');
  const trace = valid ? match[1] : hexOf(entropy.bytes(16));
  return `00-${trace}-${hexOf(entropy.bytes(8))}-${valid ? match[3] : '00'}`;
}
