/**
 * The refusal of a request for which there is no room, made to be cheap: a service that is asked for twice what it
 * can do must not spend the half of it on saying no. It comes before everything else, reads no body, asks no
 * database, makes no error and writes no log line; it is counted like every other request.
 */
import type { Request, RequestHandler, Response } from 'express';
import { leavesBodyUnread } from './body.js';
import { framingObjection } from './framing.js';
import { type Gate, NO_ROOM } from './gate.js';
import type { HttpParts } from './parts.js';
import { PROBLEM_TYPE, problemOf } from './problem.js';
import { requestIdOf, traceOf } from './request-context.js';
import { ROUTES } from './routes.js';
import type { SourceOf } from './source.js';

export function shedLoad(parts: HttpParts, gate: Gate, sourceOf: SourceOf): RequestHandler {
  const { standard } = parts.tenants;
  const { pathname } = new URL(standard.issuer);
  const base = pathname.replace(/\/$/, '');
  const loads = new Map(
    ROUTES.filter((route) => route.load !== undefined).map((route) => [route.path, route.load]),
  );
  // A path under the issuer of some tenant: whether there is such a tenant is asked when there is room.
  const pattern = new RegExp(
    `^${escaped(base)}(|/simulated|/t/[a-z0-9-]{1,40})(${[...loads.keys()].map(escaped).join('|')})(?:\\?|$)`,
  );

  return (request: Request, response: Response, next) => {
    const match = request.method === 'POST' ? pattern.exec(request.url) : null;
    // Unclear framing ends the connection, whether or not there is room.
    if (match === null || framingObjection(request) !== null) return next();
    const [, prefix = '', path = ''] = match;
    const source = sourceOf(request);
    const room = loads.get(path) === 'verifies' ? gate.takes(source) : gate.invites(source);
    if (room) return next();
    const seconds = parts.startStopwatch();
    const requestId = requestIdOf(request.get('x-request-id'), parts.entropy);
    const { status, headers, document } = problemOf(NO_ROOM, {
      tenant: { ...standard, issuer: `${standard.issuer}${prefix}` },
      requestId,
      path: `${base}${prefix}${path}`,
    });
    const body = JSON.stringify(document);
    response.writeHead(status, {
      'Content-Type': PROBLEM_TYPE,
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': requestId,
      traceparent: traceOf(request.get('traceparent'), parts.entropy),
      ...headers,
      ...(leavesBodyUnread(request) ? { Connection: 'close' } : {}),
    });
    response.end(body);
    parts.metrics.httpRequest({ route: path, method: 'POST', status }, seconds());
  };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
