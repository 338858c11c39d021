/**
 * The application: every route of the table for every tenant, and one way out for every refusal. Does not listen.
 *
 * Challenges and evidence, which are most of what comes, go straight to their routes; everything else finds its own by way
 * of express. Both ways begin, serve and refuse by the same functions.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, {
  type ErrorRequestHandler,
  type Express,
  type NextFunction,
  type Request,
  type Response,
  type Router,
} from 'express';
import { refuse } from '../rats/refusal.js';
import { refuseMissing } from '../rats/shared-refusals.js';
import { type Arrival, createArrival, pathOf } from './arrival.js';
import { type BodyBudget, createBodyBudget } from './body-budget.js';
import { createGate } from './gate.js';
import type { HttpParts } from './parts.js';
import { parametersOf } from './route.js';
import { ROUTES } from './routes.js';
import { createRefusing, sendConditionally, sendFresh } from './sending.js';
import { createServing, type Serve, type Serving } from './serving.js';
import { createLoadedMatch } from './shedding.js';

type Refusing = ReturnType<typeof createRefusing>;

export interface Application extends RequestListener {
  /** Of express, which knows every route, those too that it is not asked for. */
  readonly router: Router;
}

export function createApp(parts: HttpParts, budget: BodyBudget = createBodyBudget()): Application {
  const gate = createGate(parts.gate);
  const serving = { parts, gate, budget };
  const arrival = createArrival(parts, gate);
  const refusing = createRefusing(parts);
  const app = createExpress(serving, arrival, refusing);
  const short = createShortWay(serving, arrival, refusing);
  const matchLoaded = createLoadedMatch(parts.tenants.standard.issuer);
  const listener: RequestListener = (request, response) => {
    if (matchLoaded(request) === null) app(request, response);
    else short(request, response);
  };
  return Object.assign(listener, { router: app.router });
}

function createShortWay(
  serving: Serving,
  arrival: Arrival,
  refusing: Refusing,
): (request: IncomingMessage, response: ServerResponse) => void {
  const served: ReadonlyMap<string, Serve> = new Map(
    ROUTES.filter(({ load }) => load !== undefined).map((route) => [
      route.path,
      createServing(route, serving),
    ]),
  );
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await arrival.settle(request, response);
      const serve = served.get(pathOf(request)) ?? noRoute();
      sendFresh(response, await serve(request, response, {}));
    } catch (error) {
      refusing(error, request, response);
    }
  };
  return (request, response) => {
    try {
      if (arrival.begin(request, response)) void answer(request, response);
    } catch (error) {
      refusing(error, request, response);
    }
  };
}

function createExpress(serving: Serving, arrival: Arrival, refusing: Refusing): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (arrival.begin(request, response)) next();
  });
  app.use(async (request: Request, response: Response, next: NextFunction) => {
    await arrival.settle(request, response);
    next();
  });
  app.use(routerOf(serving));
  app.use(noRoute);
  const last: ErrorRequestHandler = (error: unknown, request, response, _next) =>
    refusing(error, request, response);
  app.use(last);
  return app;
}

function noRoute(): never {
  refuseMissing('There is no route at this path.');
}

function routerOf(serving: Serving): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const path of new Set(ROUTES.map((route) => route.path))) {
    const routes = ROUTES.filter((route) => route.path === path);
    const pattern = path.replace(/\{(\w+)\}/g, ':$1');
    for (const route of routes) {
      const serve = createServing(route, serving);
      const names = parametersOf(route.path);
      router[route.method](pattern, async (request: Request, response: Response) => {
        sendConditionally(response, await serve(request, response, paramsOf(request, names)));
      });
    }
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

function paramsOf(request: Request, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.map((name) => {
      const value = request.params[name];
      return [name, typeof value === 'string' ? value : ''];
    }),
  );
}
