/** One request along one route: who, what, then the work. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { sha256 } from '../bytes/digest.js';
import { authenticate } from '../identity/api-key.js';
import { type Caller, requireRole } from '../identity/roles.js';
import { refuse } from '../rats/refusal.js';
import { refuseMember, refuseMissing, refuseRepetition, refuseRequest } from '../rats/shared-refusals.js';
import type { Aside, Tenant } from '../verifier/ports.js';
import { leavesBodyUnread, receiveBody } from './body.js';
import type { BodyBudget, BodyShare } from './body-budget.js';
import type { Gate } from './gate.js';
import { bearSilence, replyWithin } from './limits.js';
import type { HttpParts } from './parts.js';
import { contextOf, headerOf } from './request-context.js';
import type { Call, ReceivedBody, Reply, Route } from './route.js';

/** Seconds from a complete request to its reply. */
const REPLY_WITHIN = 15;
/** Seconds for which a connection outlasts the longest reply. */
const SPARE = 10;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;

export interface Serving {
  readonly parts: HttpParts;
  readonly gate: Gate;
  readonly budget: BodyBudget;
}

/** Resolves to what is to be sent; `params` are those of the path. The request has arrived before (arrival.ts). */
export type Serve = (
  request: IncomingMessage,
  response: ServerResponse,
  params: Readonly<Record<string, string>>,
) => Promise<Reply>;

export function createServing(route: Route, { parts, gate, budget }: Serving): Serve {
  const isWhole = route.wholeService === true;
  const isKept = !route.path.startsWith('/v1/') && route.probe !== true;
  return async (request, response, params) => {
    const context = contextOf(response);
    const { tenant } = context;
    if (isWhole && tenant !== parts.tenants.standard) {
      refuseMissing('This is a route of the whole service, not of one tenant.');
    }
    context.route = route.path;
    if (!isKept) response.setHeader('Cache-Control', 'no-store');
    const caller = await callerOf(route, tenant, request, parts);
    context.caller = caller?.id ?? null;
    const query = queryOf(request, route);
    const reply = await withBody(request, { route, share: budget(context.source) }, (body) => {
      const callWith = (aside: Aside): Call => ({
        tenant,
        caller,
        requestId: context.requestId,
        params,
        query,
        body,
        header: (name) => headerOf(request, name.toLowerCase()),
        prefers: (offered) => preferred(request, offered),
        aside,
      });
      if (route.replyWithin !== undefined) bearSilence(request, response, route.replyWithin + SPARE);
      const work = (aside: Aside) => once(route, callWith(aside), context.path, parts);
      const unlessGone = <T>(next: T): T => (response.destroyed ? goneAway() : next);
      return route.load === 'verifies'
        ? gate.run(context.source, (aside) => unlessGone(work)(async (wait) => unlessGone(await aside(wait))))
        : work((wait) => wait());
    });
    // A body that the route has no use for is not worth waiting for.
    if (leavesBodyUnread(request)) response.setHeader('Connection', 'close');
    return reply;
  };
}

/**
 * What the work replies, once the body is there. The share is given back when the work has ended, not the connection or the wait
 * for a reply: work keeps the body also when its client has gone or was told that it is too late. It ends, since whatever it
 * waits for has an end.
 */
async function withBody(
  request: IncomingMessage,
  { route, share }: { readonly route: Route; readonly share: BodyShare },
  work: (body: ReceivedBody | null) => Promise<Reply>,
): Promise<Reply> {
  let working: Promise<unknown> = Promise.resolve();
  try {
    const body = await receiveBody(request, route, share);
    return await replyWithin(route.replyWithin ?? REPLY_WITHIN, () => {
      const reply = work(body);
      working = reply;
      return reply;
    });
  } finally {
    working.then(share.giveBack, share.giveBack);
  }
}

/** A client that gave up while it waited for a place or a vendor: its challenge is not spent on a reply nobody reads. */
function goneAway(): never {
  refuseRequest('The client closed the connection before its turn came.');
}

async function callerOf(
  route: Route,
  tenant: Tenant,
  request: IncomingMessage,
  { stores }: HttpParts,
): Promise<Caller | null> {
  if (route.access === 'anybody') return null;
  const caller = await authenticate(headerOf(request, 'authorization'), tenant.name, stores.apiKeys);
  requireRole(caller, route.access);
  return caller;
}

/** Each name once, and none at all on a route that has no use for them. */
function queryOf({ url = '' }: IncomingMessage, route: Route): Readonly<Record<string, string>> {
  const begin = url.indexOf('?');
  if (begin === -1) return {};
  const pairs = [...new URLSearchParams(url.slice(begin + 1))];
  const names = new Set(pairs.map(([name]) => name));
  if (names.size !== pairs.length) refuseRepetition('request', 'A query parameter is repeated.');
  if (pairs.length > 0 && route.query === undefined) {
    refuseMember('request', 'This route has no query parameters.');
  }
  return Object.fromEntries(pairs);
}

function preferred(incoming: IncomingMessage, offered: readonly string[]): string {
  if (incoming.headers.accept === undefined) return offered[0] ?? '';
  const best: unknown = Reflect.apply(express.request.accepts, incoming, [[...offered]]);
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
