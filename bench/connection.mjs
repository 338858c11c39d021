// HTTP/1.1 over one open connection, one request at a time, and no more of it than a service's answers need: what the
// client spends, the service cannot have.
import { connect } from 'node:net';

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * Requests wait for each other. `exchange(request)`: the request's bytes, head and body; resolves to `{ status, body }`,
 * the body as text. Rejects on an answer without Content-Length, and once the connection has ended.
 */
export function openConnection({ host, port }) {
  const socket = connect({ host, port, noDelay: true });
  let received = [];
  let waiting = null;
  let ended = null;
  const end = (error) => {
    ended ??= error;
    waiting?.reject(ended);
    waiting = null;
    socket.destroy();
  };
  socket.on('error', end);
  socket.on('close', () => end(new Error('the service ended the connection')));
  socket.on('data', (part) => {
    received.push(part);
    const bytes = received.length === 1 ? part : Buffer.concat(received);
    received = [bytes];
    try {
      const answer = answerIn(bytes);
      if (answer === null) return;
      received = [];
      const { resolve } = waiting;
      waiting = null;
      resolve(answer);
    } catch (error) {
      end(error);
    }
  });
  return {
    exchange: (request) =>
      new Promise((resolve, reject) => {
        if (ended !== null) return reject(ended);
        if (waiting !== null) return reject(new Error('the connection is in use'));
        waiting = { resolve, reject };
        socket.write(request);
      }),
    get usable() {
      return ended === null;
    },
    close: () => socket.destroy(),
  };
}

/** Null: more is to come. Throws on what is no answer with a length. */
function answerIn(bytes) {
  const head = bytes.indexOf(END_OF_HEAD);
  if (head === -1) return null;
  const text = bytes.toString('latin1', 0, head);
  const status = /^HTTP\/1\.1 (\d{3}) /u.exec(text)?.[1];
  const length = /\r\ncontent-length: *(\d+)/iu.exec(text)?.[1];
  if (status === undefined || length === undefined) throw new Error(`no answer with a length: ${text}`);
  const from = head + END_OF_HEAD.length;
  const whole = from + Number(length);
  if (bytes.length < whole) return null;
  if (bytes.length > whole) throw new Error('more than one answer to a request');
  return { status: Number(status), body: bytes.toString('utf8', from) };
}
