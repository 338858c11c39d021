/**
 * A small key broker: `GET /nonce`, then `POST /keys/<name>` with `Authorization: DPoP <token>` and a `DPoP`
 * proof. Releases the key to an attested workload and to nobody else. Runs behind TLS in earnest.
 */
import { createServer } from 'node:http';
import { createNonces, requirePossession } from './possession.mjs';
import { Refused } from './refused.mjs';
import { createTokenVerifier } from './token.mjs';

/**
 * @param {object} options
 * @param {string} options.issuer
 * @param {string} options.audience
 * @param {boolean} options.acceptSimulated
 * @param {ReadonlyMap<string, { key: Buffer, workload: string }>} options.keys by name, each for one workload
 * @param {() => Date} [options.now] the clock that tokens are judged by
 * @returns {Promise<import('node:http').Server>} not listening yet
 */
export async function createBroker({ keys, ...expected }) {
  const tokens = await createTokenVerifier(expected);
  const nonces = createNonces();

  async function release(request, name) {
    const token = /^DPoP +(\S+)$/iu.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw new Refused('no_token', 'send `Authorization: DPoP <token>`');
    const claims = await tokens.verify(token);
    const proof = request.headers.dpop;
    const url = `http://${request.headers.host}${request.url}`;
    await requirePossession(proof, { token, jkt: claims.cnf.jkt, method: request.method, url, nonces });
    const entry = keys.get(name);
    // One answer for both, so that a workload cannot learn which keys others have.
    if (entry === undefined || entry.workload !== claims.att.workload) {
      throw new Refused('not_yours', `workload ${claims.att.workload} has no key of this name`);
    }
    return { name, key: entry.key.toString('base64url'), workload: claims.att.workload };
  }

  return createServer(async (request, response) => {
    const answer = (status, body) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(`${JSON.stringify(body)}\n`);
    };
    try {
      const name = /^\/keys\/([a-z0-9-]{1,64})$/u.exec(request.url ?? '')?.[1];
      if (request.method === 'GET' && request.url === '/nonce') answer(200, { nonce: nonces.issue() });
      else if (request.method === 'POST' && name !== undefined) answer(200, await release(request, name));
      else answer(404, { error: 'not_found', detail: 'GET /nonce, POST /keys/<name>' });
    } catch (error) {
      if (error instanceof Refused) answer(403, { error: error.reason, detail: error.message });
      else {
        console.error(error);
        answer(500, { error: 'fault', detail: 'the broker could not decide' });
      }
    }
  });
}
