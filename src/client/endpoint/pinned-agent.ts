/** Requests to an endpoint that was verified, over connections to the very key that was: `node:https` with another door. */
import { Agent, type AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Peer } from './connection.js';

type Created = (error: Error | null, stream?: Duplex) => void;

/**
 * Whatever a request says of TLS (authorities, names, leniency, sessions) is not looked at: a connection is opened by `open`
 * or not at all, and nothing of a request is sent before that has resolved. Each request has a connection of its own, so that
 * none outlives what was proven.
 */
export class PinnedAgent extends Agent {
  constructor(
    private readonly peer: Peer,
    private readonly open: () => Promise<TLSSocket>,
  ) {
    super({ keepAlive: false, maxCachedSessions: 0 } satisfies AgentOptions);
    // Where a program sets `maxSockets`, the agent would hand a connection that is free to the next request in the queue, whatever
    // `keepAlive` says. Before it hears of it the connection is gone, and the next request opens one of its own.
    // One that is new is free as well; it has had no request yet.
    this.prependListener('free', (socket: Duplex) => {
      if ('_httpMessage' in socket && socket._httpMessage) socket.destroy();
    });
  }

  override createConnection(options: object, created: Created): undefined {
    const { host, port } = options as Readonly<Record<string, unknown>>;
    this.connect(host, port).then(
      (socket) => created(null, socket),
      (error: Error) => created(error),
    );
  }

  private async connect(host: unknown, port: unknown): Promise<TLSSocket> {
    const { peer } = this;
    if (host !== peer.hostname || Number(port) !== peer.port) {
      throw new TypeError(`this agent is for requests to ${peer.hostname}, port ${peer.port}, alone`);
    }
    return this.open();
  }
}
