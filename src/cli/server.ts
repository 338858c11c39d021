/** A running service, as commands see it: JSON in and out under an issuer, problems told in words. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { reasonOf, systemCodeOf } from '../platform/file-access.js';
import type { JsonObject, JsonValue } from '../rats/result.js';
import { CommandFailed, EXIT, UsageMistake } from './exit.js';
import { rowsOf } from './print.js';
import type { Terminal } from './terminal.js';

export interface ServerFlags {
  readonly server?: string;
  readonly key?: string;
}

/** Adds `--server` and `--key` to a command that talks to a running service. */
export function withServer(command: Command): Command {
  return command
    .option('--server <url>', 'issuer to talk to (default: ASSAY_SERVER, else http://localhost:8080)')
    .addOption(new Option('--key <key>', 'API key (default: ASSAY_API_KEY, else the file ./data/admin-key)'));
}

export interface ServerRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Under the issuer, `/v1/…`. */
  readonly path: string;
  readonly json?: JsonValue;
  readonly tar?: Uint8Array;
}

export interface Server {
  /** The reply's JSON. Anything but success ends the command, in the words of the problem document. */
  call(request: ServerRequest): Promise<JsonObject>;
  /** The reply's bytes, where success is not JSON. */
  download(request: ServerRequest): Promise<Uint8Array>;
}

export async function serverOf(flags: ServerFlags, terminal: Terminal): Promise<Server> {
  const base = (flags.server ?? (terminal.env.ASSAY_SERVER || 'http://localhost:8080')).replace(/\/+$/u, '');
  if (!URL.canParse(base)) throw new UsageMistake(`--server takes a URL, and ${base} is none.`);
  const key = flags.key ?? (terminal.env.ASSAY_API_KEY || (await adminKey(terminal)));
  return {
    call: async (request) => jsonOf(await callServer(base, key, request), base),
    download: async (request) => new Uint8Array(await (await callServer(base, key, request)).arrayBuffer()),
  };
}

/** All items of a list, page by page. `path` has no query but what filters. */
export async function itemsOf(server: Server, path: string): Promise<readonly JsonObject[]> {
  const items: JsonObject[] = [];
  let cursor: JsonValue | undefined;
  do {
    const query = `limit=200${typeof cursor === 'string' ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
    const page = await server.call({
      method: 'GET',
      path: `${path}${path.includes('?') ? '&' : '?'}${query}`,
    });
    items.push(...rowsOf(page.items));
    cursor = page.next_cursor;
  } while (typeof cursor === 'string');
  return items;
}

async function adminKey(terminal: Terminal): Promise<string> {
  const path = join(terminal.env.ASSAY_DATA_DIR || './data', 'admin-key');
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new UsageMistake(
      `This needs an API key: give --key or ASSAY_API_KEY (${path} cannot be read: ${reasonOf(error)}).`,
    );
  }
}

/** A success; anything else is told in the words of the problem document. */
async function callServer(base: string, key: string, request: ServerRequest): Promise<Response> {
  const { method, path, json, tar } = request;
  let response: Response;
  try {
    response = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        accept: 'application/json',
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(tar === undefined ? {} : { 'content-type': 'application/x-tar' }),
      },
      // An import is not cut short by a server that verifies many documents.
      signal: AbortSignal.timeout(120_000),
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(tar === undefined ? {} : { body: tar }),
    });
  } catch (error) {
    throw new CommandFailed(`${base} does not answer (${causeOf(error)}). Is it running?`, EXIT.undecided);
  }
  if (response.ok) return response;
  const problem = await jsonOf(response, base);
  throw new CommandFailed(problemInWords(response.status, problem), exitCodeOfStatus(response.status));
}

async function jsonOf(response: Response, base: string): Promise<JsonObject> {
  const text = await response.text();
  if (text === '' && response.ok) return {};
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as JsonObject;
  } catch {
    // Said below: whatever answers there is not this service.
  }
  throw new CommandFailed(
    `${base} answered ${response.status} with something that is not JSON.`,
    EXIT.undecided,
  );
}

/** `code: detail`, and the request's id for whoever reads the log. */
function problemInWords(status: number, problem: JsonObject): string {
  const { code, title, detail, request_id: id } = problem;
  const what = typeof code === 'string' ? code : `HTTP ${status}`;
  const words = typeof detail === 'string' ? detail : typeof title === 'string' ? title : 'no reason given';
  return `${what}: ${words}${typeof id === 'string' ? ` (request ${id})` : ''}`;
}

function exitCodeOfStatus(status: number): 1 | 2 | 4 {
  if (status >= 500 || status === 429) return EXIT.undecided;
  return [400, 413, 415].includes(status) ? EXIT.usage : EXIT.refused;
}

/** fetch hides the system's code in `cause`. */
function causeOf(error: unknown): string {
  const code =
    typeof error === 'object' && error !== null && 'cause' in error ? systemCodeOf(error.cause) : null;
  return code ?? String(error);
}
