/** The application: every route of the table for every tenant, and one way out for every refusal. Does not listen. */
import express, {
  type ErrorRequestHandler,
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import helmet from 'helmet';
import { sha256 } from '../bytes/digest.js';
import { authenticate } from '../identity/api-key.js';
import { type Caller, requireRole } from '../identity/roles.js';
import { refuse } from '../rats/refusal.js';
import {
  missing,
  refuseMember,
  refuseMissing,
  refuseRepetition,
  refuseRequest,
} from '../rats/shared-refusals.js';
import type { Aside, Tenant } from '../verifier/ports.js';
import { leavesBodyUnread, receiveBody } from './body.js';
import { type BodyBudget, createBodyBudget } from './body-budget.js';
import { DOCS_STYLE_SOURCE } from './docs/page.js';
import { refuseUnclearFraming } from './framing.js';
import { createGate, type Gate } from './gate.js';
import { bearSilence, limitRates, replyWithin } from './limits.js';
import type { HttpParts } from './parts.js';
import { PROBLEM_TYPE, problemOf, refusalOf } from './problem.js';
import { PROBLEM_STYLE_SOURCE } from './problem-page.js';
import { beginRequests, contextOf } from './request-context.js';
import { type Call, parametersOf, type Reply, type Route } from './route.js';
import { ROUTES } from './routes.js';
import { shedLoad } from './shedding.js';
import { createSourceReader } from './source.js';
import { resolveTenants } from './tenancy.js';

/** Seconds from a complete request to its reply. */
const REPLY_WITHIN = 15;
/** Seconds for which a connection outlasts the longest reply. */
const SPARE = 10;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;

export function createApp(parts: HttpParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  const gate = createGate(parts.gate);
  const sourceOf = createSourceReader(parts.trustedProxies);
  app.use(shedLoad(parts, gate, sourceOf));
  app.use(beginRequests(parts, sourceOf));
  app.use(securityHeaders(parts.tenants.standard.issuer));
  app.use(refuseUnclearFraming());
  if (parts.rateLimit !== null) app.use(exceptProbes(limitRates(parts.rateLimit, parts.countRequest)));
  app.use(resolveTenants(parts));
  app.use(routerOf(parts, gate, createBodyBudget()));
  app.use(() => refuseMissing('There is no route at this path.'));
  app.use(translateErrors(parts));
  return app;
}

function securityHeaders(issuer: string): RequestHandler {
  return helmet({
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
}

/** A prober behind the address of a busy client must still get its answer. */
function exceptProbes(limit: RequestHandler): RequestHandler {
  const probes = new Set(ROUTES.filter((route) => route.probe).map((route) => route.path));
  return (request, response, next) => (probes.has(request.path) ? next() : limit(request, response, next));
}

function routerOf(parts: HttpParts, gate: Gate, budget: BodyBudget): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const path of new Set(ROUTES.map((route) => route.path))) {
    const routes = ROUTES.filter((route) => route.path === path);
    const pattern = path.replace(/\{(\w+)\}/g, ':$1');
    for (const route of routes) router[route.method](pattern, serve(route, parts, gate, budget));
    const methods = routes.flatMap(({ method }) =>
      method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
    );
    router.all(pattern, (_request: Request, response: Response) => {
      response.set('Allow', methods.join(', '));
      refuse('method_not_allowed', 'request', `Use ${methods.join(' or ')} here.`);
    });
  }
  return router;
}

/** One request along one route: who, what, then the work. */
function serve(route: Route, parts: HttpParts, gate: Gate, budget: BodyBudget): RequestHandler {
  return async (request: Request, response: Response) => {
    const context = contextOf(response);
    const { tenant } = context;
    if (route.wholeService === true && tenant !== parts.tenants.standard) {
      refuseMissing('This is a route of the whole service, not of one tenant.');
    }
    context.route = route.path;
    if (route.path.startsWith('/v1/') || route.probe === true) {
      response.set('Cache-Control', 'no-store');
    }
    const caller = await callerOf(route, tenant, request, parts);
    context.caller = caller?.id ?? null;
    const query = queryOf(request, route);
    const share = budget(context.source);
    response.once('close', share.giveBack);
    const body = await receiveBody(request, route, share);
    const callWith = (aside: Aside): Call => ({
      tenant,
      caller,
      requestId: context.requestId,
      params: paramsOf(request, route),
      query,
      body,
      header: (name) => request.get(name),
      prefers: (offered) => preferred(request, offered),
      aside,
    });
    if (route.replyWithin !== undefined) bearSilence(request, response, route.replyWithin + SPARE);
    const work = (aside: Aside) => once(route, callWith(aside), context.path, parts);
    const unlessGone = <T>(next: T): T => (response.destroyed ? goneAway() : next);
    const inPlace = () =>
      gate.run(context.source, (aside) => unlessGone(work)(async (wait) => unlessGone(await aside(wait))));
    const reply = await replyWithin(
      route.replyWithin ?? REPLY_WITHIN,
      route.load === 'verifies' ? inPlace : () => work((wait) => wait()),
    );
    // A body that the route has no use for is not worth waiting for.
    if (leavesBodyUnread(request)) response.set('Connection', 'close');
    send(response, reply);
  };
}

/** A client that gave up while it waited for a place or a vendor: its challenge is not spent on a reply nobody reads. */
function goneAway(): never {
  refuseRequest('The client closed the connection before its turn came.');
}

async function callerOf(
  route: Route,
  tenant: Tenant,
  request: Request,
  { stores }: HttpParts,
): Promise<Caller | null> {
  if (route.access === 'anybody') return null;
  const caller = await authenticate(request.get('authorization'), tenant.name, stores.apiKeys);
  requireRole(caller, route.access);
  return caller;
}

/** Each name once, and none at all on a route that has no use for them. */
function queryOf(request: Request, route: Route): Readonly<Record<string, string>> {
  const [, ...rest] = request.url.split('?');
  const pairs = [...new URLSearchParams(rest.join('?'))];
  const names = new Set(pairs.map(([name]) => name));
  if (names.size !== pairs.length) refuseRepetition('request', 'A query parameter is repeated.');
  if (pairs.length > 0 && route.query === undefined) {
    refuseMember('request', 'This route has no query parameters.');
  }
  return Object.fromEntries(pairs);
}

function paramsOf(request: Request, route: Route): Readonly<Record<string, string>> {
  return Object.fromEntries(
    parametersOf(route.path).map((name) => {
      const value = request.params[name];
      return [name, typeof value === 'string' ? value : ''];
    }),
  );
}

function preferred(request: Request, offered: readonly string[]): string {
  const best = request.accepts([...offered]);
  return typeof best === 'string' ? best : (offered[0] ?? '');
}

/** Honours Idempotency-Key on creating routes: the second call gets the first one's reply. */
async function once(route: Route, call: Call, path: string, parts: HttpParts): Promise<Reply> {
  const key = route.creates === true ? call.header('idempotency-key') : undefined;
  if (key === undefined) return route.handle(parts, call);
  if (!IDEMPOTENCY_KEY.test(key)) {
    return refuseRequest('Idempotency-Key is 1 to 128 printable ASCII characters.');
  }
  const digest = sha256(call.body?.bytes ?? new Uint8Array(0));
  const reply = await parts.stores.idempotency.once(
    call.tenant.name,
    path,
    key,
    digest,
    parts.clock.now(),
    async () => {
      const { status, content } = await route.handle(parts, call);
      if (!('json' in content)) throw new TypeError('creating routes answer with JSON');
      return { status, body: content.json };
    },
  );
  if (reply === 'conflict') {
    return refuse('idempotency_conflict', 'request', 'This Idempotency-Key came before with another body.');
  }
  return { status: reply.status, content: { json: reply.body } };
}

function send(response: Response, { status, headers, content }: Reply): void {
  response.status(status);
  if (headers !== undefined) response.set(headers);
  if (status === 304) response.end();
  else if ('json' in content) response.json(content.json);
  else if ('text' in content) response.type(content.type).send(content.text);
  else response.type(content.type).send(Buffer.from(content.bytes));
}

function translateErrors(parts: HttpParts): ErrorRequestHandler {
  return (error: unknown, request: Request, response: Response, next: NextFunction) => {
    const context = contextOf(response);
    if (response.headersSent) return next(error);
    // The router cannot decode the path: it is no path of ours.
    const refused = error instanceof URIError ? missing('The path is not well-formed.') : refusalOf(error);
    context.code = refused.code;
    if (refused.code === 'internal_error') {
      parts.log.error(
        { request_id: context.requestId, route: context.route, ...parts.faultFields(error) },
        'fault',
      );
    }
    const problem = problemOf(refused, context);
    response.status(problem.status).set(problem.headers).set('Cache-Control', 'no-store');
    if (leavesBodyUnread(request)) response.set('Connection', 'close');
    response.type(PROBLEM_TYPE).send(JSON.stringify(problem.document));
  };
}
