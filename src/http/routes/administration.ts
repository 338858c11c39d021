/** Audiences and API keys: what an admin of a tenant looks after. */
import { makeApiKey } from '../../identity/api-key.js';
import type { JsonObject } from '../../rats/result.js';
import { refuseRequest, refuseState } from '../../rats/shared-refusals.js';
import type { ApiKey } from '../../verifier/key-ports.js';
import type { Audience } from '../../verifier/reference-ports.js';
import { conform, jsonForm, jsonOf } from '../body.js';
import { pageReply, pageRequestOf } from '../listing.js';
import { json, type Route } from '../route.js';
import { PageQuery } from '../schemas/common.js';
import {
  ApiKeyBody,
  ApiKeyCreated,
  ApiKeyPage,
  AudienceBody,
  AudiencePage,
  AudienceReply,
  MAX_OPERATOR_BODY,
} from '../schemas/operator.js';

const DEFAULT_LIFETIME = 300;
const shared = { tag: 'Administration', access: [] } as const;

const createAudience: Route = {
  ...shared,
  id: 'createAudience',
  method: 'post',
  path: '/v1/audiences',
  summary: 'Register a relying party that tokens are made for',
  bodies: [jsonForm(AudienceBody, MAX_OPERATOR_BODY)],
  creates: true,
  replies: { 201: { description: 'The audience, defaults filled in', schema: AudienceReply } },
  refuses: ['state_conflict'],
  async handle({ stores, clock }, call) {
    const body = conform(jsonOf(call), AudienceBody);
    const { lifetime = DEFAULT_LIFETIME, renewal_seconds: renewalSeconds = 0 } = body;
    if (renewalSeconds !== 0 && renewalSeconds <= lifetime) {
      refuseRequest(
        `With a lifetime of ${lifetime} seconds a token that is renewed for ${renewalSeconds} would end no later: \`renewal_seconds\` is 0 or more than \`lifetime\`.`,
      );
    }
    const made = await stores.audiences.create(call.tenant.name, {
      name: body.name,
      minimumStatus: body.minimum_status ?? 'affirming',
      workloads: body.workloads === '*' ? null : [...new Set(body.workloads)],
      profile: body.profile ?? 'ear',
      alg: body.alg ?? 'ES256',
      lifetime,
      keyBinding: body.key_binding ?? 'required',
      renewalSeconds,
      tokenEncryption: body.token_encryption ?? 'when-key',
      createdAt: clock.now(),
    });
    if (made === null) return refuseState('There is an audience of this name already.');
    return json(201, audienceJson(made));
  },
};

const listAudiences: Route = {
  ...shared,
  id: 'listAudiences',
  method: 'get',
  path: '/v1/audiences',
  summary: 'Audiences, newest first',
  query: PageQuery,
  replies: { 200: { description: 'A page', schema: AudiencePage } },
  refuses: ['request_invalid'],
  handle: async ({ stores }, call) =>
    pageReply(await stores.audiences.list(call.tenant.name, pageRequestOf(call)), audienceJson),
};

/**
 * The reply holds the key's text, which is stored nowhere; so a repeated Idempotency-Key cannot get it again,
 * and this route does not take one.
 */
const createApiKey: Route = {
  ...shared,
  id: 'createApiKey',
  method: 'post',
  path: '/v1/api-keys',
  summary: 'Make an API key; its text is shown this once',
  bodies: [jsonForm(ApiKeyBody, MAX_OPERATOR_BODY)],
  replies: { 201: { description: 'The key', schema: ApiKeyCreated } },
  refuses: [],
  async handle({ stores, clock, entropy }, call) {
    if (call.header('idempotency-key') !== undefined) {
      refuseRequest('A key is shown once and stored nowhere: leave Idempotency-Key out.');
    }
    const { name, role } = conform(jsonOf(call), ApiKeyBody);
    const made = makeApiKey({ name, role, now: clock.now() }, entropy);
    const stored = await stores.apiKeys.create(call.tenant.name, made.record, made.digest);
    if (stored === null) throw new Error('two random keys are equal');
    return json(201, { id: stored.id, key: made.text });
  },
};

const listApiKeys: Route = {
  ...shared,
  id: 'listApiKeys',
  method: 'get',
  path: '/v1/api-keys',
  summary: 'API keys by id, newest first; never their text',
  query: PageQuery,
  replies: { 200: { description: 'A page', schema: ApiKeyPage } },
  refuses: ['request_invalid'],
  handle: async ({ stores }, call) =>
    pageReply(await stores.apiKeys.list(call.tenant.name, pageRequestOf(call)), apiKeyJson),
};

export const ADMINISTRATION_ROUTES: readonly Route[] = [
  createAudience,
  listAudiences,
  createApiKey,
  listApiKeys,
];

function audienceJson(audience: Audience): JsonObject {
  return {
    name: audience.name,
    minimum_status: audience.minimumStatus,
    workloads: audience.workloads ?? '*',
    profile: audience.profile,
    alg: audience.alg,
    lifetime: audience.lifetime,
    key_binding: audience.keyBinding,
    renewal_seconds: audience.renewalSeconds,
    token_encryption: audience.tokenEncryption,
    created_at: audience.createdAt.toISOString(),
  };
}

function apiKeyJson({ id, name, role, createdAt }: ApiKey): JsonObject {
  return { id, name, role, created_at: createdAt.toISOString() };
}
