/** A server on loopback that answers as a test says, and what it was asked. */

import { createServer as createPlain, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecure } from 'node:https';
import {
  type AddressInfo,
  connect as connectTo,
  createServer as listenPlainly,
  type Server,
  type Socket,
} from 'node:net';

export interface LocalServer {
  readonly port: number;
  readonly requests: readonly IncomingMessage[];
  close(): Promise<void>;
}

/** `pair`: for TLS. */
export async function startServer(
  answer: RequestListener,
  pair: { readonly cert: string; readonly key: string } | null = null,
): Promise<LocalServer> {
  const requests: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    answer(request, response);
  };
  const server = pair === null ? createPlain(listener) : createSecure(pair, listener);
  return { requests, ...(await listening(server)) };
}

/** Whatever comes, these bytes go out; with `end` the connection then ends. */
export async function startRawServer(bytes: string | Buffer, end = true): Promise<LocalServer> {
  const server = listenPlainly((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      if (end) socket.end(bytes);
      else socket.write(bytes);
    });
  });
  return { requests: [], ...(await listening(server)) };
}

/** A proxy that tunnels to one address whatever it is asked for, and writes down what that was. */
export async function startProxy(port: number): Promise<LocalServer> {
  const requests: IncomingMessage[] = [];
  const server = createPlain();
  server.on('connect', (request, client: Socket) => {
    requests.push(request);
    const onward = connectTo(port, '127.0.0.1');
    onward.on('error', () => client.destroy());
    client.on('error', () => onward.destroy());
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    onward.pipe(client).pipe(onward);
  });
  return { requests, ...(await listening(server)) };
}

async function listening(server: Server): Promise<Pick<LocalServer, 'port' | 'close'>> {
  const sockets = new Set<Socket>();
  const remember = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  server.on('connection', remember);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
