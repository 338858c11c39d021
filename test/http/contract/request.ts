/** An accepted request held to the API description: what the service takes, the description must allow. */
import type { Operation, Parameter } from '../../../src/http/openapi/document.js';
import type { Exchange } from './exchange.js';
import { mediaTypeOf } from './media-type.js';
import { WHOLE } from './operations.js';
import type { Schemas } from './schemas.js';

/** Faults of an exchange that succeeded. `params` are those of the path. */
export function requestFaults(
  schemas: Schemas,
  exchange: Exchange,
  operation: Operation,
  params: Readonly<Record<string, string>>,
): readonly string[] {
  return [
    ...parameterFaults(schemas, exchange, operation, params),
    ...credentialFaults(exchange, operation),
    ...requestBodyFaults(schemas, exchange, operation),
  ];
}

function parameterFaults(
  schemas: Schemas,
  { url, requestHeaders }: Exchange,
  operation: Operation,
  params: Readonly<Record<string, string>>,
): readonly string[] {
  const [, ...rest] = url.split('?');
  const query = Object.fromEntries(new URLSearchParams(rest.join('?')));
  const listed = operation.parameters ?? [];
  const known = listed.filter(({ in: where }) => where === 'query').map(({ name }) => name);
  const surplus = Object.keys(query).filter((name) => !known.includes(name));
  const sentFor = ({ name, in: where }: Parameter): unknown => {
    if (where === 'query') return query[name];
    if (where === 'path') return decodeURIComponent(params[name] ?? '');
    return requestHeaders[name.toLowerCase()];
  };
  return [
    ...surplus.map((name) => `accepted, although there is no query parameter ${name}`),
    ...listed.flatMap((parameter, index) => {
      const value = sentFor(parameter);
      if (value === undefined)
        return parameter.required === true ? [`accepted without ${parameter.name}`] : [];
      const place = [...placeOf(operation), 'parameters', String(index), 'schema'];
      return schemas.faults(place, value).map((fault) => `accepted, although ${parameter.name} ${fault}`);
    }),
  ];
}

function credentialFaults({ requestHeaders }: Exchange, { security }: Operation): readonly string[] {
  return security.length > 0 && requestHeaders.authorization === undefined
    ? ['accepted without the credentials that are listed']
    : [];
}

function requestBodyFaults(
  schemas: Schemas,
  { requestHeaders, requestBody }: Exchange,
  operation: Operation,
): readonly string[] {
  const listed = operation.requestBody;
  if (listed === undefined) return [];
  if (requestBody.length === 0 && requestHeaders['content-type'] === undefined) {
    return listed.required ? ['accepted without a body'] : [];
  }
  const type = mediaTypeOf(requestHeaders['content-type']);
  if (listed.content[type] === undefined) return [`accepted as ${type}, which is not listed`];
  if (type !== 'application/json') return [];
  const value: unknown = JSON.parse(requestBody.toString('utf8'));
  const place = [...placeOf(operation), 'requestBody', 'content', type, 'schema'];
  return schemas.faults(place, value).map((fault) => `accepted, although in the request ${fault}`);
}

/** Where an operation stands in the document. Throws TypeError for one that does not. */
export function placeOf({ operationId }: Operation): readonly string[] {
  for (const [path, methods] of Object.entries(WHOLE.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.operationId === operationId) return ['paths', path, method];
    }
  }
  throw new TypeError(`no operation ${operationId}`);
}
