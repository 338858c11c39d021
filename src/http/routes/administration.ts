/** Audiences, API keys and decisions: what an admin of a tenant looks after. */
import { makeApiKey } from '../../identity/api-key.js';
import type { JsonObject } from '../../rats/result.js';
import { refuseMissing, refuseRequest, refuseState } from '../../rats/shared-refusals.js';
import type { Decision } from '../../verifier/decision-ports.js';
import type { ApiKey } from '../../verifier/key-ports.js';
import type { Audience } from '../../verifier/reference-ports.js';
import { conform, jsonForm, jsonOf } from '../body.js';
import { pageReply, pageRequestOf, resourceForms, resourceReply } from '../listing.js';
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
import { DecisionPage, DecisionReply } from '../schemas/records.js';

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
    const made = await stores.audiences.create(call.tenant.name, {
      name: body.name,
      minimumStatus: body.minimum_status ?? 'affirming',
      workloads: body.workloads === '*' ? null : [...new Set(body.workloads)],
      profile: body.profile ?? 'ear',
      alg: body.alg ?? 'ES256',
      lifetime: body.lifetime ?? DEFAULT_LIFETIME,
      keyBinding: body.key_binding ?? 'required',
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

const listDecisions: Route = {
  ...shared,
  id: 'listDecisions',
  method: 'get',
  path: '/v1/decisions',
  summary: 'Recorded verdicts, newest first',
  query: PageQuery,
  replies: { 200: { description: 'A page', schema: DecisionPage } },
  refuses: ['request_invalid'],
  handle: async ({ stores }, call) =>
    pageReply(await stores.decisions.list(call.tenant.name, pageRequestOf(call)), decisionJson),
};

const getDecision: Route = {
  ...shared,
  id: 'getDecision',
  method: 'get',
  path: '/v1/decisions/{decision}',
  summary: 'One recorded verdict',
  replies: resourceForms('The decision', DecisionReply),
  refuses: ['not_found'],
  async handle({ stores }, call) {
    const found = await stores.decisions.get(call.tenant.name, call.params.decision ?? '');
    if (found === null) return refuseMissing('This tenant has no such decision.');
    return resourceReply(call, decisionJson(found));
  },
};

export const ADMINISTRATION_ROUTES: readonly Route[] = [
  createAudience,
  listAudiences,
  createApiKey,
  listApiKeys,
  listDecisions,
  getDecision,
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
    created_at: audience.createdAt.toISOString(),
  };
}

function apiKeyJson({ id, name, role, createdAt }: ApiKey): JsonObject {
  return { id, name, role, created_at: createdAt.toISOString() };
}

function decisionJson(decision: Decision): JsonObject {
  const { platform, module, qe, ...tcb } = decision.tcb;
  return {
    id: decision.id,
    act: decision.act,
    recorded_at: decision.recordedAt.toISOString(),
    at: decision.at.toISOString(),
    audience: decision.audience,
    workload: decision.workload,
    reference_version: decision.referenceVersion,
    status: decision.status,
    vector: { ...decision.vector },
    code: decision.code,
    tee: decision.tee,
    generation: decision.generation,
    envelope: decision.envelope,
    binding: decision.binding,
    simulated: decision.simulated,
    debug: decision.debug,
    measurement: decision.measurement,
    evidence_digest: decision.evidenceDigest,
    policy: decision.policy,
    policy_digest: decision.policyDigest,
    tcb: {
      ...tcb,
      platform: platform === null ? null : { ...platform },
      module: module === null ? null : { ...module },
      qe: qe === null ? null : { ...qe },
    },
    claims: decision.claims,
    checks: decision.checks.map((check) => ({ ...check })),
    endorsements: decision.endorsements.map((used) => ({ ...used })),
  };
}
