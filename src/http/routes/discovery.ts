/** What relying parties fetch without credentials: discovery, keys, and what a refusal code means. */
import { isRefusalCode, refusalEntry } from '../../rats/refusal.js';
import { refuseMissing } from '../../rats/shared-refusals.js';
import { PROOF_ALGS } from '../../verifier/renew.js';
import { cacheableJson, cachedForms, cachedReply } from '../caching.js';
import { problemPage } from '../problem-page.js';
import { HTML_TYPE, JSON_TYPE, json, type Route } from '../route.js';
import { ExplainedCode, Jwks, OauthMetadata, OpenidMetadata } from '../schemas/discovery.js';

/**
 * A broker may keep using keys it has while the service is away, and asks again soon otherwise. What an emergency removes is
 * shown by caches for as long: docs/operations.md says what to do about that.
 */
const CACHE = 'public, max-age=300, stale-if-error=86400';
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

/** No authorization endpoint: nobody logs in here, tokens come from evidence. */
const openidConfiguration: Route = {
  ...shared,
  id: 'openidConfiguration',
  path: '/.well-known/openid-configuration',
  summary: 'OpenID Connect discovery',
  replies: cachedForms('Issuer metadata', OpenidMetadata),
  refuses: [],
  handle: async (_parts, call) =>
    cachedReply(
      call,
      cacheableJson({
        issuer: call.tenant.issuer,
        jwks_uri: `${call.tenant.issuer}/.well-known/jwks.json`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256', 'RS256'],
        claims_supported: CLAIMS,
      }),
      CACHE,
    ),
};

const oauthServer: Route = {
  ...shared,
  id: 'oauthAuthorizationServer',
  path: '/.well-known/oauth-authorization-server',
  summary: 'OAuth 2.0 authorization server metadata (RFC 8414)',
  replies: cachedForms('Issuer metadata', OauthMetadata),
  refuses: [],
  handle: async (_parts, call) =>
    cachedReply(
      call,
      cacheableJson({
        issuer: call.tenant.issuer,
        jwks_uri: `${call.tenant.issuer}/.well-known/jwks.json`,
        response_types_supported: ['id_token'],
        grant_types_supported: [],
        dpop_signing_alg_values_supported: PROOF_ALGS,
      }),
      CACHE,
    ),
};

const jwks: Route = {
  ...shared,
  id: 'jwks',
  path: '/.well-known/jwks.json',
  summary: 'Public signing keys',
  replies: cachedForms('A JWK set', Jwks),
  refuses: ['database_unavailable'],
  handle: async (parts, call) => cachedReply(call, cacheableJson(await parts.jwks(call.tenant.name)), CACHE),
};

const problem: Route = {
  ...shared,
  id: 'problemPage',
  path: '/problems/{code}',
  summary: 'What a refusal code means, and what to do',
  replies: {
    200: {
      description: 'HTML or JSON, as the client prefers',
      schema: ExplainedCode,
      text: [HTML_TYPE],
      headers: ['Cache-Control', 'Vary'],
    },
  },
  refuses: ['not_found'],
  async handle(_parts, call) {
    const { code = '' } = call.params;
    if (!isRefusalCode(code)) return refuseMissing('There is no such refusal code.');
    const entry = refusalEntry(code);
    const headers = { 'Cache-Control': 'public, max-age=3600', Vary: 'Accept' };
    if (call.prefers([JSON_TYPE, HTML_TYPE]) === JSON_TYPE) return json(200, { ...entry }, headers);
    return { status: 200, headers, content: { text: problemPage(entry), type: HTML_TYPE } };
  },
};

export const DISCOVERY_ROUTES: readonly Route[] = [openidConfiguration, oauthServer, jwks, problem];
