/**
 * The miniature vendors over HTTP: what AMD's key distribution service, Intel's provisioning certification service and
 * a cache server in its place answer, under one address, and all that can go wrong with them. Time is the caller's:
 * documents are issued, rationed and replaced by a clock that may be moved.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { refuse } from '../../rats/refusal.js';
import type { SimulatedAmd } from '../amd/vendor.js';
import type { SimulatedIntel } from '../intel/vendor.js';
import { createAnswering, type Rule, rulesOf, statusReply, transferOf } from './answering.js';
import { type Asked, concerns, isVcek, MOVED, readAsked } from './asked.js';
import { numberOn, type Recovery, requireOrder } from './recovery.js';
import { send } from './sending.js';

export interface VendorServiceOptions {
  readonly vendor: { readonly amd: SimulatedAmd; readonly intel: SimulatedIntel };
  readonly clock: { now(): Date };
  /** In the words of `parseBehaviour`; default: none, as the vendors are on a good day and without their limits. */
  readonly behaviour?: readonly string[];
  /** In the order of their announcements; default: none. */
  readonly recoveries?: readonly Recovery[];
  /** Default: a free port of 127.0.0.1. */
  readonly address?: { readonly host: string; readonly port: number };
  /** Told of every request when it is over. */
  readonly answered?: (request: ServedRequest) => void;
}

/** A request as it arrived. */
export interface ServedRequest {
  readonly at: Date;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly service: 'kds' | 'pcs' | null;
  /** True for the certificate of a chip, which AMD rations. */
  readonly vcek: boolean;
  /** Null: not answered, or not yet. */
  readonly status: number | null;
}

export interface VendorService {
  /** Without a slash at the end. */
  readonly url: string;
  /** All of them, oldest first; beyond a hundred thousand the oldest are forgotten. */
  readonly requests: readonly ServedRequest[];
  /** From the next request on these behaviours, and no others. Refuses (`request_invalid`) what is none. */
  set(...behaviour: readonly string[]): void;
  /** A TCB recovery, by default announced now and for the standard track some day. Returns its evaluation number. */
  announce(recovery?: Partial<Recovery>): number;
  /**
   * The standard track takes what was announced first and is still due, from the instant on or from now on. Refuses
   * (`request_invalid`) where nothing is.
   */
  adopt(from?: Date): void;
  /** Ends what is under way, too. */
  close(): Promise<void>;
}

const MOST_REMEMBERED = 100_000;

/** Listens. Rejects when the address is taken or not the machine's. */
export async function startVendorService(options: VendorServiceOptions): Promise<VendorService> {
  const { clock, vendor, address = { host: '127.0.0.1', port: 0 } } = options;
  let recoveries = requireOrder(options.recoveries ?? []);
  let rules = rulesOf(options.behaviour ?? []);
  const requests: ServedRequest[] = [];
  const replyTo = createAnswering(vendor, () => recoveries);
  const closing = new AbortController();

  const remember = (method: string, asked: Asked) => {
    const record = { ...describe(method, asked), at: clock.now(), status: null as number | null };
    requests.push(record);
    if (requests.length > MOST_REMEMBERED) requests.shift();
    return record;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = readAsked(request.url ?? '/');
    const record = remember(request.method ?? '', asked);
    const applying = rules.filter(({ where }) => concerns(where, asked));
    const left = new AbortController();
    response.once('close', () => {
      left.abort();
      options.answered?.(record);
    });
    if (applying.some(({ behaviour }) => behaviour.kind === 'silent')) return;
    await dawdle(applying, AbortSignal.any([left.signal, closing.signal]));
    if (response.destroyed) return;
    const elsewhere = elsewhereFrom(request, asked);
    const reply =
      record.method === 'GET'
        ? await replyTo(asked, { rules: applying, now: record.at, elsewhere })
        : { ...statusReply(405, null), headers: { Allow: 'GET' } };
    record.status = reply?.status ?? null;
    if (reply === null) response.destroy();
    else await send(response, reply, transferOf(applying, reply));
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      process.emitWarning(error instanceof Error ? error : String(error));
      if (response.headersSent) response.destroy();
      else void send(response, statusReply(500, null), null);
    });
  });
  await listen(server, address);
  return {
    url: baseOf(server),
    requests,
    set: (...behaviour) => {
      rules = rulesOf(behaviour);
    },
    announce: ({ announcedAt = clock.now(), standardFrom = null } = {}) => {
      recoveries = requireOrder([...recoveries, { announcedAt, standardFrom }]);
      return numberOn('early', recoveries, announcedAt);
    },
    adopt: (from = clock.now()) => {
      const due = recoveries.find(({ standardFrom }) => standardFrom === null);
      if (due === undefined)
        refuse('request_invalid', 'request', 'no TCB recovery waits for the standard track');
      recoveries = requireOrder(
        recoveries.map((recovery) => (recovery === due ? { ...recovery, standardFrom: from } : recovery)),
      );
    },
    close: async () => {
      closing.abort();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function describe(method: string, asked: Asked): Pick<ServedRequest, 'method' | 'path' | 'service' | 'vcek'> {
  return { method, path: asked.path, service: asked.service, vcek: isVcek(asked) };
}

/** Ends early once nobody waits any more. */
async function dawdle(rules: readonly Rule[], signal: AbortSignal): Promise<void> {
  for (const { behaviour } of rules) {
    if (behaviour.kind !== 'slow') continue;
    await delay(behaviour.seconds * 1000, undefined, { signal }).catch(() => undefined);
  }
}

/** Under a name that is not the one asked, so that whoever follows a redirect has left the host. */
function elsewhereFrom({ headers, socket }: IncomingMessage, { path }: Asked): string {
  const other = headers.host?.startsWith('localhost') === true ? '127.0.0.1' : 'localhost';
  return `http://${other}:${socket.localPort}${MOVED}${path}`;
}

function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function baseOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new TypeError('a listening server has an address');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
