// Requests over connections that stay open. Leaner than fetch: what the client spends, the service cannot have.
import { Agent, request } from 'node:http';

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
      if (status !== 201) throw new Error(`no challenge: ${status} ${body}`);
      return JSON.parse(body);
    },
    /** `body`: an attest request as text. Anything but a token is a failure. */
    async attest(body) {
      const answer = await post('/v1/attest', body);
      if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${answer.body.slice(0, 400)}`);
    },
    close: () => agent.destroy(),
  };
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
