/** The sample issuer on a socket, for those that ask over the network and by the clock of the machine. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { proofBy, type SampleHolder } from './sample-holder.js';
import { type Changes, makeSampleKey, sampleClaims, signSample } from './sample-issuer.js';

export interface IssuerServer {
  readonly url: string;
  /** Made now, bound to a key, with claims replaced. */
  tokenFor(jkt: string, claims?: Changes): Promise<string>;
  /** Headers of a request: a good token bound to the holder's key, with claims replaced, and a proof. */
  credentials(
    holder: SampleHolder,
    request: { readonly method: string; readonly url: string },
    claims: Changes,
  ): Promise<{ readonly authorization: string; readonly dpop: string }>;
  close(): Promise<void>;
}

export async function startIssuerServer(): Promise<IssuerServer> {
  const key = await makeSampleKey();
  const server = createServer((request, response) => {
    const keys = request.url === '/.well-known/jwks.json';
    const discovery = { issuer: url, jwks_uri: `${url}/.well-known/jwks.json` };
    response.end(JSON.stringify(keys ? { keys: [key.jwk] } : discovery));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tokenFor = (jkt: string, claims: Changes = {}, at: Date = new Date()): Promise<string> =>
    signSample({ ...sampleClaims(jkt, at), iss: url, ...claims }, key);
  return {
    url,
    tokenFor: (jkt, claims) => tokenFor(jkt, claims),
    async credentials(holder, request, claims) {
      const at = new Date();
      const token = await tokenFor(holder.jkt, claims, at);
      // By a clock that is a second ahead: who began to listen within this second takes no proof of it.
      const ahead = new Date(at.getTime() + 1_000);
      const dpop = await proofBy(holder, { token, at: ahead, ...request });
      return { authorization: `DPoP ${token}`, dpop };
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
