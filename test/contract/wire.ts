/** A relay between a service and its PostgreSQL server that can lose, cut or swallow what passes. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { ClientPieces, ServerAnswers } from './wire-messages.js';

export interface Wire {
  /** That of the server, by way of the relay. */
  readonly url: string;
  /** Lets the statement through and nothing after it, and drops the connection in place of the server's answer. */
  cutAfterAnswerTo(statement: string): void;
  /**
   * Counts the queries that clients send from now on, and drops the connection at the `count`th: before it reaches
   * the server, or in place of the server's answer to it. `reset`: with a reset instead of an orderly end.
   */
  cutAt(count: number, when: 'before' | 'after', reset?: boolean): void;
  /** Lets the `count`th query through; from then on nothing passes, as after `swallow`. */
  swallowAnswerAt(count: number): void;
  /** Queries that clients sent since the last call of `cutAt` or `count`. */
  count(): number;
  cuts(): number;
  /** From now on nothing passes and nothing is closed, on open connections and on new ones. */
  swallow(): void;
  /** Resets every connection that is open; new ones are taken. */
  reset(): void;
  /** Refuses connections and ends those that are open. */
  interrupt(): Promise<void>;
  /** Undoes `swallow` and `interrupt`, and forgets a cut that has not come. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

interface Cut {
  readonly isDue: (chunk: Buffer) => boolean;
  readonly when: 'before' | 'after' | 'swallow';
  readonly reset: boolean;
}

/** To the server of `url`. */
export async function tapWire(url: string): Promise<Wire> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let plan: Cut | null = null;
  let sent = 0;
  let cuts = 0;
  let swallows = false;

  const relay = (client: Socket): void => {
    const upstream = connect(Number(target.port), target.hostname);
    const pieces = new ClientPieces();
    const answers = new ServerAnswers();
    let queries = 0;
    let cut: Cut | null = null;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const sever = ({ reset }: Cut): void => {
      cuts += 1;
      if (reset) client.resetAndDestroy();
      else client.destroy();
    };
    client.on('data', (chunk) => {
      for (const { bytes, isQuery } of pieces.take(chunk)) {
        // What comes after the query that is cut off is lost with it.
        if (swallows || cut !== null) return;
        if (isQuery) {
          sent += 1;
          queries += 1;
        }
        if (isQuery && plan?.isDue(bytes)) {
          cut = plan;
          plan = null;
          if (cut.when === 'before') return sever(cut);
        }
        upstream.write(bytes);
      }
    });
    upstream.on('data', (chunk) => {
      if (swallows) return;
      // One for the greeting.
      const answered = answers.countAfter(chunk) > queries;
      if (cut === null || !answered) client.write(chunk);
      else if (cut.when === 'swallow') swallows = true;
      else sever(cut);
    });
  };

  let server = await listen(relay, 0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has a port');
  const { port } = address;
  const through = new URL(url);
  through.port = String(port);
  const interrupt = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    url: through.href,
    cutAfterAnswerTo(statement) {
      plan = { isDue: (chunk) => chunk.includes(statement), when: 'after', reset: false };
    },
    cutAt(count, when, reset = false) {
      sent = 0;
      plan = { isDue: () => sent === count, when, reset };
    },
    swallowAnswerAt(count) {
      sent = 0;
      plan = { isDue: () => sent === count, when: 'swallow', reset: false };
    },
    count() {
      const counted = sent;
      sent = 0;
      return counted;
    },
    cuts: () => cuts,
    swallow() {
      swallows = true;
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    interrupt,
    async restore() {
      plan = null;
      if (swallows) for (const socket of sockets) socket.destroy();
      swallows = false;
      if (!server.listening) server = await listen(relay, port);
    },
    close: interrupt,
  };
}

function listen(relay: (client: Socket) => void, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(relay);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
