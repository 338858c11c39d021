/** A service behind an address of this machine, and agents that talk to it. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { prepare } from '../http/guest.js';
import { SIMULATED_ISSUER, startTestService, type TestService } from '../http/service.js';

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

export async function listen(
  listener: RequestListener,
  server: Server = createServer(listener),
): Promise<Listening> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Served {
  readonly service: TestService;
  /** Puts something before the service for the rest of a test; null: nothing any more. */
  front(listener: RequestListener | null): void;
  /** The arguments that every agent needs. */
  args(audience?: string): readonly string[];
  close(): Promise<void>;
}

/** Vendor documents, the workload `llm-serving`, and the audiences `vault` (bound to a key) and `open`. */
export async function startServed(): Promise<Served> {
  const service = await startTestService();
  await prepare(service);
  let front: RequestListener | null = null;
  const listening = await listen((request, response) => (front ?? service.app)(request, response));
  return {
    service,
    front: (listener) => {
      front = listener;
    },
    args: (audience = 'vault') => [
      ...['--server', `${listening.url}/simulated`],
      ...['--issuer', SIMULATED_ISSUER],
      ...['--audience', audience],
    ],
    async close() {
      await listening.close();
      await service.close();
    },
  };
}

/** What a service answers with when it says no. */
export function problem(status: number, code: string, retryAfter: number | null = null): RequestListener {
  return (_request, response) => {
    response.writeHead(status, {
      'Content-Type': 'application/problem+json',
      ...(retryAfter === null ? {} : { 'Retry-After': String(retryAfter) }),
    });
    response.end(JSON.stringify({ status, code, detail: 'So it is.', request_id: 'req_1' }));
  };
}
