/**
 * What a route is: data that the application mounts, the API description prints and the tests walk through,
 * and one function.
 */
import type { z } from 'zod';
import type { Caller } from '../identity/roles.js';
import type { RefusalCode } from '../rats/refusal.js';
import type { JsonObject } from '../rats/result.js';
import type { Role } from '../verifier/key-ports.js';
import type { Aside, Tenant } from '../verifier/ports.js';
import type { HttpParts } from './parts.js';

export const JSON_TYPE = 'application/json';
export const HTML_TYPE = 'text/html';
export const TEXT_TYPE = 'text/plain';
export const BYTES_TYPE = 'application/octet-stream';
export const TAR_TYPE = 'application/x-tar';
export const TOKEN_TYPES = ['application/eat+jwt', 'application/jwt'] as const;

/** One way to send a body. */
export interface BodyForm {
  readonly mediaType: string;
  readonly maxBytes: number;
  /** Null: bytes that are no JSON. */
  readonly schema: z.ZodType | null;
  readonly description?: string;
}

export interface ReceivedBody {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface Call {
  readonly tenant: Tenant;
  /** Null only on routes that are open to anybody. */
  readonly caller: Caller | null;
  readonly requestId: string;
  readonly params: Readonly<Record<string, string>>;
  /** As sent, each name once. */
  readonly query: Readonly<Record<string, string>>;
  /** Null when the route takes none, or an optional one was not sent. */
  readonly body: ReceivedBody | null;
  /** For what waits for others: leaves the place at the gate meanwhile, where there is one. */
  readonly aside: Aside;
  header(name: string): string | undefined;
  /** The media type that the client likes best, of those offered; the first when it likes none. */
  prefers(offered: readonly string[]): string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON object, or text or bytes of another media type. */
  readonly content:
    | { readonly json: JsonObject }
    | { readonly text: string; readonly type: string }
    | { readonly bytes: Uint8Array; readonly type: string };
}

/** Headers that some replies have and others do not; openapi/headers.ts says what they mean. */
export type ReplyHeader = 'Cache-Control' | 'ETag' | 'Vary';

/** One status of a route as the API description shows it. */
export interface ReplyForm {
  readonly description: string;
  /** Of the JSON; null: there is none. */
  readonly schema: z.ZodType | null;
  /** Media types of the same thing as text; without these and a schema there is no body. */
  readonly text?: readonly string[];
  /** Media type of bytes that are no text. */
  readonly bytes?: string;
  /** Headers that are always there, besides those of every reply. */
  readonly headers?: readonly ReplyHeader[];
}

export interface Route {
  /** operationId of the API description. */
  readonly id: string;
  readonly tag: string;
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** Under the issuer, parameters in braces. */
  readonly path: string;
  /** `anybody`, or the roles besides admin that may. */
  readonly access: 'anybody' | readonly Role[];
  readonly summary: string;
  /** More than the summary says, for readers of the API description; backticks mark code. */
  readonly description?: string;
  readonly bodies?: readonly BodyForm[];
  /** A body may be left out. */
  readonly bodyOptional?: boolean;
  readonly query?: z.ZodObject;
  /** Under overload: `verifies` takes a place at the gate, what leads to it is refused before. */
  readonly load?: 'verifies' | 'leads-to-verification';
  /** Seconds from a complete request to its reply, where the usual bound is too tight. */
  readonly replyWithin?: number;
  /** Honours Idempotency-Key. */
  readonly creates?: boolean;
  /** Only directly under ASSAY_ISSUER, for the whole service rather than for one tenant. */
  readonly wholeService?: boolean;
  /** Asked again and again by machines that watch this process: never counted, and answered without the database. */
  readonly probe?: boolean;
  readonly replies: Readonly<Record<number, ReplyForm>>;
  /** Codes that are this route's own; those of every route are added by whoever prints them. */
  readonly refuses: readonly RefusalCode[];
  handle(parts: HttpParts, call: Call): Promise<Reply>;
}

export function json(status: number, value: JsonObject, headers?: Readonly<Record<string, string>>): Reply {
  return { status, content: { json: value }, ...(headers === undefined ? {} : { headers }) };
}

/** Parameter names of a path, in order. */
export function parametersOf(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
}
