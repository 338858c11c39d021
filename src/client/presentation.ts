/** Token and proof in the header of a request (RFC 9449, section 7.1; RFC 6750, section 2.1). */
import { refuseToken } from './refused.js';

/**
 * Of `fetch`, or of Node's server: `request.headersDistinct`, whose lists show what came twice; in `request.headers` a
 * second `Authorization` has vanished.
 */
export type RequestHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Presented {
  readonly scheme: 'dpop' | 'bearer';
  readonly token: string;
  /** Null: no header `DPoP`. */
  readonly proof: string | null;
}

/** RFC 9110, section 11.4: a scheme, blanks, and the characters of a token68. */
const CREDENTIALS = /^(?<scheme>dpop|bearer) +(?<token>[A-Za-z0-9._~+/-]+=*)$/i;

/** Throws TokenRefused: nothing there, or more than once. */
export function presentedIn(headers: RequestHeaders): Presented {
  const authorization = onlyOne(headers, 'authorization');
  if (authorization === null) return refuseAbsence('The request has no header Authorization.');
  const { scheme, token } = CREDENTIALS.exec(authorization)?.groups ?? {};
  if (scheme === undefined || token === undefined) {
    return refuseAbsence('The header Authorization holds no token of the scheme DPoP or Bearer.');
  }
  const proof = onlyOne(headers, 'dpop');
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', token, proof };
}

function onlyOne(headers: RequestHeaders, name: string): string | null {
  const [value, ...more] = valuesOf(headers, name);
  // `fetch` joins what came twice, and neither a token nor a proof has a comma.
  if (more.length > 0 || value?.includes(',')) {
    refuseRequest(`The request has more than one header ${name}.`);
  }
  return value ?? null;
}

function valuesOf(headers: RequestHeaders, name: string): readonly string[] {
  if (headers instanceof Headers) {
    const value = headers.get(name);
    return value === null ? [] : [value];
  }
  return Object.entries(headers).flatMap(([key, value]) =>
    key.toLowerCase() === name && value !== undefined ? [value].flat() : [],
  );
}

/** A request that two readers could take for two. */
export function refuseRequest(detail: string): never {
  return refuseToken('request_unclear', detail);
}

function refuseAbsence(detail: string): never {
  return refuseToken('token_missing', detail);
}
