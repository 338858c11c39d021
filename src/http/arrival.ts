/** What every request goes through before its route, in this order, whichever way it is routed. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';
import { DOCS_STYLE_SOURCE } from './docs/page.js';
import { refuseUnclearFraming } from './framing.js';
import type { Gate } from './gate.js';
import { limitRates } from './limits.js';
import type { HttpParts } from './parts.js';
import { PROBLEM_STYLE_SOURCE } from './problem-page.js';
import { beginRequests } from './request-context.js';
import { ROUTES } from './routes.js';
import { createShedding } from './shedding.js';
import { createSourceReader } from './source.js';
import { resolveTenants } from './tenancy.js';

export interface Arrival {
  /**
   * Gives the request its context, and refuses what can be refused by its header alone: at once, before the parser goes on
   * to whatever stands behind it on the connection. False: there was no room, and the request is answered.
   */
  begin(request: IncomingMessage, response: ServerResponse): boolean;
  /** Counts it, and finds its tenant: afterwards its address is that under the tenant's issuer. */
  settle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export function createArrival(parts: HttpParts, gate: Gate): Arrival {
  const sourceOf = createSourceReader(parts.trustedProxies);
  const shed = createShedding(parts, gate, sourceOf);
  const begin = beginRequests(parts, sourceOf);
  const secured = securityHeaders(parts.tenants.standard.issuer);
  const limit = parts.rateLimit === null ? null : limitRates(parts.rateLimit, parts.countRequest);
  const probes: ReadonlySet<string> = new Set(
    ROUTES.filter((route) => route.probe).map((route) => route.path),
  );
  const resolveTenant = resolveTenants(parts);
  return {
    begin(request, response) {
      if (shed(request, response)) return false;
      begin(request, response);
      for (const [name, value] of secured) response.setHeader(name, value);
      refuseUnclearFraming(request, response);
      return true;
    },
    async settle(request, response) {
      // A prober behind the address of a busy client must still get its answer.
      if (limit !== null && !probes.has(pathOf(request))) await limit(response);
      await resolveTenant(request, response);
    },
  };
}

/** Without the query. */
export function pathOf({ url = '' }: IncomingMessage): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/** The same for every reply, and so asked for once. */
function securityHeaders(issuer: string): readonly (readonly [string, string])[] {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  const secure = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: [PROBLEM_STYLE_SOURCE, DOCS_STYLE_SOURCE],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: issuer.startsWith('https:'),
  });
  secure(request, response, (error) => {
    if (error !== undefined) throw error;
  });
  return Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]);
}
