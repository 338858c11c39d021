/** HTTP by hand: bytes as they are written, and whatever comes back. Libraries would tidy the shapes up. */
import { connect, type Socket } from 'node:net';

export type Piece = string | Uint8Array;

export interface Reply {
  readonly status: number;
  /** Names in lowercase; of several of one name the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Exchange {
  /** Final ones, in their order; one that breaks off is none. */
  readonly replies: readonly Reply[];
  /** Everything received, a character for each byte. */
  readonly text: string;
  /** Whether the server ended the connection. */
  readonly closed: boolean;
  /** Until the last byte or the end came; where neither did, until the wait was over. Milliseconds. */
  readonly elapsed: number;
}

export interface Sending {
  /** Ends our side behind the last piece. */
  readonly end?: boolean;
  /** How long to wait for a first byte. */
  readonly patience?: number;
  /** How long after a complete reply another one may still begin; 0: only the first is waited for. */
  readonly quiet?: number;
}

const PATIENCE = 5_000;

/** Sends the pieces on a connection of their own and takes in what comes back. */
export function exchange(
  port: number,
  pieces: readonly Piece[],
  { end = false, patience = PATIENCE, quiet = 0 }: Sending = {},
): Promise<Exchange> {
  return new Promise((resolve) => {
    const started = performance.now();
    const chunks: Buffer[] = [];
    let last = started;
    const socket = connect(port, '127.0.0.1');
    const finish = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      const ended = closed || chunks.length === 0 ? performance.now() : last;
      resolve({ replies: repliesIn(text), text, closed, elapsed: ended - started });
    };
    let timer = setTimeout(() => finish(false), patience);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      last = performance.now();
      clearTimeout(timer);
      const [reply] = repliesIn(Buffer.concat(chunks).toString('latin1'));
      // What is announced is waited for: an answer, or the end of the connection.
      const waiting = reply === undefined || reply.headers.connection === 'close';
      if (!waiting && quiet === 0) finish(false);
      else timer = setTimeout(() => finish(false), waiting ? patience : quiet);
    });
    // Whoever is refused in the middle of a body may get the end as a reset.
    socket.on('error', () => undefined);
    socket.on('close', () => finish(true));
    for (const piece of pieces)
      socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    if (end) socket.end();
  });
}

/** A connection that has been accepted, for tests that hold it. Its end is no error. */
export function open(port: number, host = '127.0.0.1'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      socket.resume();
      resolve(socket);
    });
  });
}

/** Milliseconds until the other side ended the connection. */
export function ended(socket: Socket): Promise<number> {
  const started = performance.now();
  return new Promise((resolve) => {
    if (socket.destroyed) resolve(0);
    socket.once('close', () => resolve(performance.now() - started));
  });
}

/** A whole request, its body after a correct Content-Length unless a header says otherwise. */
export function requestOf(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body: Piece = '',
): Piece[] {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  const framed = { Host: 'localhost', 'Content-Length': String(bytes.length), ...headers };
  const lines = Object.entries(framed).map(([name, value]) => `${name}: ${value}\r\n`);
  return [`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, bytes];
}

function repliesIn(text: string): Reply[] {
  const replies: Reply[] = [];
  for (let rest = text; ; ) {
    const head = /^HTTP\/1\.1 (\d{3})[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(rest);
    if (head === null) return replies;
    const status = Number(head[1]);
    const headers = Object.fromEntries(
      [...(head[2] ?? '').matchAll(/([^:\r\n]+): *([^\r\n]*)\r\n/g)].map(([, name = '', value = '']) => [
        name.toLowerCase(),
        value,
      ]),
    );
    const length = Number(headers['content-length'] ?? 0);
    const body = rest.slice(head[0].length, head[0].length + length);
    if (body.length < length) return replies;
    if (status >= 200) replies.push({ status, headers, body });
    rest = rest.slice(head[0].length + length);
  }
}
