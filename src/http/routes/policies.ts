/** Appraisal policies: versions that never change, of which one is in force. */
import type { JsonObject, JsonValue } from '../../rats/result.js';
import { refuseMissing, refusePolicyName } from '../../rats/shared-refusals.js';
import type { AddedPolicy, NewPolicy, PolicyBook } from '../../verifier/policy-book.js';
import type { ListedPolicyVersion, PolicySummary, PolicyVersion } from '../../verifier/policy-ports.js';
import { conform, jsonForm, jsonOf, NO_MEMBERS, objectMember } from '../body.js';
import {
  instantOf,
  pageReply,
  pageRequestOf,
  requireMatch,
  resourceForms,
  resourceReply,
} from '../listing.js';
import type { HttpParts } from '../parts.js';
import { type Call, json, type Route } from '../route.js';
import { PageQuery } from '../schemas/common.js';
import { MAX_OPERATOR_BODY } from '../schemas/operator.js';
import {
  PolicyActivated,
  PolicyBody,
  PolicyCreated,
  PolicyPage,
  PolicyReply,
  PolicyVersionBody,
  PolicyVersionPage,
  PolicyVersionReply,
} from '../schemas/policies.js';

const VERSIONS = '/v1/policies/{policy}/versions';
const writing = { tag: 'Policies', access: [] } as const;
const reading = { tag: 'Policies', access: ['publisher'] } as const;

const createPolicy: Route = {
  ...writing,
  id: 'createPolicy',
  method: 'post',
  path: '/v1/policies',
  summary: 'Write a policy; its first version',
  description:
    'What the lint finds wrong is refused, what it only warns of comes with the reply. A policy applies to the workloads that name it, and to nothing while all its versions are drafts.',
  bodies: [jsonForm(PolicyBody, MAX_OPERATOR_BODY)],
  creates: true,
  replies: { 201: { description: 'The version', schema: PolicyCreated } },
  refuses: ['policy_invalid', 'policy_unknown', 'state_conflict'],
  async handle({ policies, clock }, call) {
    const value = jsonOf(call);
    const { name, activate } = conform(value, PolicyBody);
    const added = newPolicy(value, activate);
    return json(201, addedJson(await policies.create(call.tenant.name, name, added, clock.now())));
  },
};

const listPolicies: Route = {
  ...reading,
  id: 'listPolicies',
  method: 'get',
  path: '/v1/policies',
  summary: 'Policies by name, shipped ones among them',
  query: PageQuery,
  replies: { 200: { description: 'A page', schema: PolicyPage } },
  refuses: ['request_invalid'],
  handle: async ({ policies }, call) =>
    pageReply(await policies.list(call.tenant.name, pageRequestOf(call)), (item) =>
      summaryJson(policies, item),
    ),
};

const getPolicy: Route = {
  ...reading,
  id: 'getPolicy',
  method: 'get',
  path: '/v1/policies/{policy}',
  summary: 'One policy: which of its versions is in force',
  replies: resourceForms('The policy', PolicyReply),
  refuses: ['policy_unknown'],
  handle: async (parts, call) =>
    resourceReply(call, summaryJson(parts.policies, await requirePolicy(parts, call))),
};

const createVersion: Route = {
  ...writing,
  id: 'createPolicyVersion',
  method: 'post',
  path: VERSIONS,
  summary: 'Write the next version of a policy',
  description:
    'A shipped policy can be given versions of one’s own; they are numbered from 2. `If-Match` with the tag of the policy refuses it when somebody else was quicker.',
  bodies: [jsonForm(PolicyVersionBody, MAX_OPERATOR_BODY)],
  creates: true,
  replies: { 201: { description: 'The version', schema: PolicyCreated } },
  refuses: ['policy_invalid', 'policy_unknown', 'version_conflict'],
  async handle(parts, call) {
    const value = jsonOf(call);
    const { activate } = conform(value, PolicyVersionBody);
    requireMatch(call, summaryJson(parts.policies, await requirePolicy(parts, call)));
    const { policy = '' } = call.params;
    const added = newPolicy(value, activate);
    const now = parts.clock.now();
    return json(201, addedJson(await parts.policies.addVersion(call.tenant.name, policy, added, now)));
  },
};

const listVersions: Route = {
  ...reading,
  id: 'listPolicyVersions',
  method: 'get',
  path: VERSIONS,
  summary: 'Versions of a policy, newest first',
  query: PageQuery,
  replies: { 200: { description: 'A page', schema: PolicyVersionPage } },
  refuses: ['request_invalid', 'policy_unknown'],
  async handle({ policies }, call) {
    const { policy = '' } = call.params;
    const page = await policies.listVersions(call.tenant.name, policy, pageRequestOf(call));
    return pageReply(page, versionSummaryJson);
  },
};

const getVersion: Route = {
  ...reading,
  id: 'getPolicyVersion',
  method: 'get',
  path: `${VERSIONS}/{version}`,
  summary: 'One version with its document',
  replies: resourceForms('The version', PolicyVersionReply),
  refuses: ['not_found'],
  handle: async (parts, call) => resourceReply(call, versionJson(await requireVersion(parts, call))),
};

const activateVersion: Route = {
  ...writing,
  id: 'activatePolicyVersion',
  method: 'post',
  path: `${VERSIONS}/{version}/activate`,
  summary: 'Put a version in force',
  description:
    'From the reply on every token is judged by it, on every replica. The version before is retired, and may be put in force again.',
  bodies: [jsonForm(NO_MEMBERS, MAX_OPERATOR_BODY)],
  bodyOptional: true,
  replies: { 200: { description: 'Its number and state', schema: PolicyActivated } },
  refuses: ['not_found', 'policy_unknown', 'state_conflict', 'version_conflict'],
  async handle(parts, call) {
    conform(jsonOf(call), NO_MEMBERS);
    const present = await requireVersion(parts, call);
    requireMatch(call, versionJson(present));
    const { name, version } = present;
    const now = parts.clock.now();
    return json(200, stateJson(await parts.policies.activate(call.tenant.name, name, version, now)));
  },
};

export const POLICY_ROUTES: readonly Route[] = [
  createPolicy,
  listPolicies,
  getPolicy,
  createVersion,
  listVersions,
  getVersion,
  activateVersion,
];

/** The document goes on as it came, so that its judge sees every member. */
function newPolicy(value: JsonValue, activate: boolean | undefined): NewPolicy {
  const document = objectMember(value, 'document');
  if (document === null) throw new TypeError('a body that conforms has a document');
  return { document, activate: activate ?? false };
}

async function requirePolicy({ policies }: HttpParts, call: Call): Promise<PolicySummary> {
  const found = await policies.get(call.tenant.name, call.params.policy ?? '');
  return found ?? refusePolicyName('This tenant has no such policy.');
}

async function requireVersion({ policies }: HttpParts, call: Call): Promise<PolicyVersion> {
  const { policy = '', version = '' } = call.params;
  const number = /^[1-9]\d{0,8}$/.test(version) ? Number(version) : null;
  const found = number === null ? null : await policies.getVersion(call.tenant.name, policy, number);
  return found ?? refuseMissing('There is no such version of this policy.');
}

function addedJson({ version, warnings }: AddedPolicy): JsonObject {
  return {
    ...stateJson(version),
    digest: version.digest,
    warnings: warnings.map(({ path, reason }) => ({ path, reason })),
  };
}

function stateJson({ name, version, state }: ListedPolicyVersion): JsonObject {
  return { name, version, state };
}

function summaryJson(policies: PolicyBook, summary: PolicySummary): JsonObject {
  return {
    name: summary.name,
    built_in: policies.isShipped(summary.name),
    active_version: summary.active,
    latest_version: summary.latest,
    created_at: instantOf(summary.createdAt),
  };
}

function versionSummaryJson(version: ListedPolicyVersion): JsonObject {
  return {
    ...stateJson(version),
    built_in: version.createdAt === null,
    digest: version.digest,
    created_at: instantOf(version.createdAt),
  };
}

function versionJson(version: PolicyVersion): JsonObject {
  return { ...versionSummaryJson(version), document: version.document };
}
