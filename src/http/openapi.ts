/** The API description (OpenAPI 3.1), from the table of routes and the schemas that judge the bodies. */
import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
  type RouteConfig,
  type ZodRequestBody,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import type { RefusalCode } from '../rats/refusal.js';
import type { ApiDocument } from './openapi/document.js';
import { headerComponents, problemHeaders, replyHeaders } from './openapi/headers.js';
import { parametersOfPath } from './openapi/parameters.js';
import { refusalsOf } from './openapi/refusals.js';
import { PROBLEM_TYPE } from './problem.js';
import { type BodyForm, JSON_TYPE, type ReplyForm, type Route } from './route.js';
import { ProblemReply } from './schemas/common.js';

export interface Described {
  readonly version: string;
  /** URL that all paths are under. */
  readonly issuer: string;
  /** What is to be known of the issuer. */
  readonly words: string;
}

const TAGS = [
  {
    name: 'Attesters',
    description: 'What a confidential machine calls: a challenge, then evidence for a token.',
  },
  { name: 'Relying parties', description: 'What those need who trust tokens or ask about evidence.' },
  { name: 'Workloads', description: 'What operators protect, and the measurements that it must have.' },
  {
    name: 'Policies',
    description: 'What is asked of genuine evidence, and the machines that a tenant owns.',
  },
  { name: 'Administration', description: 'Settings, audiences, API keys and recorded verdicts of a tenant.' },
  { name: 'Tenants', description: 'What whoever runs the service makes for each customer.' },
  {
    name: 'Endorsements',
    description: 'Vendor documents at hand: certificates, revocation lists, TCB info.',
  },
  { name: 'Operation', description: 'Probes, metrics and this description.' },
];

const INTRODUCTION = [
  'Remote attestation verification: evidence in, short-lived signed tokens out.',
  'Paths are relative to the issuer of a tenant: the service’s own, `/simulated` under it, or `/t/{tenant}` under it. Probes, metrics and what makes tenants exist under the service’s own only. For RFC 8414 a tenant’s metadata is also at `/.well-known/oauth-authorization-server` before the path of its issuer.',
  'Every refusal is a problem document (RFC 9457) whose `code` is explained at `/problems/{code}`. HEAD is answered wherever GET is; other methods get `method_not_allowed` (405) with an `Allow` header, other paths `not_found` (404). JSON is strict: an unknown or repeated member is an error, and so is an unknown query parameter.',
].join('\n\n');

/** A JSON document; the same for every build of one version. */
export function apiDescription(routes: readonly Route[], { version, issuer, words }: Described): ApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `ak_…`, of the tenant whose issuer is addressed.',
  });
  for (const [name, header] of headerComponents()) registry.registerComponent('headers', name, header);
  registry.register('Problem', ProblemReply);
  for (const [code, response] of commonProblems(routes))
    registry.registerComponent('responses', code, response);
  for (const route of routes) registry.registerPath(pathOf(route));
  const { webhooks: _none, ...document } = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Assay',
      version,
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: issuer, description: words }],
    tags: TAGS.filter(({ name }) => routes.some((route) => route.tag === name)),
  });
  return document as unknown as ApiDocument;
}

function pathOf(route: Route): RouteConfig {
  const params = parametersOfPath(route.path);
  const roles =
    route.access === 'anybody'
      ? []
      : [`Roles: ${['admin', ...route.access].map((role) => `\`${role}\``).join(', ')}.`];
  const description = [...(route.description === undefined ? [] : [route.description]), ...roles].join(' ');
  return {
    operationId: route.id,
    tags: [route.tag],
    method: route.method,
    path: route.path,
    summary: route.summary,
    ...(description === '' ? {} : { description }),
    security: route.access === 'anybody' ? [] : [{ apiKey: [] }],
    request: {
      ...(params === null ? {} : { params }),
      ...(route.query === undefined ? {} : { query: route.query }),
      ...(route.creates === true ? { headers: z.object({ 'Idempotency-Key': IdempotencyKey }) } : {}),
      ...(route.bodies === undefined ? {} : { body: bodyOf(route.bodies, route.bodyOptional !== true) }),
    },
    responses: { ...problemsOf(route), ...repliesOf(route) },
  };
}

const IdempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/)
  .optional()
  .openapi({ description: 'Sent again with the same body, it gets the first reply again for a day.' });

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

function repliesOf(route: Route): Record<string, ResponseConfig> {
  return Object.fromEntries(
    Object.entries(route.replies).map(([status, form]) => {
      const content = contentOf(form);
      return [
        status,
        {
          description: form.description,
          headers: replyHeaders(route, form.headers ?? []),
          ...(Object.keys(content).length === 0 ? {} : { content }),
        },
      ];
    }),
  );
}

function contentOf({ schema, text = [], bytes }: ReplyForm): NonNullable<ResponseConfig['content']> {
  return {
    ...(schema === null ? {} : { [JSON_TYPE]: { schema } }),
    ...Object.fromEntries(text.map((type) => [type, { schema: { type: 'string' as const } }])),
    ...(bytes === undefined ? {} : { [bytes]: { schema: { type: 'string' as const, format: 'binary' } } }),
  };
}

/** One entry a status, with the codes that have it. A status of the route's own replies stays that. */
function problemsOf(route: Route): RouteConfig['responses'] {
  return Object.fromEntries(
    [...refusalsOf(route)].map(([status, codes]) => {
      const [code, ...others] = codes;
      const common = code !== undefined && others.length === 0 && route.probe !== true;
      return [
        String(status),
        common ? { $ref: `#/components/responses/${code}` } : problemResponse(route, status, codes),
      ];
    }),
  );
}

/** Refusals that are the only one of their status somewhere, once and by name. */
function commonProblems(routes: readonly Route[]): ReadonlyMap<RefusalCode, ProblemResponse> {
  const found = new Map<RefusalCode, ProblemResponse>();
  for (const route of routes.filter(({ probe }) => probe !== true)) {
    for (const [status, codes] of refusalsOf(route)) {
      const [code, ...others] = codes;
      if (code !== undefined && others.length === 0) found.set(code, problemResponse(route, status, codes));
    }
  }
  return found;
}

type ProblemResponse = ReturnType<typeof problemResponse>;

function problemResponse(route: Route, status: number, codes: readonly RefusalCode[]) {
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    headers: problemHeaders(route, status),
    content: { [PROBLEM_TYPE]: { schema: problemWith(status, codes) } },
  };
}

function problemWith(status: number, codes: readonly RefusalCode[]) {
  return {
    allOf: [
      { $ref: '#/components/schemas/Problem' },
      {
        type: 'object' as const,
        properties: { status: { const: status }, code: { enum: [...codes] } },
      },
    ],
  };
}
