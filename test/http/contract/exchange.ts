/** One request and its reply, as they went over the wire, held to the API description. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { ResponseObject } from '../../../src/http/openapi/document.js';
import { mediaTypeOf } from './media-type.js';
import { type Found, findOperation, WHOLE } from './operations.js';
import { placeOf, requestFaults } from './request.js';
import { compileSchemas } from './schemas.js';

export interface Exchange {
  readonly method: string;
  /** As sent. */
  readonly url: string;
  readonly requestHeaders: IncomingHttpHeaders;
  readonly requestBody: Buffer;
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

export const SCHEMAS = compileSchemas(WHOLE);

/** Of the connection, or of every reply alike (helmet): the description leaves them out. */
const FRAME = new Set([
  'content-type',
  'content-length',
  'connection',
  'date',
  'content-security-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'origin-agent-cluster',
  'referrer-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-dns-prefetch-control',
  'x-download-options',
  'x-frame-options',
  'x-permitted-cross-domain-policies',
  'x-xss-protection',
]);

/** Refusals that come before there is an operation; the introduction of the description names the first two. */
const WITHOUT_OPERATION: Readonly<Record<number, readonly string[]>> = {
  404: ['not_found'],
  405: ['method_not_allowed'],
  429: ['rate_limited'],
  500: ['internal_error'],
  503: ['database_unavailable'],
};

/** What of the exchange the description does not allow, naming route, status and place. */
export function exchangeFaults(exchange: Exchange): readonly string[] {
  const [path = ''] = exchange.url.split('?');
  const found = findOperation(exchange.method, path);
  return faultsOf(exchange, found).map((fault) => `${found.name} → ${exchange.status}: ${fault}`);
}

/** A body that is not even JSON, or a schema that cannot be compiled, must not keep the client from its reply. */
function faultsOf(exchange: Exchange, found: Found): readonly string[] {
  try {
    return found.kind === 'operation'
      ? operationFaults(exchange, found)
      : problemFaults(exchange, found.kind);
  } catch (error) {
    return [`cannot be judged: ${String(error)}`];
  }
}

function operationFaults(
  exchange: Exchange,
  { operation, params }: Extract<Found, { kind: 'operation' }>,
): readonly string[] {
  const { status } = exchange;
  const listed = operation.responses[status];
  if (listed === undefined) return ['the status is not listed'];
  const place =
    '$ref' in listed ? listed.$ref.slice(2).split('/') : [...placeOf(operation), 'responses', String(status)];
  const response = at(place) as ResponseObject;
  return [
    ...headerFaults(exchange, response),
    ...bodyFaults(exchange, response, place),
    ...(status < 300 ? requestFaults(SCHEMAS, exchange, operation, params) : []),
  ];
}

function at(place: readonly string[]): unknown {
  return place.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], WHOLE);
}

function headerFaults({ headers }: Exchange, response: ResponseObject): readonly string[] {
  const described = Object.keys(response.headers ?? {});
  const known = new Set([...FRAME, ...described.map((name) => name.toLowerCase())]);
  const surplus = Object.keys(headers).filter((name) => !known.has(name.toLowerCase()));
  return [
    ...surplus.map((name) => `the header ${name} is not listed`),
    ...described.flatMap((name) => oneHeaderFaults(name, headers[name.toLowerCase()])),
  ];
}

function oneHeaderFaults(name: string, value: OutgoingHttpHeaders[string]): readonly string[] {
  const header = WHOLE.components.headers[name];
  if (header === undefined) return [`the header ${name} is described nowhere`];
  if (value === undefined) return header.required ? [`the header ${name} is missing`] : [];
  const typed = header.schema.type === 'integer' ? Number(value) : String(value);
  const faults = SCHEMAS.faults(['components', 'headers', name, 'schema'], typed);
  return faults.map((fault) => `the header ${name}: ${fault}`);
}

function bodyFaults(
  { method, headers, body }: Exchange,
  { content }: ResponseObject,
  place: readonly string[],
): readonly string[] {
  const type = mediaTypeOf(headers['content-type']);
  if (content === undefined) {
    return body.length === 0 && type === '' ? [] : [`there is a body (${type}), and none is listed`];
  }
  if (content[type] === undefined) return [`the content type ${JSON.stringify(type)} is not listed`];
  if (method === 'HEAD') return body.length === 0 ? [] : ['HEAD has a body'];
  const text = body.toString('utf8');
  const value = /[/+]json$/.test(type) ? (JSON.parse(text) as unknown) : text;
  return SCHEMAS.faults([...place, 'content', type, 'schema'], value);
}

function problemFaults(exchange: Exchange, kind: 'other method' | 'no path'): readonly string[] {
  const { status, headers, body } = exchange;
  const codes = WITHOUT_OPERATION[status];
  if (codes === undefined || (kind === 'other method' && status === 404)) {
    return [`there is no such operation (${kind})`];
  }
  if ((status === 405) !== (headers.allow !== undefined)) return ['the header Allow belongs to 405'];
  if (exchange.method === 'HEAD') return [];
  const problem = JSON.parse(body.toString('utf8')) as { readonly code?: string };
  const code = codes.includes(problem.code ?? '') ? [] : [`the code ${problem.code} is not one of ${codes}`];
  return [...code, ...SCHEMAS.faults(['components', 'schemas', 'Problem'], problem)];
}
