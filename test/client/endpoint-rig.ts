/** TLS servers of this machine that serve a document, an issuer beside them, and what happens on their connections. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { ENDPOINT_LIMITS, type EndpointLimits } from '../../src/client/endpoint/limits.js';
import { createEndpointVerifier, type EndpointOptions } from '../../src/client/index.js';
import { ENDPOINT_PATH, ENDPOINT_TYPE, endpointDocument } from '../../src/rats/endpoint-document.js';
import type { TlsIdentity } from '../tls-authority.js';
import { SAMPLE_AT, SAMPLE_AUDIENCE, SAMPLE_ISSUER, type SampleIssuer } from './sample-issuer.js';

export interface TlsEndpoint {
  readonly url: string;
  /** Requests but those for the document, as `POST /path body`. */
  readonly reached: string[];
  /** Handshakes so far: true for those that resumed a session. */
  readonly resumed: boolean[];
  /** Answers the request for the document; null: with the token. */
  answer: RequestListener | null;
  /** What the document says. */
  token: string;
  /** From now on; connections that are open stay. */
  use(identity: TlsIdentity): void;
  close(): Promise<void>;
}

export async function startEndpoint(identity: TlsIdentity, options: TlsOptions = {}): Promise<TlsEndpoint> {
  const { key, cert } = identity;
  const server = createServer({ key, cert, ...options }, (request, response) => {
    if (request.url !== ENDPOINT_PATH) void receive(request, response);
    else if (endpoint.answer !== null) endpoint.answer(request, response);
    else sendDocument(response, endpointDocument(endpoint.token));
  });
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    endpoint.reached.push(`${request.method} ${request.url} ${Buffer.concat(chunks)}`);
    response.end('answered');
  }
  server.on('secureConnection', (socket: TLSSocket) => endpoint.resumed.push(socket.isSessionReused()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint: TlsEndpoint = {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    reached: [],
    resumed: [],
    answer: null,
    token: '',
    use: ({ key, cert }) => server.setSecureContext({ key, cert }),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return endpoint;
}

export function sendDocument(response: ServerResponse, text: string, type = ENDPOINT_TYPE): void {
  response.writeHead(200, { 'Content-Type': type }).end(text);
}

export function thumbprintOf(key: KeyObject): Promise<string> {
  return calculateJwkThumbprint(createPublicKey(key).export({ format: 'jwk' }) as JWK);
}

/** Expects what sample claims say, by the sample issuer and at its instant. */
export function verifierFor(
  issuer: SampleIssuer,
  ca: string,
  options: Partial<EndpointOptions> = {},
  limits: Partial<EndpointLimits> = {},
) {
  return createEndpointVerifier(
    {
      ...{ issuer: SAMPLE_ISSUER, audience: SAMPLE_AUDIENCE, workload: 'llm-serving', ca },
      ...{ fetch: issuer.fetch, now: () => SAMPLE_AT, ...options },
    },
    { ...ENDPOINT_LIMITS, ...limits },
  );
}
