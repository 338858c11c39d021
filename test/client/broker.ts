/** What stands behind the proxy in tests: a server that remembers what reached it, and answers as it is told. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Reached {
  readonly method: string;
  readonly url: string;
  /** Names as they came, with their values. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headersDistinct'];
  readonly body: Buffer;
}

export interface TestBroker {
  readonly url: string;
  /** Whole requests, in the order in which they ended. */
  readonly reached: Reached[];
  /** Replaces the answer, which is 200 and `released`; told before the body is read. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | null;
  close(): Promise<void>;
}

export async function startBroker(): Promise<TestBroker> {
  const reached: Reached[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', rawHeaders, headersDistinct: headers } = request;
    if (broker.answer !== null) {
      broker.answer(request, response);
      return;
    }
    reached.push({ method, url, rawHeaders, headers, body: await buffer(request) });
    response.setHeader('Content-Type', 'text/plain');
    response.end('released');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const broker: TestBroker = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reached,
    answer: null,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return broker;
}
