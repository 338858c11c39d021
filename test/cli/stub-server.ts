/** A service that answers what the test says and remembers what it was asked. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface StubServer {
  readonly url: string;
  readonly asked: Asked[];
  /** The request since the last answer was set; throws unless there was exactly one. */
  onlyAsked(): Asked;
  /** JSON, unless the body is bytes. */
  answer(status: number, body: object | string | Buffer): void;
  close(): Promise<void>;
}

export async function startStubServer(): Promise<StubServer> {
  const asked: Asked[] = [];
  let reply: { readonly status: number; readonly text: string | Buffer } = { status: 200, text: '{}' };
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    asked.push({ method, path: url, headers, body: await buffer(request) });
    response.writeHead(reply.status, { 'content-type': 'application/json', connection: 'close' });
    response.end(reply.text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    onlyAsked() {
      const [only, ...more] = asked;
      if (only === undefined || more.length > 0) throw new Error(`${asked.length} requests`);
      return only;
    },
    answer(status, body) {
      asked.length = 0;
      const isText = typeof body === 'string' || Buffer.isBuffer(body);
      reply = { status, text: isText ? body : JSON.stringify(body) };
    },
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}
