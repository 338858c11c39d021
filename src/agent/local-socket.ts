/**
 * A Unix socket of mode 0600 that speaks HTTP. `GET /token` gives the token; `POST /proof` with method and URL gives
 * the token and a DPoP proof for that request, so that the key stays in the agent.
 */
import { lchownSync } from 'node:fs';
import { lstat, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { parseJsonObject } from '../bytes/json.js';
import { reasonOf, systemCodeOf } from '../platform/file-access.js';
import { RefusalError } from '../rats/refusal.js';
import type { JsonObject } from '../rats/result.js';
import type { AgentOptions } from './arguments.js';
import { failUsage } from './ending.js';
import type { HeldToken } from './held-token.js';
import type { PrivateKey } from './private-key.js';
import { proofTarget, signProof } from './proof.js';

export interface SocketOptions {
  readonly path: string;
  readonly owner: AgentOptions['owner'];
  /** Null: the agent holds none, and can prove nothing. */
  readonly key: PrivateKey | null;
  /** The token of now; null when there is none that still lives. */
  readonly token: () => HeldToken | null;
  readonly now: () => Date;
}

export interface LocalSocket {
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: JsonObject;
}

/** sun_path of unix(7), less its end. Node cuts what is longer short and listens elsewhere. */
const LONGEST_PATH = 107;
/** stat(2): S_ISVTX, which Node does not name. */
const STICKY = 0o1000;
const LONGEST_BODY = 8 * 1024;
/** Milliseconds that a request may take to arrive. */
const ARRIVED_WITHIN = 30_000;

/** Listens; throws AgentFailed (usage) when another agent does, or when something else lies there. */
export async function openSocket(options: SocketOptions): Promise<LocalSocket> {
  const { path, owner } = options;
  if (Buffer.byteLength(path) > LONGEST_PATH)
    failUsage(`--socket takes a path of at most ${LONGEST_PATH} bytes`);
  if (owner !== null) await requireOwnFolder(path);
  await clear(path);
  const server = createServer((request, response) => {
    answer(request, options).then(
      (reply) => send(response, reply),
      // Only the connection can fail here: whoever asked is gone.
      () => response.destroy(),
    );
  });
  server.requestTimeout = ARRIVED_WITHIN;
  server.headersTimeout = ARRIVED_WITHIN;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // The socket comes into being with these rights: there is no moment at which others may connect.
      const before = process.umask(0o177);
      try {
        server.listen(path, resolve);
      } finally {
        process.umask(before);
      }
    });
    if (owner !== null) lchownSync(path, owner.uid, owner.gid);
  } catch (error) {
    server.close();
    return failUsage(`no socket can be made at ${path}: ${reasonOf(error)}`);
  }
  return {
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * What is given away is whatever bears the name at that moment: nobody else may be able to put another file there. In a folder
 * with the sticky bit, others can add names and not take ours.
 */
async function requireOwnFolder(path: string): Promise<void> {
  const folder = dirname(path);
  const { mode } = await stat(folder).catch((error: unknown) =>
    failUsage(`no socket can be made at ${path}: ${reasonOf(error)}`),
  );
  if ((mode & 0o022) !== 0 && (mode & STICKY) === 0) {
    failUsage(`others may write to ${folder}: give --socket a path in a folder of the agent's own user`);
  }
}

/** Takes away a socket that nobody listens at: the agent before this one was killed. */
async function clear(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return null;
    return failUsage(`${path} cannot be looked at: ${reasonOf(error)}`);
  });
  if (found === null) return;
  if (!found.isSocket()) failUsage(`${path} is there and is no socket`);
  if (await isAnswered(path)) failUsage(`another agent listens at ${path}`);
  await rm(path, { force: true });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    }).on('error', (error) => resolve(systemCodeOf(error) !== 'ECONNREFUSED'));
  });
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      connection: 'close',
    })
    .end(JSON.stringify(body));
}

function refusal(status: number, code: string, detail: string): Reply {
  return { status, body: { code, detail } };
}

async function answer(request: IncomingMessage, options: SocketOptions): Promise<Reply> {
  const { method, url } = request;
  if (url === '/token') {
    return method === 'GET' ? tokenReply(options) : refusal(405, 'wrong_method', 'Ask with GET.');
  }
  if (url === '/proof') {
    return method === 'POST'
      ? proofReply(await readBody(request), options)
      : refusal(405, 'wrong_method', 'Ask with POST.');
  }
  return refusal(404, 'no_such_path', 'There are GET /token and POST /proof.');
}

function noToken(): Reply {
  return refusal(503, 'no_token', 'There is no token now; the agent’s log says why.');
}

function membersOf({ token, tokenType, expiresAt }: HeldToken): JsonObject {
  return { token, token_type: tokenType, expires_at: expiresAt.toISOString() };
}

function tokenReply({ token }: SocketOptions): Reply {
  const held = token();
  return held === null ? noToken() : { status: 200, body: membersOf(held) };
}

/** Token and proof come together: a proof is for one token, which may be renewed before the next request. */
async function proofReply(body: JsonObject | null, { key, token, now }: SocketOptions): Promise<Reply> {
  if (key === null)
    return refusal(404, 'no_key', 'The agent holds no key that the token is bound to: it can prove nothing.');
  const { method, url, ...rest } = body ?? {};
  if (typeof method !== 'string' || typeof url !== 'string' || Object.keys(rest).length > 0) {
    return refusal(400, 'unclear_request', 'The body is {"method": "POST", "url": "https://…"}.');
  }
  const target = proofTarget({ method, url });
  if (target === null) {
    return refusal(400, 'unclear_request', 'The method is in capitals, the URL https without a user.');
  }
  const held = token();
  if (held === null) return noToken();
  const proof = await signProof({ key, target, token: held.token, at: now() });
  return { status: 200, body: { ...membersOf(held), proof } };
}

/** A strict JSON object; null for anything else. */
async function readBody(request: IncomingMessage): Promise<JsonObject | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > LONGEST_BODY) return null;
    chunks.push(bytes);
  }
  try {
    return parseJsonObject(Buffer.concat(chunks));
  } catch (error) {
    if (error instanceof RefusalError) return null;
    throw error;
  }
}
