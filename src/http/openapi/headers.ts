/** Response headers of the API description. What guards browsers is the same everywhere and is not repeated. */
import type { ReplyHeader, Route } from '../route.js';

type Name =
  | ReplyHeader
  | 'X-Request-Id'
  | 'traceparent'
  | 'RateLimit'
  | 'RateLimit-Policy'
  | 'Retry-After'
  | 'WWW-Authenticate';

interface Meaning {
  readonly description: string;
  readonly pattern?: string;
  readonly integer?: true;
  /** Absent where the operator switched it off. */
  readonly optional?: true;
}

const MEANINGS: Readonly<Record<Name, Meaning>> = {
  'X-Request-Id': {
    description: 'The caller’s own, where it fits, otherwise a new one; it is in the log.',
    pattern: '^[A-Za-z0-9._-]{8,64}$',
  },
  traceparent: {
    description: 'W3C Trace Context; goes on with the caller’s trace.',
    pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$',
  },
  RateLimit: {
    description: 'Requests that the address has left, and seconds until they are renewed.',
    pattern: '^"address";r=\\d+;t=\\d+$',
    optional: true,
  },
  'RateLimit-Policy': {
    description: 'Requests an address may send in so many seconds.',
    pattern: '^"address";q=\\d+;w=\\d+$',
    optional: true,
  },
  'Cache-Control': { description: 'How long it may be kept.' },
  ETag: { description: 'For `If-None-Match` and `If-Match`.', pattern: '^"[\\w-]{22}"$' },
  Vary: { description: 'What the reply depends on.' },
  'Retry-After': { description: 'Seconds to wait.', integer: true },
  'WWW-Authenticate': { description: 'How to authenticate.', pattern: '^(?:Bearer|DPoP) ' },
};

/** An alias, because the generator's own type has an index signature, which an interface would not match. */
type HeaderForm = {
  description: string;
  required: boolean;
  schema: { type: 'string' | 'integer'; pattern?: string; minimum?: number };
};

/** Every header once, by name; replies refer to them. */
export function headerComponents(): readonly (readonly [string, HeaderForm])[] {
  return Object.entries(MEANINGS).map(([name, { description, pattern, integer, optional }]) => [
    name,
    {
      description,
      required: optional !== true,
      schema: {
        ...(integer ? { type: 'integer', minimum: 1 } : { type: 'string' }),
        ...(pattern === undefined ? {} : { pattern }),
      },
    },
  ]);
}

/** By name, in the form that the generator takes. */
export type HeadersObject = Record<string, { $ref: string }>;

const ALWAYS: readonly Name[] = ['X-Request-Id', 'traceparent'];
const COUNTED: readonly Name[] = ['RateLimit', 'RateLimit-Policy'];

/** Headers of a reply that is no refusal. */
export function replyHeaders(route: Route, own: readonly ReplyHeader[]): HeadersObject {
  const live = route.path.startsWith('/v1/') || route.probe === true;
  return headersOf(route, [...own, ...(live ? (['Cache-Control'] as const) : [])]);
}

/** Headers of a refusal of this status. */
export function problemHeaders(route: Route, status: number): HeadersObject {
  return headersOf(route, [
    'Cache-Control',
    ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
    ...(status === 429 || status === 503 ? (['Retry-After'] as const) : []),
  ]);
}

function headersOf({ probe }: Route, names: readonly Name[]): HeadersObject {
  const all = new Set([...ALWAYS, ...(probe === true ? [] : COUNTED), ...names]);
  return Object.fromEntries([...all].map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
