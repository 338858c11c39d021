/** Listening: addresses, TLS, and an end to every wait. */
import {
  createServer as createHttpServer,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { SecureContextOptions } from 'node:tls';
import type { Log } from '../platform/log.js';
import {
  boundPipelines,
  CONNECTION_LIMITS,
  type ConnectionLimits,
  guardConnections,
  serverOptions,
} from './connections.js';

export interface ListenOptions {
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** Null: plain HTTP. */
  readonly tls: TlsMaterial | null;
  readonly log: Log;
  /** Of what one connection and one address may take; default: those of production. */
  readonly limits?: ConnectionLimits;
  /** Addresses and CIDR blocks that connect on behalf of many. */
  readonly trustedProxies?: readonly string[];
}

/** PEM. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Listening {
  /** Where the first address answers. */
  readonly url: string;
  /** New connections are served under this certificate; open ones go on as they are. Throws without TLS. */
  renewTls(material: TlsMaterial): void;
  /** Serves on for a while, so that proxies notice what `readyz` says, on connections that are not kept; then closes. */
  drain(): Promise<void>;
  /** Stops accepting, lets requests finish for a while, then cuts off. */
  close(): Promise<void>;
}

/** Milliseconds. A proxy that asks `readyz` every second or two has noticed by then. */
const SERVE_ON = 5_000;
const GRACE = 3_000;
const SWEEP_INTERVAL = 50;

/**
 * Listens on every address. The machine may have no IPv6: of several addresses one must work, and those that
 * do not exist are left out.
 */
export async function listen(listener: RequestListener, options: ListenOptions): Promise<Listening> {
  const servers: Server[] = [];
  const retiring = retireable(listener);
  for (const { host, port } of options.addresses) {
    const server = createServer(retiring.listener, options);
    // Port 0 is chosen once, for the first address.
    const wanted = port === 0 && servers[0] !== undefined ? portOf(servers[0]) : port;
    try {
      await bind(server, host, wanted);
      servers.push(server);
    } catch (error) {
      const absent = isAbsentAddress(error) && (servers.length > 0 || options.addresses.length > 1);
      if (!absent) {
        await Promise.all(servers.map(closeServer));
        throw error;
      }
      options.log.warn({ host }, 'this machine has no such address; not listening there');
    }
  }
  const [first] = servers;
  if (first === undefined) throw new Error('none of the addresses to listen on exists on this machine');
  const close = async (): Promise<void> => {
    retiring.retire();
    await Promise.all(servers.map(closeServer));
  };
  return {
    url: urlOf(first, options.tls !== null),
    renewTls(material) {
      for (const server of servers) renewTls(server, material);
    },
    async drain() {
      retiring.retire();
      options.log.info({ serves_on_ms: SERVE_ON }, 'stopping');
      await delay(SERVE_ON);
      await close();
    },
    close,
  };
}

/**
 * A connection that is kept open is closed by the server while its client may be sending the next request on it,
 * and whoever sent it cannot know whether it was read (RFC 9112, section 9.6). So before connections are closed
 * their last answers say `Connection: close`.
 */
function retireable(listener: RequestListener): {
  readonly listener: RequestListener;
  readonly retire: () => void;
} {
  const unanswered = new Set<ServerResponse>();
  let retired = false;
  return {
    listener(request, response) {
      if (retired) response.shouldKeepAlive = false;
      unanswered.add(response);
      response.once('close', () => unanswered.delete(response));
      listener(request, response);
    },
    retire() {
      retired = true;
      for (const response of unanswered) response.shouldKeepAlive = false;
    },
  };
}

function createServer(application: RequestListener, options: ListenOptions): Server {
  const { tls, limits = CONNECTION_LIMITS, trustedProxies = [] } = options;
  const listener = boundPipelines(application, limits);
  const settings = serverOptions(limits);
  const server =
    tls === null
      ? createHttpServer(settings, listener)
      : createHttpsServer({ ...settings, ...secured(tls) }, listener);
  guardConnections(server, listener, { limits, trustedProxies });
  return server;
}

/** Node takes a new context whole: what is not named again falls back to its defaults. */
function secured({ cert, key }: TlsMaterial): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2' };
}

function renewTls(server: Server, material: TlsMaterial): void {
  if (!(server instanceof HttpsServer)) throw new TypeError('a plain server has no certificate');
  server.setSecureContext(secured(material));
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isAbsentAddress(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection whose request has just been answered is idle only now.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_INTERVAL);
  const cutOff = setTimeout(() => server.closeAllConnections(), GRACE);
  await closed;
  clearInterval(sweep);
  clearTimeout(cutOff);
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new TypeError('a listening server has an address');
  return address;
}

function portOf(server: Server): number {
  return addressOf(server).port;
}

function urlOf(server: Server, secure: boolean): string {
  const { address, family, port } = addressOf(server);
  return `${secure ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
