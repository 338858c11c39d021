/** An issuer of test tokens: discovery and one key, behind a real socket. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface TestIssuer {
  readonly url: string;
  readonly kid: string;
  readonly publicJwk: object;
  /** A token as the service makes them, bound to `jkt`, with members replaced. */
  token(jkt: string, changes?: Readonly<Record<string, unknown>>, key?: CryptoKey): Promise<string>;
  close(): Promise<void>;
}

export async function startIssuer(): Promise<TestIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const kid = 'issuer-key';
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' };
  const server = createServer((request, response) => {
    const keys = request.url === '/.well-known/jwks.json';
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(keys ? { keys: [publicJwk] } : discovery()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const discovery = () => ({ issuer: url, jwks_uri: `${url}/.well-known/jwks.json` });
  return {
    url,
    kid,
    publicJwk,
    token: (jkt, changes = {}, key = privateKey) => {
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        ...{ iss: url, aud: 'broker', sub: 'tenant:default:workload:llm', jti: 'one' },
        ...{ iat: now, exp: now + 300, ear_status: 'affirming', cnf: { jkt } },
        att: { workload: 'llm', simulated: false, debug: false },
      };
      return new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'ES256', kid }).sign(key);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
