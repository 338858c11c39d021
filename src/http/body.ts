/** Request bodies: media type, size and time before content; then strict JSON; then the schema. */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { bytesOfBase64 } from '../bytes/encoding.js';
import { parseJson } from '../bytes/json.js';
import { refuse } from '../rats/refusal.js';
import type { JsonValue } from '../rats/result.js';
import { schemaWords } from '../rats/schema-words.js';
import { type BodyForm, type Call, JSON_TYPE, type ReceivedBody, type Route } from './route.js';

/** Read and thrown away after the limit, so that a client in good faith gets to read the refusal. */
const MAX_DRAINED_BYTES = 4 * 1024 * 1024;

/** The body in one of the route's forms; null when it takes none, or an optional one is absent. */
export async function receiveBody(request: IncomingMessage, route: Route): Promise<ReceivedBody | null> {
  const forms = route.bodies ?? [];
  if (forms.length === 0) return null;
  if (route.bodyOptional === true && !announcesBody(request)) return null;
  const form = requireForm(request, forms);
  return { mediaType: form.mediaType, bytes: await readBytes(request, form.maxBytes) };
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

async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // The socket is still needed for the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const bytes = Buffer.from(chunk);
      length += bytes.length;
      if (length <= maxBytes) chunks.push(bytes);
      else chunks.length = 0;
      if (length > maxBytes + MAX_DRAINED_BYTES) break;
    }
  } catch {
    // The client went away; nobody reads the answer, and it is no fault of ours.
    refuse('request_invalid', 'request', 'The body ended before it was complete.');
  }
  if (length > maxBytes) {
    refuse(
      'evidence_too_large',
      'request',
      `The body is larger than the ${maxBytes} bytes that this route reads.`,
    );
  }
  return Uint8Array.from(Buffer.concat(chunks));
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
    const names = unknown.keys.map((name) => JSON.stringify(name.slice(0, 64))).join(', ');
    return refuse('member_unknown', 'request', `${placeOf(unknown.path)} has no member ${names}.`);
  }
  const [first] = result.error.issues;
  return refuse(
    'request_invalid',
    'request',
    `${placeOf(first?.path ?? [])} ${first?.message ?? 'is not valid'}.`,
  );
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'The request' : `\`${path.map(String).join('.').slice(0, 256)}\``;
}

/** Bytes of a JSON member. Refuses `evidence_encoding_invalid`, naming the member. */
export function bytesOfMember(text: string, member: string): Uint8Array {
  return (
    bytesOfBase64(text) ??
    refuse(
      'evidence_encoding_invalid',
      'parse',
      `\`${member}\` is neither base64url without padding nor standard base64 with padding.`,
    )
  );
}

/** A JSON body of a schema, of at most so many bytes. */
export function jsonForm(schema: z.ZodType, maxBytes: number): BodyForm {
  return { mediaType: JSON_TYPE, maxBytes, schema };
}

/** For acts that need no word: nothing, or an empty object. */
export const NO_MEMBERS = z.strictObject({});
