// Requests as a client of the deployment sends them: from an address of its own choice, on a connection of its own.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** Resolves to `{ status, headers, text }`; rejects when there is no answer. `from`: the client's address. */
export function send(url, { method = 'GET', headers = {}, body, from, ca } = {}) {
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const options = { method, headers, localAddress: from, ca, agent: false, servername: 'localhost' };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export function sendJson(url, body, { headers = {}, ...rest } = {}) {
  const all = { 'Content-Type': 'application/json', ...headers };
  return send(url, { method: 'POST', headers: all, body: JSON.stringify(body), ...rest });
}

/** Throws with `what` when it is not so. */
export function require(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`);
}

/** Asks until it holds; throws with `what` after `limit` milliseconds. */
export async function until(ask, what, limit = 60_000) {
  const end = Date.now() + limit;
  while (!(await ask())) {
    require(Date.now() < end, `${what}, within ${limit / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
