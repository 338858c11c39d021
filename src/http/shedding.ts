/**
 * The refusal of a request for which there is no room, made to be cheap: a service that is asked for twice what it
 * can do must not spend the half of it on saying no. It comes before everything else, reads no body, asks no
 * database, makes no error and writes no log line; it is counted like every other request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { leavesBodyUnread } from './body.js';
import { framingObjection } from './framing.js';
import { type Gate, NO_ROOM } from './gate.js';
import type { HttpParts } from './parts.js';
import { PROBLEM_TYPE, problemOf } from './problem.js';
import { headerOf, requestIdOf, traceOf } from './request-context.js';
import type { Route } from './route.js';
import { ROUTES } from './routes.js';
import type { SourceOf } from './source.js';

/** True: the request was refused, and is answered. */
export type Shed = (request: IncomingMessage, response: ServerResponse) => boolean;

export function createShedding(parts: HttpParts, gate: Gate, sourceOf: SourceOf): Shed {
  const { standard } = parts.tenants;
  const base = basePathOf(standard.issuer);
  const matchLoaded = createLoadedMatch(standard.issuer);

  return (request, response) => {
    const match = matchLoaded(request);
    if (match === null) return false;
    const { prefix, route } = match;
    const { path } = route;
    const source = sourceOf(request);
    const room = route.load === 'verifies' ? gate.takes(source) : gate.invites(source);
    // Unclear framing ends the connection, whether or not there is room.
    if (room || framingObjection(request) !== null) return false;
    const seconds = parts.startStopwatch();
    const requestId = requestIdOf(headerOf(request, 'x-request-id'), parts.entropy);
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
      traceparent: traceOf(headerOf(request, 'traceparent'), parts.entropy),
      ...headers,
      ...(leavesBodyUnread(request) ? { Connection: 'close' } : {}),
    });
    response.end(body);
    parts.metrics.httpRequest({ route: path, method: 'POST', status }, seconds());
    return true;
  };
}

/** A request along a route that verifies or leads there; `prefix`: what of the path says whose it is. */
export interface LoadedMatch {
  readonly prefix: string;
  readonly route: Route;
}

/** Under the issuer of some tenant: whether there is such a tenant is asked when there is room. */
export function createLoadedMatch(issuer: string): (request: IncomingMessage) => LoadedMatch | null {
  const loaded = new Map(ROUTES.filter(({ load }) => load !== undefined).map((route) => [route.path, route]));
  const pattern = new RegExp(
    `^${escaped(basePathOf(issuer))}(|/simulated|/t/[a-z0-9-]{1,40})(${[...loaded.keys()].map(escaped).join('|')})(?:\\?|$)`,
  );
  return ({ method, url = '' }) => {
    if (method !== 'POST') return null;
    const [, prefix = '', path = ''] = pattern.exec(url) ?? [];
    const route = loaded.get(path);
    return route === undefined ? null : { prefix, route };
  };
}

/** Of the path, without a slash at its end. */
function basePathOf(issuer: string): string {
  return new URL(issuer).pathname.replace(/\/$/, '');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
