/** What belongs to one request: its id, its trace, its tenant, and the log line and metric at its end. */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
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

const CONTEXTS = new WeakMap<Response, RequestContext>();
const NO_ROUTE = 'none';

export function contextOf(response: Response): RequestContext {
  const context = CONTEXTS.get(response);
  if (context === undefined) throw new TypeError('the request context is made before anything else');
  return context;
}

/** First in line: gives the request its id and sees it off with one log line and one metric. */
export function beginRequests(parts: HttpParts, sourceOf: SourceOf): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const seconds = parts.startStopwatch();
    const requestId = requestIdOf(request.get('x-request-id'), parts.entropy);
    const traceparent = traceOf(request.get('traceparent'), parts.entropy);
    const [path = '/'] = request.originalUrl.split('?');
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
    response.set('X-Request-Id', requestId);
    response.set('traceparent', traceparent);
    response.on('close', () => {
      const labels = {
        route: context.route,
        method: methodLabel(request.method),
        status: response.statusCode,
      };
      parts.metrics.httpRequest(labels, seconds());
      parts.log.info(
        {
          ...labels,
          request_id: requestId,
          trace_id: traceparent.slice(3, 35),
          tenant: context.tenant.name,
          caller: context.caller,
          code: context.code,
          seconds: seconds(),
          complete: response.writableFinished,
        },
        'request',
      );
    });
    next();
  };
}

/** Methods are free text on the wire; a label is not. */
function methodLabel(method: string): string {
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(method) ? method : 'other';
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
