// Requests over connections that stay open. Leaner than fetch: what the client spends, the service cannot have.
import { Agent, request } from 'node:http';

/** The service had no room for a request, and said so. */
export class Shed extends Error {}

/** `issuer`: where the service is reached, its tenant's path included. */
export function createCaller(issuer, sockets) {
  const base = new URL(issuer);
  const agent = new Agent({ keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets });
  const post = (path, body) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const options = { agent, method: 'POST', host: base.hostname, port: base.port, headers };
      const sent = request({ ...options, path: `${base.pathname}${path}` }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode, body: Buffer.concat(parts).toString('utf8') });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
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
    close: () => agent.destroy(),
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
