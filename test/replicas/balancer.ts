/**
 * A reverse proxy as operators put one in front of replicas: asks each for `readyz`, hands requests to those that
 * are ready in turn, keeps connections open. It never sends a request twice, so whatever a replica does to a
 * connection shows.
 */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Balancer {
  readonly url: string;
  /** Requests that found no replica, or whose connection to one broke, in words. */
  faults(): readonly string[];
  isReady(replica: string): Promise<boolean>;
  close(): Promise<void>;
}

const CHECK_EVERY_MS = 500;
/** Checks in a row that must fail before a replica is left out, as proxies have it by default. */
const FAILURES = 2;

export async function startBalancer(replicas: readonly string[]): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true });
  const failures = new Map(replicas.map((replica) => [replica, FAILURES]));
  const faults: string[] = [];
  let turn = 0;

  const isReady = (replica: string): boolean => (failures.get(replica) ?? FAILURES) < FAILURES;

  async function check(replica: string): Promise<void> {
    const ok = await fetch(`${replica}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
      ({ status }) => status === 200,
      () => false,
    );
    failures.set(replica, ok ? 0 : (failures.get(replica) ?? 0) + 1);
  }

  function forward(incoming: IncomingMessage, response: ServerResponse): void {
    const ready = replicas.filter(isReady);
    turn += 1;
    const replica = ready[turn % ready.length];
    const fail = (what: string): void => {
      faults.push(`${incoming.method} ${incoming.url} to ${replica}: ${what}`);
      if (!response.headersSent) response.writeHead(502);
      response.end();
    };
    if (replica === undefined) {
      fail('no replica is ready');
      return;
    }
    const onward = request(
      `${replica}${incoming.url}`,
      { method: incoming.method, headers: incoming.headers, agent },
      (answer) => {
        answer.on('error', (error) => fail(error.message));
        // Whether the connection to the replica is kept is no business of the client's.
        const { connection: _, 'keep-alive': __, ...headers } = answer.headers;
        response.writeHead(answer.statusCode ?? 502, headers);
        answer.pipe(response);
      },
    );
    onward.on('error', (error) => fail(error.message));
    incoming.pipe(onward);
  }

  await Promise.all(replicas.map(check));
  const checks = setInterval(() => void Promise.all(replicas.map(check)), CHECK_EVERY_MS);
  const server = createServer(forward);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    faults: () => faults,
    isReady: async (replica) => isReady(replica),
    async close() {
      clearInterval(checks);
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
