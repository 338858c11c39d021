/**
 * The broker's one route, `POST /keys/NAME/to/THUMBPRINT` with the body `{"enc": JWK}`, and its limits. Runs behind TLS in earnest.
 */
import { createServer } from 'node:http';
import { replyOf, TokenRefused } from 'assay/client';
import { AuditUnavailable } from './audit.mjs';
import { problemOf, Refused } from './refused.mjs';

const PATH = /^\/keys\/([a-z0-9][a-z0-9-]{0,63})\/to\/([A-Za-z0-9_-]{43})$/u;
const MAX_BODY = 4096;
/** Requests that are being decided. More than these would only wait, and take memory. */
const MAX_AT_ONCE = 200;
const JOSE = { 'content-type': 'application/jose', 'cache-control': 'no-store' };
/** Milliseconds within which a request has to arrive. */
const ARRIVED_WITHIN = 10_000;

/**
 * @param {object} options
 * @param {string} options.url where callers reach the broker, `http(s)://HOST[:PORT][/PATH]`: their proofs name it
 * @param {object} options.releaser from release.mjs
 * @param {(note: object) => void} options.log
 * @returns {import('node:http').Server & { unrecorded: Map<string, number> }} not listening yet; `unrecorded` counts, by code,
 *   refusals that left no line in the audit, those of strangers above all
 */
export function createBroker({ url, releaser, log }) {
  requireUrl(url);
  const unrecorded = new Map();
  let underWay = 0;

  async function answer(request) {
    const [, name, thumbprint] = PATH.exec(request.url) ?? [];
    if (request.method !== 'POST' || name === undefined) {
      throw new Refused('path_unknown', 'there is POST /keys/NAME/to/THUMBPRINT');
    }
    const body = await readBody(request);
    if (underWay >= MAX_AT_ONCE) throw new Refused('too_busy', 'too many requests are under way');
    // Never from the header Host: whoever relays a request chooses that.
    const shown = { method: 'POST', url: `${url}${request.url}`, headers: request.headersDistinct };
    underWay += 1;
    try {
      const jwe = await releaser.release({ name, thumbprint, body, request: shown });
      return { status: 200, headers: JOSE, body: jwe };
    } finally {
      underWay -= 1;
    }
  }

  function refusalOf(error) {
    const refused = error instanceof TokenRefused || error instanceof Refused;
    // A line in the log for each would let strangers fill the disk.
    if (refused && !error.recorded) unrecorded.set(error.code, (unrecorded.get(error.code) ?? 0) + 1);
    if (refused) return error instanceof Refused ? problemOf(error) : replyOf(error);
    log({ event: 'fault', detail: error.message, cause: error.cause?.message ?? null });
    if (error instanceof AuditUnavailable)
      return problemOf({ code: 'audit_unavailable', message: error.message });
    return problemOf({ code: 'fault', message: 'the broker could not decide' });
  }

  const server = createServer({ maxHeaderSize: 32 * 1024 }, async (request, response) => {
    const { status, headers, body } = await answer(request).catch(refusalOf);
    // What was not read of a request that is too long would come as the next one.
    const ending = request.complete ? {} : { connection: 'close' };
    response.writeHead(status, { ...headers, ...ending }).end(body);
  });
  server.headersTimeout = ARRIVED_WITHIN;
  server.requestTimeout = ARRIVED_WITHIN;
  return Object.assign(server, { unrecorded });
}

/** As proofs name it. The path of a request is added to it: behind a query it would be a part of that, which no proof covers. */
function requireUrl(url) {
  const { protocol, origin, pathname } = URL.canParse(url) ? new URL(url) : {};
  const isWeb = protocol === 'https:' || protocol === 'http:';
  if (!isWeb || url !== `${origin}${pathname.replace(/\/$/u, '')}`)
    throw new Error(
      'the URL of the broker is http(s)://HOST[:PORT][/PATH], without user, query, fragment or slash at the end',
    );
}

async function readBody(request) {
  const chunks = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += chunk.length;
      if (length > MAX_BODY) throw new Refused('body_too_large', `the body has more than ${MAX_BODY} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused('request_unfinished', 'the connection ended within the request');
  }
  return Buffer.concat(chunks);
}
