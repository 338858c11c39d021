/** What one connection and one address may take of the server, and an end to every wait. */
import type { RequestListener, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { addressesIn, sourceKey } from './source.js';

/** Times in milliseconds: a client that is slower than this is not sending a request. */
export interface ConnectionLimits {
  /** From the connection, or the request before, to the end of the header; as long for a TLS handshake. */
  readonly headers: number;
  /** To the end of the body. */
  readonly request: number;
  /** Between two requests. */
  readonly keepAlive: number;
  /** Without a byte in either direction, as when nobody reads the answer. */
  readonly silence: number;
  /** How often the times above are looked at. */
  readonly checkEvery: number;
  readonly headerBytes: number;
  /** Requests of one connection that wait for their answers. */
  readonly pipelined: number;
  readonly connections: number;
  /** An address as source.ts counts it; trusted proxies are not counted, since they speak for many. */
  readonly connectionsPerAddress: number;
}

/** SECURITY.md names these figures. */
export const CONNECTION_LIMITS: ConnectionLimits = {
  headers: 10_000,
  request: 30_000,
  keepAlive: 15_000,
  silence: 60_000,
  checkEvery: 2_000,
  headerBytes: 16 * 1024,
  pipelined: 32,
  connections: 4096,
  connectionsPerAddress: 1024,
};

/** The limits that a server is made with. */
export function serverOptions({
  headers,
  request,
  keepAlive,
  checkEvery,
  headerBytes,
}: ConnectionLimits): ServerOptions & { readonly handshakeTimeout: number } {
  return {
    maxHeaderSize: headerBytes,
    headersTimeout: headers,
    requestTimeout: request,
    keepAliveTimeout: keepAlive,
    connectionsCheckingInterval: checkEvery,
    handshakeTimeout: headers,
  };
}

/**
 * Ends a connection on which too many requests wait: a read of 64 KiB holds a thousand small ones, and begins them all
 * before anybody else is served. When a connection ends, however it does, each of its responses is closed.
 */
export function boundPipelines(listener: RequestListener, { pipelined }: ConnectionLimits): RequestListener {
  const connections = new WeakMap<Socket, Set<ServerResponse>>();
  return (request, response) => {
    const { socket } = request;
    const waiting = connections.get(socket) ?? waitingOn(socket);
    connections.set(socket, waiting);
    if (waiting.size >= pipelined) {
      socket.destroy();
      return;
    }
    waiting.add(response);
    response.once('close', () => waiting.delete(response));
    listener(request, response);
  };
}

function waitingOn(socket: Socket): Set<ServerResponse> {
  const waiting = new Set<ServerResponse>();
  socket.once('close', () => {
    for (const response of waiting) closeQueued(response);
  });
  return waiting;
}

/**
 * Of the responses on a connection that has ended Node closes the one whose turn it is, and tells the others nothing. Who
 * listens for the end of a response listens once: Node may yet give it a turn.
 */
function closeQueued(response: ServerResponse): void {
  if (response.socket !== null || response.writableFinished) return;
  response.destroy();
  response.emit('close');
}

/** Those that it is given afterwards. `trustedProxies`: addresses and CIDR blocks. */
export function guardConnections(
  server: Server,
  listener: RequestListener,
  {
    limits,
    trustedProxies,
  }: { readonly limits: ConnectionLimits; readonly trustedProxies: readonly string[] },
): void {
  server.maxConnections = limits.connections;
  // Lines beyond such a count would be dropped without a word; framing.ts counts, and refuses.
  server.maxHeadersCount = 0;
  server.setTimeout(limits.silence);
  // Node would answer an expectation by itself; the application has the better words.
  server.on('checkExpectation', listener);
  const isProxy = addressesIn(trustedProxies);
  const counts = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const { remoteAddress = '' } = socket;
    if (isProxy(remoteAddress)) return;
    const key = sourceKey(remoteAddress);
    const count = counts.get(key) ?? 0;
    if (count >= limits.connectionsPerAddress) {
      socket.destroy();
      return;
    }
    counts.set(key, count + 1);
    socket.once('close', () => {
      const left = (counts.get(key) ?? 1) - 1;
      if (left > 0) counts.set(key, left);
      else counts.delete(key);
    });
  });
}
