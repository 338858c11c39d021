/** The served document, asked for over a connection that is open: one request, no redirect, bounded, read strictly. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { parseJsonObject } from '../../bytes/json.js';
import { ENDPOINT_PATH, ENDPOINT_TYPE, ENDPOINT_VERSION } from '../../rats/endpoint-document.js';
import { RefusalError } from '../../rats/refusal.js';
import type { JsonObject } from '../../rats/result.js';
import { refuseToken, TokenRefused } from '../refused.js';
import { refuseSlow } from './connection.js';
import type { EndpointLimits } from './limits.js';

/** The token in it. Throws TokenRefused: `endpoint_document_invalid`, `endpoint_slow`. The connection serves nothing else. */
export async function fetchDocument(
  socket: TLSSocket,
  host: string,
  limits: Pick<EndpointLimits, 'document' | 'documentBytes' | 'headerBytes'>,
): Promise<string> {
  const signal = AbortSignal.timeout(limits.document);
  try {
    const answer = await answerOver(socket, { host, signal, maxHeaderSize: limits.headerBytes });
    requireDocument(answer);
    return tokenIn(await readBounded(answer, limits.documentBytes));
  } catch (error) {
    if (error instanceof TokenRefused) throw error;
    if (signal.aborted) return refuseSlow('The endpoint did not send its document in time.');
    return refuseDocument('the endpoint does not answer in HTTP, or breaks off');
  } finally {
    socket.destroy();
  }
}

interface Asking {
  readonly host: string;
  readonly signal: AbortSignal;
  readonly maxHeaderSize: number;
}

function answerOver(socket: TLSSocket, { host, signal, maxHeaderSize }: Asking): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      // Without an agent: what comes over another connection would be somebody else's word.
      createConnection: () => socket,
      method: 'GET',
      path: ENDPOINT_PATH,
      headers: { host, accept: ENDPOINT_TYPE, 'accept-encoding': 'identity', connection: 'close' },
      ...{ signal, maxHeaderSize },
    });
    request.once('response', resolve).on('error', reject);
    // Status 101 ends a request without an answer and without an error.
    request.once('close', () => reject(new Error('closed without an answer'))).end();
  });
}

function requireDocument({ statusCode, headers }: IncomingMessage): void {
  if (statusCode !== 200) {
    refuseDocument(`it is not there (status ${statusCode}; redirects are not followed)`);
  }
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== ENDPOINT_TYPE) refuseDocument(`it does not come as ${ENDPOINT_TYPE}`);
  if (headers['content-encoding'] !== undefined)
    refuseDocument('it comes in an encoding that was not asked for');
}

async function readBounded(answer: IncomingMessage, limit: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) return refuseDocument(`it is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function tokenIn(bytes: Uint8Array): string {
  const { v, token, ...others } = objectOf(bytes);
  if (v !== ENDPOINT_VERSION || typeof token !== 'string' || Object.keys(others).length > 0) {
    return refuseDocument(`it is not {"v": ${ENDPOINT_VERSION}, "token": "…"}`);
  }
  return token;
}

function objectOf(bytes: Uint8Array): JsonObject {
  try {
    return parseJsonObject(bytes);
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    return refuseDocument('it is not one sound JSON object');
  }
}

function refuseDocument(why: string): never {
  return refuseToken(
    'endpoint_document_invalid',
    `The document under ${ENDPOINT_PATH} cannot be read: ${why}.`,
  );
}
