/** Request bodies: media type, size and time before content; then strict JSON; then the schema. */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { bytesOfBase64 } from '../bytes/encoding.js';
import { parseJson } from '../bytes/json.js';
import { refuse } from '../rats/refusal.js';
import type { JsonObject, JsonValue } from '../rats/result.js';
import { schemaWords } from '../rats/schema-words.js';
import { refuseEncoding, refuseMember, refuseRequest, refuseSize } from '../rats/shared-refusals.js';
import type { BodyShare } from './body-budget.js';
import { type BodyForm, type Call, JSON_TYPE, type ReceivedBody, type Route } from './route.js';

/** Read and thrown away after the limit, so that a client in good faith gets to read the refusal. */
const MAX_DRAINED_BYTES = 4 * 1024 * 1024;
/** Of a body that a refusal did not wait for. */
const MAX_FORGOTTEN_BYTES = 256 * 1024;

/** Evidence of either kind and its certificates fit in; what is announced and not sent takes no more than this. */
const FIRST_BYTES = 16 * 1024;

/** Each piece costs as much as some thousand bytes do. Networks make them of a thousand bytes, nobody of a few. */
const FREE_PIECES = 1024;
const LEAST_PIECE = 64;

/** Unknown members that are called by name. */
const MAX_NAMED = 3;

/** The body in one of the route's forms; null when it takes none, or an optional one is absent. */
export async function receiveBody(
  request: IncomingMessage,
  route: Route,
  share: BodyShare,
): Promise<ReceivedBody | null> {
  const forms = route.bodies ?? [];
  if (forms.length === 0) return null;
  if (route.bodyOptional === true && !announcesBody(request)) return null;
  const form = requireForm(request, forms);
  return { mediaType: form.mediaType, bytes: await readBytes(request, form.maxBytes, share) };
}

function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function requireForm({ headers }: IncomingMessage, forms: readonly BodyForm[]): BodyForm {
  const { mediaType, charset } = parseContentType(headers['content-type'] ?? '');
  const offered = forms.map((form) => form.mediaType).join(' or ');
  const form = forms.find((known) => known.mediaType === mediaType);
  if (form === undefined) {
    const why =
      mediaType === 'application/cmw+json'
        ? 'Conceptual message wrappers are not supported yet'
        : 'This route does not read such a body';
    return refuse('media_type_unsupported', 'request', `${why}; send Content-Type: ${offered}.`);
  }
  const isText = form.mediaType === JSON_TYPE;
  if (isText && charset !== null && charset !== 'utf-8') {
    return refuse(
      'media_type_unsupported',
      'request',
      'JSON is read as UTF-8 and in no other character set.',
    );
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return refuse('media_type_unsupported', 'request', 'Compressed bodies are not read; send it as it is.');
  }
  return form;
}

function parseContentType(header: string): { readonly mediaType: string; readonly charset: string | null } {
  const [mediaType = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  return { mediaType, charset: charset?.slice('charset='.length).replaceAll('"', '') ?? null };
}

/** By events: an iterator over a body of one piece costs more than all else that is done with it. */
function readBytes(
  request: IncomingMessage,
  maxBytes: number,
  share: BodyShare,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const body = new BoundedBody(request, maxBytes, share);
    const settle = (conclude: () => void): void => {
      request.off('data', take).off('end', finish).off('close', breakOff).off('error', breakOff);
      try {
        conclude();
      } catch (error) {
        // The socket is still needed for the answer; what is worth waiting for flows by unread.
        if (leavesBodyUnread(request)) request.pause();
        reject(error);
      }
    };
    const finish = (): void => settle(() => resolve(body.bytes()));
    // The client went away; nobody reads the answer, and it is no fault of ours.
    const breakOff = (): void => settle(() => refuseRequest('The body ended before it was complete.'));
    const take = (chunk: Uint8Array): void => {
      try {
        if (body.take(chunk)) return;
        finish();
      } catch (error) {
        settle(() => {
          throw error;
        });
      }
    };
    request.on('data', take).once('end', finish).once('close', breakOff).on('error', breakOff);
    if (request.destroyed) breakOff();
  });
}

/** What has come of a body, within the bounds of its route. */
class BoundedBody {
  readonly #body: GrowingBody;
  #length = 0;
  #pieces = 0;

  constructor(
    request: IncomingMessage,
    private readonly maxBytes: number,
    share: BodyShare,
  ) {
    this.#body = new GrowingBody(Number(request.headers['content-length'] ?? FIRST_BYTES), maxBytes, share);
  }

  /** False: nothing that comes now is of use any more. */
  take(chunk: Uint8Array): boolean {
    this.#length += chunk.length;
    this.#pieces += 1;
    if (this.#pieces > FREE_PIECES + this.#length / LEAST_PIECE) {
      refuseRequest('The body comes in too many pieces of a few bytes.');
    }
    if (this.#length <= this.maxBytes) this.#body.append(chunk);
    else this.#body.forget();
    return this.#length <= this.maxBytes + MAX_DRAINED_BYTES;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    if (this.#length > this.maxBytes) {
      refuseSize('request', `The body is larger than the ${this.maxBytes} bytes that this route reads.`);
    }
    return this.#body.bytes();
  }
}

/** One stretch of memory: a list of pieces would cost a hundred times its bytes when each of them has one. */
class GrowingBody {
  #held: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(
    announced: number,
    private readonly maxBytes: number,
    private readonly share: BodyShare,
  ) {
    const size = Math.min(announced, FIRST_BYTES, maxBytes);
    share.take(size);
    this.#held = new Uint8Array(size);
  }

  append(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#held.length) {
      const size = Math.min(Math.max(2 * this.#held.length, needed), this.maxBytes);
      this.share.take(size - this.#held.length);
      const larger = new Uint8Array(size);
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(piece, this.#length);
    this.#length = needed;
  }

  forget(): void {
    this.#held = new Uint8Array(0);
    this.#length = 0;
    this.share.giveBack();
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#length === this.#held.length ? this.#held : this.#held.slice(0, this.#length);
  }
}

/**
 * Whether the connection must end with the reply because a body is left that is not worth reading. A short one is:
 * Node reads and forgets it by itself, whereas closing a connection with something unread on it resets it, and the
 * client may never see the reply.
 */
export function leavesBodyUnread({ complete, headers }: IncomingMessage): boolean {
  return !complete && !(Number(headers['content-length'] ?? Number.NaN) <= MAX_FORGOTTEN_BYTES);
}

/** The JSON of a body, not yet held to a schema. An absent optional body is an empty object. */
export function jsonOf({ body }: Call): JsonValue {
  return body === null ? {} : parseJson(body.bytes);
}

/** Refuses `member_unknown` where a member does not exist, otherwise `request_invalid`, naming the place. */
export function conform<Schema extends z.ZodType>(value: unknown, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(value, { error: schemaWords });
  if (result.success) return result.data;
  const unknown = result.error.issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown !== undefined) {
    const names = unknown.keys
      .slice(0, MAX_NAMED)
      .map((name) => JSON.stringify(name.slice(0, 64)))
      .join(', ');
    return refuseMember('request', `${placeOf(unknown.path)} has no member ${names}.`);
  }
  const [first] = result.error.issues;
  return refuseRequest(`${placeOf(first?.path ?? [])} ${first?.message ?? 'is not valid'}.`);
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'The request' : `\`${path.map(String).join('.').slice(0, 256)}\``;
}

/** Bytes of a JSON member. Refuses `evidence_encoding_invalid`, naming the member. */
export function bytesOfMember(text: string, member: string): Uint8Array {
  return (
    bytesOfBase64(text) ??
    refuseEncoding(`\`${member}\` is neither base64url without padding nor standard base64 with padding.`)
  );
}

/**
 * An object inside of a body, as it came: for documents that somebody else judges. (A schema that takes any member leaves
 * one called `__proto__` out of what it returns.) Null: there is no such object.
 */
export function objectMember(value: JsonValue, name: string): JsonObject | null {
  if (!isObject(value) || !Object.hasOwn(value, name)) return null;
  const member = value[name];
  return member !== undefined && isObject(member) ? member : null;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON body of a schema, of at most so many bytes. */
export function jsonForm(schema: z.ZodType, maxBytes: number): BodyForm {
  return { mediaType: JSON_TYPE, maxBytes, schema };
}

/** For acts that need no word: nothing, or an empty object. */
export const NO_MEMBERS = z.strictObject({});
