// Requests over connections that stay open.
import { openConnection } from './connection.mjs';

/** The service had no room for a request, and said so. */
export class Shed extends Error {}

/** `issuer`: where the service is reached, its tenant's path included. `sockets`: connections at most. */
export function createCaller(issuer, sockets) {
  const base = new URL(issuer);
  const open = () => openConnection({ host: base.hostname, port: Number(base.port) });
  const free = [];
  const inLine = [];
  let opened = 0;
  const take = async () => {
    while (free.length > 0) {
      const connection = free.pop();
      if (connection.usable) return connection;
      opened -= 1;
    }
    if (opened === sockets) return new Promise((resolve) => inLine.push(resolve));
    opened += 1;
    return open();
  };
  const giveBack = (connection) => {
    const next = inLine.shift();
    if (next === undefined) free.push(connection);
    else next(connection.usable ? connection : open());
  };
  const post = async (path, body) => {
    const connection = await take();
    try {
      return await connection.exchange(
        `POST ${base.pathname}${path} HTTP/1.1\r\nHost: ${base.host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    } finally {
      giveBack(connection);
    }
  };
  return {
    /** Resolves to `{ status, body }`, the body as text. */
    post,
    async challenge(audience) {
      const { status, body } = await post('/v1/challenges', JSON.stringify({ audience }));
      if (status !== 201) throw failureOf('no challenge', { status, body });
      return JSON.parse(body);
    },
    /** `body`: an attest request as text. Anything but a token is a failure. */
    async attest(body) {
      const answer = await post('/v1/attest', body);
      if (answer.status !== 200) throw failureOf('no token', answer);
    },
    close() {
      for (const connection of free) connection.close();
    },
  };
}

function failureOf(what, { status, body }) {
  const shed = status === 503 && JSON.parse(body).code === 'overloaded';
  return new (shed ? Shed : Error)(`${what}: ${status} ${body.slice(0, 400)}`);
}

/** `count` calls by `hands` callers, each of which waits for an answer before its next call. Results in order. */
export async function callInTurn(count, hands, call) {
  const results = new Array(count);
  let next = 0;
  const work = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await call(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(hands, count) }, work));
  return results;
}
