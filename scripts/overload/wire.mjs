// A load generator that costs little itself: requests are bytes made beforehand, sent over connections that are
// kept open; of a reply only the status line, the length and the wish to close are read.
import { once } from 'node:events';
import { connect } from 'node:net';

/** The bytes of one POST. `source`: the address that a trusted proxy would report. */
export function postOf({ host, path, json, source }) {
  const body = Buffer.from(json);
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    `X-Forwarded-For: ${source}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

/**
 * `send(bytes)` resolves to the status, or to 0 when the connection broke. `close()` ends all connections; to send
 * again opens new ones, so call it before a load: a connection that rests is soon closed by the server.
 */
export function openWire(port) {
  const idle = [];
  const all = new Set();

  async function dial() {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    const line = { socket, received: Buffer.alloc(0), answered: null };
    all.add(line);
    socket.on('data', (chunk) => read(line, chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      all.delete(line);
      const place = idle.indexOf(line);
      if (place >= 0) idle.splice(place, 1);
      line.answered?.(0);
    });
    return line;
  }

  function read(line, chunk) {
    line.received = line.received.length === 0 ? chunk : Buffer.concat([line.received, chunk]);
    const end = line.received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = line.received.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/iu.exec(head)?.[1] ?? 0);
    if (line.received.length < end + 4 + length) return;
    const { answered } = line;
    line.received = Buffer.alloc(0);
    line.answered = null;
    if (/\r\nconnection: close/iu.test(head)) line.socket.end();
    else idle.push(line);
    answered?.(Number(head.slice(9, 12)));
  }

  return {
    async send(bytes) {
      const line = idle.pop() ?? (await dial().catch(() => null));
      if (line === null) return 0;
      return new Promise((resolve) => {
        line.answered = resolve;
        line.socket.write(bytes);
      });
    },
    close() {
      idle.length = 0;
      for (const { socket } of all) socket.destroy();
    },
  };
}
