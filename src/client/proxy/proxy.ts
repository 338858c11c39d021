/**
 * A small reverse proxy for brokers that only know bearer tokens. It demands token and proof as `assay/client` does, and
 * passes the request on with the token alone. It keeps nothing and caches nothing.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { requireBaseUrl } from '../base-url.js';
import { presentedIn } from '../presentation.js';
import { type RefusalReply, replyOf, TokenRefused } from '../refused.js';
import type { TokenVerifier } from '../token-verifier.js';
import { requireClearRequest } from './clear-request.js';
import { CutOff, forwardRequest } from './forward.js';
import { PROXY_LIMITS, type ProxyLimits } from './limits.js';

export interface ProxyOptions {
  readonly verifier: TokenVerifier;
  /** What stands behind: https, or http on loopback. */
  readonly upstream: string;
  /** Where callers reach the proxy, which their proofs name; null: where it listens. */
  readonly publicUrl: string | null;
  readonly listen: { readonly host: string; readonly port: number };
  readonly log: ProxyLog;
  readonly limits?: ProxyLimits;
}

export interface ProxyLog {
  info(fields: ProxyLogFields, message: string): void;
  error(fields: ProxyLogFields, message: string): void;
}

export type ProxyLogFields = Readonly<Record<string, string | number | null>>;

export interface RunningProxy {
  /** Where it listens. */
  readonly url: string;
  /** Takes nothing more, lets requests finish for a while, then cuts off. */
  close(): Promise<void>;
}

/** Milliseconds. */
const GRACE = 5_000;

/** Throws TypeError for addresses that cannot be meant, and what listening throws. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { listen, limits = PROXY_LIMITS } = options;
  const upstream = requireBaseUrl(options.upstream, 'upstream');
  if (options.publicUrl !== null) requireBaseUrl(options.publicUrl, 'publicUrl');
  const server = createServer({
    headersTimeout: limits.headers,
    requestTimeout: limits.request,
    connectionsCheckingInterval: limits.look,
    keepAliveTimeout: limits.keepAlive,
    maxHeaderSize: limits.headerBytes,
  });
  server.maxConnections = limits.connections;
  // Lines beyond Node's own count would be dropped without a word.
  server.maxHeadersCount = 0;
  server.setTimeout(limits.callerSilence);
  server.listen(listen);
  await once(server, 'listening');
  const url = urlOf(server);
  const unanswered = new Set<ServerResponse>();
  const pass = passing({ ...options, limits }, { upstream, publicUrl: options.publicUrl ?? url });
  const serve: Serve = (request, response) => {
    unanswered.add(response);
    response.once('close', () => unanswered.delete(response));
    pass(request, response);
  };
  server.on('request', serve);
  // The body is asked for once its sender has shown what it must.
  server.on('checkContinue', serve);
  server.on('checkExpectation', serve);
  return {
    url,
    async close() {
      // Their connections end with their answers, so that nobody sends another request on one.
      for (const response of unanswered) response.shouldKeepAlive = false;
      await closeServer(server);
    },
  };
}

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

function passing(
  { verifier, log, limits }: ProxyOptions & { readonly limits: ProxyLimits },
  { upstream, publicUrl }: { readonly upstream: URL; readonly publicUrl: string },
): Serve {
  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, path, target } = requireClearRequest(request, limits.headerLines);
    const { headersDistinct: headers } = request;
    await verifier.verifyRequest({ method, url: `${publicUrl}${path}`, headers });
    if (expects(request)) response.writeContinue();
    const { token } = presentedIn(headers);
    await forwardRequest(request, response, { upstream, target, token, limits });
  }

  return (request, response) => {
    const { method = '' } = request;
    pass(request, response).then(
      () => log.info({ method, status: response.statusCode, code: null }, 'passed on'),
      (error: unknown) => {
        if (error instanceof CutOff) {
          log.info({ method, why: error.message }, 'cut off');
          response.destroy();
        } else if (error instanceof TokenRefused) {
          log.info({ method, status: error.status, code: error.code, reason: error.reason }, 'refused');
          answer(response, replyOf(error), error.kind === 'request' || expects(request));
        } else {
          log.error({ method, fault: error instanceof Error ? error.name : typeof error }, 'fault');
          answer(response, FAULT, expects(request));
        }
      },
    );
  };
}

/** Particulars stay with whoever runs the proxy. */
const FAULT: RefusalReply = {
  status: 500,
  headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  body: '{"type":"about:blank","title":"Internal Server Error","status":500}\n',
};

/**
 * Its sender waits to be asked for the body, and may take the answer for leave to send something else in its place. Who speaks
 * HTTP/1.0 knows no such thing (RFC 9110, section 10.1.1).
 */
function expects({ headers, httpVersion }: IncomingMessage): boolean {
  return headers.expect !== undefined && httpVersion === '1.1';
}

/** What is left of a body is read and thrown away, so that the answer arrives; `last`: nothing more is read. */
function answer(response: ServerResponse, { status, headers, body }: RefusalReply, last: boolean): void {
  const close = last ? { connection: 'close' } : {};
  response.writeHead(status, { ...headers, ...close, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const cutOff = setTimeout(() => server.closeAllConnections(), GRACE);
  await closed;
  clearTimeout(cutOff);
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
