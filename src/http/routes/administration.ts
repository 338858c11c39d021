/** API keys: what an admin of a tenant looks after. */
import { makeApiKey } from '../../identity/api-key.js';
import type { JsonObject } from '../../rats/result.js';
import { refuseRequest } from '../../rats/shared-refusals.js';
import type { ApiKey } from '../../verifier/key-ports.js';
import { conform, jsonForm, jsonOf } from '../body.js';
import { pageReply, pageRequestOf } from '../listing.js';
import { type Call, json, type Route } from '../route.js';
import { PageQuery } from '../schemas/common.js';
import { ApiKeyBody, ApiKeyCreated, ApiKeyPage, MAX_OPERATOR_BODY } from '../schemas/operator.js';

const shared = { tag: 'Administration', access: [] } as const;

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
    refuseRepeatable(call);
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

export const ADMINISTRATION_ROUTES: readonly Route[] = [createApiKey, listApiKeys];

/** The reply holds a key's text, which is stored nowhere; so a repeated Idempotency-Key could not get it again. */
export function refuseRepeatable(call: Call): void {
  if (call.header('idempotency-key') === undefined) return;
  refuseRequest('A key is shown once and stored nowhere: leave Idempotency-Key out.');
}

function apiKeyJson({ id, name, role, createdAt }: ApiKey): JsonObject {
  return { id, name, role, created_at: createdAt.toISOString() };
}
