/** One request passed on to what stands behind the proxy, and its reply back, both as they stream. */
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TokenRefused } from '../refused.js';
import type { ProxyLimits } from './limits.js';
import { replyHeaders, requestHeaders } from './passed-headers.js';

export interface Forwarding {
  /** What stands behind; its path is put before that of the request. */
  readonly upstream: URL;
  /** Path and query. */
  readonly target: string;
  readonly token: string;
  readonly limits: ProxyLimits;
}

/** The caller hung up, or has got a part of a reply that does not go on: there is nothing to answer. */
export class CutOff extends Error {
  override readonly name = 'CutOff';
}

class UpstreamSilent extends Error {
  override readonly name = 'UpstreamSilent';
}

/**
 * Resolves when the reply has been passed on. Throws CutOff; before anything was answered also TokenRefused:
 * `body_too_large`, `upstream_unreachable`, `upstream_slow`.
 */
export async function forwardRequest(
  request: IncomingMessage,
  response: ServerResponse,
  forwarding: Forwarding,
): Promise<void> {
  const { limits } = forwarding;
  // While its token was looked at.
  if (response.destroyed) throw new CutOff('the caller hung up');
  if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes) throw tooLarge(limits);
  const outgoing = openRequest(request, forwarding);
  const hungUp = (): void => void outgoing.destroy(new CutOff('the caller hung up'));
  response.once('close', hungUp);
  sendBody(request, outgoing, limits);
  try {
    const answer = await answerTo(outgoing);
    const rest = request.complete ? {} : { connection: 'close' };
    response.writeHead(answer.statusCode ?? 502, { ...replyHeaders(answer), ...rest });
    // A reply that breaks off is cut off on this side too, lest its reader take it for whole.
    await pipeline(answer, response);
  } catch (error) {
    throw response.headersSent ? new CutOff('the reply broke off') : faultOf(error);
  } finally {
    response.off('close', hungUp);
    outgoing.destroy();
    // Read and thrown away, within the limits of a request: what follows on the connection is the next one.
    request.unpipe();
    request.resume();
  }
}

/**
 * The header of the answer. Errors are listened for to the end of the request: what stands behind need not read all of a
 * body before it answers, and behind the header, in one packet with it, may stand what is no HTTP. A request that is closed
 * without an answer switched protocols.
 */
function answerTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    outgoing.once('close', () => reject(new Error('closed without an answer')));
  });
}

function openRequest(
  request: IncomingMessage,
  { upstream, target, token, limits }: Forwarding,
): ClientRequest {
  const secure = upstream.protocol === 'https:';
  const outgoing = (secure ? httpsRequest : httpRequest)({
    // No connection serves two requests: what one leaves behind on it could be read as the answer to the next.
    agent: false,
    protocol: upstream.protocol,
    hostname: upstream.hostname.replace(/^\[|\]$/g, ''),
    port: upstream.port,
    method: request.method,
    path: `${upstream.pathname.replace(/\/$/, '')}${target}`,
    headers: requestHeaders(request, { token, host: upstream.host }),
    timeout: limits.silence,
    maxHeaderSize: limits.headerBytes,
  });
  outgoing.on('timeout', () => outgoing.destroy(new UpstreamSilent('no byte in time')));
  const late = setTimeout(
    () => outgoing.destroy(new UpstreamSilent('no connection in time')),
    limits.connect,
  );
  const begun = (): void => clearTimeout(late);
  outgoing.once('socket', (socket) => socket.once(secure ? 'secureConnect' : 'connect', begun));
  outgoing.once('close', begun);
  return outgoing;
}

/** The caller's connection outlives a body that cannot be sent, for the refusal to go over it. */
function sendBody(request: IncomingMessage, outgoing: ClientRequest, limits: ProxyLimits): void {
  const meter = bounded(limits);
  meter.on('error', (error) => outgoing.destroy(error));
  request.pipe(meter).pipe(outgoing);
}

/** Ends a body once it is longer than it may be: one in chunks does not say so before. */
function bounded(limits: ProxyLimits): Transform {
  let length = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      if (length > limits.bodyBytes) done(tooLarge(limits));
      else done(null, chunk);
    },
  });
}

function tooLarge({ bodyBytes }: ProxyLimits): TokenRefused {
  return new TokenRefused('body_too_large', `The proxy passes on bodies of up to ${bodyBytes} bytes.`);
}

/** Why no answer came. */
function faultOf(error: unknown): Error {
  if (error instanceof TokenRefused || error instanceof CutOff) return error;
  if (error instanceof UpstreamSilent) {
    return new TokenRefused('upstream_slow', 'What stands behind the proxy did not answer in time.');
  }
  return new TokenRefused('upstream_unreachable', 'What stands behind the proxy does not answer in HTTP.');
}
