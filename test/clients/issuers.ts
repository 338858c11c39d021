/** Issuers on a socket, as many as a table needs: each under a path of its own, with documents that a test may spoil. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';

/** In place of a document: status, headers and body; or what the server does instead of answering. */
export type Spoilt =
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string }
  | 'cut off'
  | 'silent'
  /** A piece now and then, for ever: of the body, or of the header. */
  | 'drips'
  | 'drips header';

export interface Documents {
  readonly keys: readonly JWK[];
  readonly discovery?: (url: string) => Spoilt;
  readonly jwks?: (url: string) => Spoilt;
}

export interface Issuers {
  /** Publishes under a name, in place of what was there; gives the issuer's URL. */
  publish(name: string, documents: Documents): string;
  /** How often the discovery document of the name was asked for. */
  questions(name: string): number;
  close(): Promise<void>;
}

export const json = (document: object): Spoilt => ({ body: JSON.stringify(document) });

export async function startIssuers(): Promise<Issuers> {
  const published = new Map<string, Documents>();
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    const [, name = '', file] = /^\/t\/([^/]+)\/\.well-known\/(.+)$/u.exec(request.url ?? '') ?? [];
    const documents = published.get(name);
    if (documents === undefined) return answer(response, { status: 404, body: '' });
    const url = urlOf(name);
    if (file === 'jwks.json') {
      return answer(response, documents.jwks?.(url) ?? json({ keys: documents.keys }));
    }
    asked.set(name, (asked.get(name) ?? 0) + 1);
    const sound = json({ issuer: url, jwks_uri: `${url}/.well-known/jwks.json` });
    return answer(response, documents.discovery?.(url) ?? sound);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const urlOf = (name: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/t/${name}`;
  return {
    publish(name, documents) {
      published.set(name, documents);
      return urlOf(name);
    },
    questions: (name) => asked.get(name) ?? 0,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function answer(response: ServerResponse, spoilt: Spoilt): void {
  if (spoilt === 'silent') return;
  if (spoilt === 'cut off') {
    response.destroy();
    return;
  }
  if (spoilt === 'drips' || spoilt === 'drips header') {
    drip(response, spoilt === 'drips header');
    return;
  }
  response.writeHead(spoilt.status ?? 200, { 'content-type': 'application/json', ...spoilt.headers });
  response.end(spoilt.body);
}

const DRIP_MS = 200;

function drip(response: ServerResponse, header: boolean): void {
  const { socket } = response;
  if (header) socket?.write('HTTP/1.1 200 OK\r\n');
  else response.write('{');
  const drops = setInterval(() => {
    if (header) socket?.write('X-More: more\r\n');
    else response.write(' ');
  }, DRIP_MS);
  socket?.on('error', () => undefined);
  socket?.once('close', () => clearInterval(drops));
}
