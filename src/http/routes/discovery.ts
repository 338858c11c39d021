/** What relying parties fetch without credentials: discovery, keys, and what a refusal code means. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isRefusalCode, REFUSALS, refusalEntry, refuse } from '../../rats/refusal.js';
import type { JsonObject } from '../../rats/result.js';
import { problemPage } from '../problem-page.js';
import { type Call, JSON_TYPE, json, type Reply, type Route } from '../route.js';
import { AnyJson } from '../schemas/common.js';

/** A broker may keep using keys it has while the service is away, and asks again soon otherwise. */
const CACHE = 'public, max-age=300, stale-if-error=86400';
const HTML_TYPE = 'text/html';
const CLAIMS = [
  'iss',
  'sub',
  'aud',
  'iat',
  'nbf',
  'exp',
  'jti',
  'eat_profile',
  'eat_nonce',
  'ear_verifier_id',
  'ear_status',
  'cnf',
  'att',
  'submods',
];

const shared = { tag: 'Relying parties', method: 'get', access: 'anybody' } as const;
const Metadata = z.record(z.string(), AnyJson);

/** No authorization endpoint: nobody logs in here, tokens come from evidence. */
const openidConfiguration: Route = {
  ...shared,
  id: 'openidConfiguration',
  path: '/.well-known/openid-configuration',
  summary: 'OpenID Connect discovery',
  replies: { 200: { description: 'Issuer metadata', schema: Metadata } },
  refuses: [],
  handle: async (_parts, call) =>
    cached(call, {
      issuer: call.tenant.issuer,
      jwks_uri: `${call.tenant.issuer}/.well-known/jwks.json`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      claims_supported: CLAIMS,
    }),
};

const oauthServer: Route = {
  ...shared,
  id: 'oauthAuthorizationServer',
  path: '/.well-known/oauth-authorization-server',
  summary: 'OAuth 2.0 authorization server metadata (RFC 8414)',
  replies: { 200: { description: 'Issuer metadata', schema: Metadata } },
  refuses: [],
  handle: async (_parts, call) =>
    cached(call, {
      issuer: call.tenant.issuer,
      jwks_uri: `${call.tenant.issuer}/.well-known/jwks.json`,
      response_types_supported: ['id_token'],
      grant_types_supported: [],
    }),
};

const jwks: Route = {
  ...shared,
  id: 'jwks',
  path: '/.well-known/jwks.json',
  summary: 'Public signing keys',
  replies: { 200: { description: 'A JWK set', schema: z.strictObject({ keys: z.array(Metadata) }) } },
  refuses: ['database_unavailable'],
  handle: async (parts, call) => cached(call, await parts.jwks(call.tenant.name)),
};

const problem: Route = {
  ...shared,
  id: 'problemPage',
  path: '/problems/{code}',
  summary: 'What a refusal code means, and what to do',
  replies: {
    200: {
      description: 'HTML or JSON, as the client prefers',
      schema: z.strictObject({
        code: z.enum(REFUSALS.map((entry) => entry.code)),
        class: z.string(),
        status: z.int(),
        title: z.string(),
        meaning: z.string(),
        cause: z.string(),
        remedy: z.string(),
      }),
    },
  },
  refuses: ['not_found'],
  async handle(_parts, call) {
    const { code = '' } = call.params;
    if (!isRefusalCode(code)) return refuse('not_found', 'request', 'There is no such refusal code.');
    const entry = refusalEntry(code);
    const headers = { 'Cache-Control': 'public, max-age=3600', Vary: 'Accept' };
    if (call.prefers([JSON_TYPE, HTML_TYPE]) === JSON_TYPE) return json(200, { ...entry }, headers);
    return { status: 200, headers, content: { text: problemPage(entry), type: HTML_TYPE } };
  },
};

export const DISCOVERY_ROUTES: readonly Route[] = [openidConfiguration, oauthServer, jwks, problem];

function cached(call: Call, document: JsonObject): Reply {
  const etag = `"${createHash('sha256').update(JSON.stringify(document)).digest('base64url').slice(0, 22)}"`;
  const headers = { 'Cache-Control': CACHE, ETag: etag };
  if (call.header('if-none-match') === etag) {
    return { status: 304, headers, content: { text: '', type: JSON_TYPE } };
  }
  return json(200, document, headers);
}
