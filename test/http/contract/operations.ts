/** Which operation of the API description a request is for. */

import type { ApiDocument, Operation } from '../../../src/http/openapi/document.js';
import { apiDescription } from '../../../src/http/openapi.js';
import { ROUTES } from '../../../src/http/routes.js';

/** What a service describes under its own issuer. */
export const WHOLE: ApiDocument = apiDescription(ROUTES, {
  version: '0.0.0',
  issuer: 'http://localhost:8080',
  words: 'The issuer of the tests',
});

const OAUTH_METADATA = '/.well-known/oauth-authorization-server';
const WHOLE_SERVICE = new Set(ROUTES.filter((route) => route.wholeService).map((route) => route.path));

export type Found =
  | {
      readonly kind: 'operation';
      readonly name: string;
      readonly operation: Operation;
      readonly params: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'other method' | 'no path'; readonly name: string };

/** `path` as sent, without its query and undecoded. HEAD is answered as GET is. */
export function findOperation(method: string, path: string): Found {
  const { tenant, rest } = underIssuer(path);
  const wanted = method === 'HEAD' ? 'get' : method.toLowerCase();
  for (const [template, methods] of Object.entries(WHOLE.paths)) {
    const params = matched(template, rest);
    if (params === null || (tenant && WHOLE_SERVICE.has(template))) continue;
    const operation = methods[wanted];
    const name = `${method} ${template}`;
    return operation === undefined
      ? { kind: 'other method', name }
      : { kind: 'operation', name, operation, params };
  }
  return { kind: 'no path', name: `${method} ${path}` };
}

/** Takes the prefix of a tenant off, and undoes what RFC 8414 does to one path. */
function underIssuer(path: string): { readonly tenant: boolean; readonly rest: string } {
  const ordered = path.startsWith(OAUTH_METADATA)
    ? `${path.slice(OAUTH_METADATA.length)}${OAUTH_METADATA}`
    : path;
  const rest = /^\/(?:simulated|t\/[a-z0-9][a-z0-9-]{0,39})(\/.*)$/.exec(ordered)?.[1];
  return rest === undefined ? { tenant: false, rest: ordered } : { tenant: true, rest };
}

function matched(template: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined && value !== '') params[name] = value;
    else if (part !== value) return null;
  }
  return params;
}
