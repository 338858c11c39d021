/**
 * Connections on their way to a worker. Node closes its own end of one when the worker says that it has it, and offers
 * it to another when the worker says that it has not (its lib/internal/cluster/round_robin_handle.js). Two ends are
 * missing there, and the client would wait for ever: the worker dies and says nothing, or all workers are about to
 * stop and none takes it.
 */
import type { Worker } from 'node:cluster';

interface Connection {
  close(): void;
}

export class Handovers {
  /** By worker, under the number that its answer will repeat. */
  private readonly onTheWay = new Map<Worker, Map<unknown, Connection>>();
  private stopping = false;

  /** From now on a connection that a worker does not take is closed. */
  stop(): void {
    this.stopping = true;
  }

  /** Begins with a worker's first connection; `over` is called when it has ended. */
  watch(worker: Worker): { over(): void } {
    const own = new Map<unknown, Connection>();
    this.onTheWay.set(worker, own);
    const { process: child } = worker;
    const send = child.send.bind(child) as (...args: unknown[]) => boolean;
    child.send = (...args: readonly unknown[]): boolean => {
      const [message, connection] = args;
      if (isOffer(message) && isConnection(connection)) own.set(message.seq, connection);
      return send(...args);
    };
    // Node's own listener came first: by now it has offered a refused connection to whoever is free.
    child.on('internalMessage', (message: unknown) => {
      if (!isAnswer(message)) return;
      const connection = own.get(message.ack);
      own.delete(message.ack);
      if (!message.accepted && this.stopping && connection !== undefined) this.closeIfNobodys(connection);
    });
    return {
      over: () => {
        this.onTheWay.delete(worker);
        for (const connection of own.values()) this.closeIfNobodys(connection);
      },
    };
  }

  private closeIfNobodys(connection: Connection): void {
    const offered = [...this.onTheWay.values()].some((own) => [...own.values()].includes(connection));
    if (!offered) connection.close();
  }
}

function isOffer(message: unknown): message is { readonly seq: unknown } {
  return typeof message === 'object' && message !== null && 'act' in message && message.act === 'newconn';
}

function isAnswer(message: unknown): message is { readonly ack: unknown; readonly accepted: boolean } {
  return typeof message === 'object' && message !== null && 'ack' in message && 'accepted' in message;
}

function isConnection(handle: unknown): handle is Connection {
  return typeof handle === 'object' && handle !== null && 'close' in handle;
}
