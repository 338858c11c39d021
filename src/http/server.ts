/** Listening: addresses, TLS, and an end to every wait. */
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Log } from '../platform/log.js';

export interface ListenOptions {
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** PEM; null: plain HTTP. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | null;
  readonly log: Log;
}

export interface Listening {
  /** Where the first address answers. */
  readonly url: string;
  /** Stops accepting, lets requests finish for a while, then cuts off. */
  close(): Promise<void>;
}

/** Milliseconds. A client that is slower than this is not sending a request. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;
const KEEP_ALIVE = 15_000;
const CHECK_INTERVAL = 2_000;
const GRACE = 10_000;
const SWEEP_INTERVAL = 50;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADERS = 64;
const MAX_CONNECTIONS = 4096;

/**
 * Listens on every address. The machine may have no IPv6: of several addresses one must work, and those that
 * do not exist are left out.
 */
export async function listen(listener: RequestListener, options: ListenOptions): Promise<Listening> {
  const servers: Server[] = [];
  for (const { host, port } of options.addresses) {
    const server = createServer(listener, options.tls);
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
  return {
    url: urlOf(first, options.tls !== null),
    async close() {
      await Promise.all(servers.map(closeServer));
    },
  };
}

function createServer(listener: RequestListener, tls: ListenOptions['tls']): Server {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE,
    connectionsCheckingInterval: CHECK_INTERVAL,
  };
  const server =
    tls === null
      ? createHttpServer(limits, listener)
      : createHttpsServer({ ...limits, cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' }, listener);
  server.maxHeadersCount = MAX_HEADERS;
  server.maxConnections = MAX_CONNECTIONS;
  return server;
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
