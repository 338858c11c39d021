/** The API description (OpenAPI 3.1), from the table of routes and the schemas that judge the bodies. */
import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
  type RouteConfig,
  type ZodRequestBody,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { type RefusalCode, refusalEntry } from '../rats/refusal.js';
import { PROBLEM_TYPE } from './problem.js';
import { type BodyForm, JSON_TYPE, parametersOf, type Route } from './route.js';
import { ROUTES } from './routes.js';
import { ProblemReply } from './schemas/common.js';

const EVERYWHERE: readonly RefusalCode[] = ['rate_limited', 'internal_error'];
const WITH_CALLER: readonly RefusalCode[] = ['unauthenticated', 'role_missing'];
const WITH_BODY: readonly RefusalCode[] = [
  'evidence_encoding_invalid',
  'evidence_too_large',
  'member_duplicate',
  'json_too_deep',
];
const WITH_STORE: readonly RefusalCode[] = ['database_unavailable'];

/** A JSON document; the same for every build of one version. */
export function apiDescription(version: string): unknown {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `ak_…`, of the tenant whose issuer is addressed.',
  });
  for (const route of ROUTES) registry.registerPath(pathOf(route));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Assay',
      version,
      description:
        'Remote attestation verification: evidence in, short-lived signed tokens out. Paths are relative to the issuer of a tenant: the service’s own, `/simulated` under it, or `/t/{tenant}` under it. Every refusal is a problem document (RFC 9457) whose `code` is explained at `/problems/{code}`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://localhost:8080', description: 'The issuer after `npm start`' }],
  });
}

function pathOf(route: Route): RouteConfig {
  const names = parametersOf(route.path);
  const params = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
  return {
    operationId: route.id,
    tags: [route.tag],
    method: route.method,
    path: route.path,
    summary: route.summary,
    ...(route.access === 'anybody'
      ? {}
      : {
          security: [{ apiKey: [] }],
          description: `Roles: ${['admin', ...route.access].join(', ')}.`,
        }),
    request: {
      ...(names.length === 0 ? {} : { params }),
      ...(route.query === undefined ? {} : { query: route.query }),
      ...(route.creates === true ? { headers: z.object({ 'Idempotency-Key': z.string().optional() }) } : {}),
      ...(route.bodies === undefined ? {} : { body: bodyOf(route.bodies, route.bodyOptional !== true) }),
    },
    responses: { ...repliesOf(route), ...problemsOf(route) },
  };
}

function bodyOf(forms: readonly BodyForm[], required: boolean): ZodRequestBody {
  const descriptions = forms.flatMap((form) => (form.description === undefined ? [] : [form.description]));
  return {
    required,
    ...(descriptions.length === 0 ? {} : { description: descriptions.join(' ') }),
    content: Object.fromEntries(
      forms.map((form) => [
        form.mediaType,
        form.schema === null
          ? { schema: { type: 'string' as const, format: 'binary' } }
          : { schema: form.schema },
      ]),
    ),
  };
}

function repliesOf({ replies }: Route): Record<string, ResponseConfig> {
  return Object.fromEntries(
    Object.entries(replies).map(([status, { description, schema, type }]) => [
      status,
      {
        description,
        content: { [type ?? JSON_TYPE]: { schema: schema ?? { type: 'string' as const } } },
      },
    ]),
  );
}

/** One entry a status, listing the codes that have it. A status of the route's own replies stays that. */
function problemsOf(route: Route): Record<string, ResponseConfig> {
  const codes = new Set<RefusalCode>([
    ...route.refuses,
    ...EVERYWHERE,
    ...(route.access === 'anybody' ? [] : WITH_CALLER),
    ...(route.bodies === undefined ? [] : WITH_BODY),
    ...(route.path.startsWith('/v1/') ? WITH_STORE : []),
  ]);
  const byStatus = new Map<number, RefusalCode[]>();
  for (const code of codes) {
    const { status } = refusalEntry(code);
    if (!(status in route.replies)) byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus.entries()].map(([status, raised]) => [
      String(status),
      {
        description: raised.map((code) => `\`${code}\``).join(', '),
        content: { [PROBLEM_TYPE]: { schema: ProblemReply } },
      },
    ]),
  );
}
