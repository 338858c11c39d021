/** Workloads and their reference values (golden measurements). */
import type { JsonObject } from '../../rats/result.js';
import { refuseMissing, refuseState } from '../../rats/shared-refusals.js';
import { DEFAULT_POLICY } from '../../verifier/policy-book.js';
import type { ReferenceState, ReferenceVersion } from '../../verifier/reference-ports.js';
import { conform, jsonForm, jsonOf, NO_MEMBERS } from '../body.js';
import {
  instantOf,
  pageReply,
  pageRequestOf,
  requireMatch,
  resourceForms,
  resourceReply,
} from '../listing.js';
import type { HttpParts } from '../parts.js';
import { matchJson } from '../reference-match.js';
import { type Call, json, type Reply, type Route } from '../route.js';
import { PageQuery } from '../schemas/common.js';
import { MAX_OPERATOR_BODY, WorkloadBody, WorkloadPage, WorkloadReply } from '../schemas/operator.js';
import {
  ReferenceCreated,
  ReferencePage,
  ReferenceReply,
  ReferenceValueBody,
  RevokeBody,
} from '../schemas/references.js';
import { changeWorkload, noWorkload, requireChoice, workloadJson } from './workload-changes.js';

const VERSIONS = '/v1/workloads/{workload}/reference-values';
const shared = { tag: 'Workloads', access: ['publisher'] } as const;

const createWorkload: Route = {
  ...shared,
  id: 'createWorkload',
  method: 'post',
  path: '/v1/workloads',
  summary: 'Name something to protect',
  bodies: [jsonForm(WorkloadBody, MAX_OPERATOR_BODY)],
  creates: true,
  replies: { 201: { description: 'The workload', schema: WorkloadReply } },
  refuses: ['policy_unknown', 'state_conflict'],
  async handle(parts, call) {
    const body = conform(jsonOf(call), WorkloadBody);
    // What applies anyhow is no choice.
    if (body.policy !== undefined && body.policy !== DEFAULT_POLICY) {
      await requireChoice(parts, call, body.policy);
    }
    const made = await parts.stores.workloads.create(call.tenant.name, {
      name: body.name,
      description: body.description ?? null,
      policy: body.policy ?? null,
      createdAt: parts.clock.now(),
    });
    if (made === null) return refuseState('There is a workload of this name already.');
    return json(201, workloadJson(made));
  },
};

const listWorkloads: Route = {
  ...shared,
  id: 'listWorkloads',
  method: 'get',
  path: '/v1/workloads',
  summary: 'Workloads, newest first',
  query: PageQuery,
  replies: { 200: { description: 'A page', schema: WorkloadPage } },
  refuses: ['request_invalid'],
  handle: async ({ stores }, call) =>
    pageReply(await stores.workloads.list(call.tenant.name, pageRequestOf(call)), workloadJson),
};

const getWorkload: Route = {
  ...shared,
  id: 'getWorkload',
  method: 'get',
  path: '/v1/workloads/{workload}',
  summary: 'One workload',
  replies: resourceForms('The workload', WorkloadReply),
  refuses: ['workload_unknown'],
  async handle({ stores }, call) {
    const found = await stores.workloads.get(call.tenant.name, call.params.workload ?? '');
    return found === null ? noWorkload() : resourceReply(call, workloadJson(found));
  },
};

const createVersion: Route = {
  ...shared,
  id: 'createReferenceVersion',
  method: 'post',
  path: VERSIONS,
  summary: 'Publish a version of reference values (golden measurements)',
  bodies: [jsonForm(ReferenceValueBody, MAX_OPERATOR_BODY)],
  creates: true,
  replies: { 201: { description: 'Its number and state', schema: ReferenceCreated } },
  refuses: ['evidence_type_unknown', 'workload_unknown'],
  async handle({ stores, clock, parseReferenceValue }, call) {
    const value = parseReferenceValue(jsonOf(call));
    const made = await stores.referenceValues.create(
      call.tenant.name,
      call.params.workload ?? '',
      value,
      clock.now(),
    );
    return made === null ? noWorkload() : json(201, stateJson(made));
  },
};

const listVersions: Route = {
  ...shared,
  id: 'listReferenceVersions',
  method: 'get',
  path: VERSIONS,
  summary: 'Versions of reference values, newest first',
  query: PageQuery,
  replies: { 200: { description: 'A page', schema: ReferencePage } },
  refuses: ['request_invalid', 'workload_unknown'],
  async handle({ stores }, call) {
    const workload = call.params.workload ?? '';
    if ((await stores.workloads.get(call.tenant.name, workload)) === null) return noWorkload();
    const page = await stores.referenceValues.list(call.tenant.name, workload, pageRequestOf(call));
    return pageReply(page, versionJson);
  },
};

const getVersion: Route = {
  ...shared,
  id: 'getReferenceVersion',
  method: 'get',
  path: `${VERSIONS}/{version}`,
  summary: 'One version',
  replies: resourceForms('The version', ReferenceReply),
  refuses: ['not_found'],
  handle: async (parts, call) => resourceReply(call, versionJson(await requireVersion(parts, call))),
};

function transition(verb: string, to: Exclude<ReferenceState, 'draft'>, summary: string): Route {
  const needsReason = to === 'revoked';
  return {
    ...shared,
    id: `${verb}ReferenceVersion`,
    method: 'post',
    path: `${VERSIONS}/{version}/${verb}`,
    summary,
    bodies: [jsonForm(needsReason ? RevokeBody : NO_MEMBERS, MAX_OPERATOR_BODY)],
    bodyOptional: !needsReason,
    replies: { 200: { description: 'Its number and state', schema: ReferenceCreated } },
    refuses: ['not_found', 'state_conflict', 'version_conflict'],
    async handle(parts, call) {
      const reason = needsReason ? conform(jsonOf(call), RevokeBody).reason : null;
      if (!needsReason) conform(jsonOf(call), NO_MEMBERS);
      return moveVersion(parts, call, to, reason);
    },
  };
}

export const WORKLOAD_ROUTES: readonly Route[] = [
  createWorkload,
  listWorkloads,
  getWorkload,
  changeWorkload,
  createVersion,
  listVersions,
  getVersion,
  transition('activate', 'active', 'Let a draft count'),
  transition('retire', 'retired', 'Let a version count no longer'),
  transition('revoke', 'revoked', 'Declare that a version must never count again'),
];

async function moveVersion(
  parts: HttpParts,
  call: Call,
  to: Exclude<ReferenceState, 'draft'>,
  reason: string | null,
): Promise<Reply> {
  const present = await requireVersion(parts, call);
  requireMatch(call, versionJson(present));
  const { workload, version } = present;
  const now = parts.clock.now();
  const moved = await parts.stores.referenceValues.transition(
    call.tenant.name,
    workload,
    version,
    to,
    reason,
    now,
  );
  if (moved === null) return noVersion();
  if ('conflict' in moved) {
    return refuseState(`A version that is ${moved.conflict} cannot become ${to}.`);
  }
  return json(200, stateJson(moved));
}

async function requireVersion({ stores }: HttpParts, call: Call): Promise<ReferenceVersion> {
  const { workload = '', version = '' } = call.params;
  const number = /^[1-9]\d{0,8}$/.test(version) ? Number(version) : null;
  const found = number === null ? null : await stores.referenceValues.get(call.tenant.name, workload, number);
  return found ?? noVersion();
}

function noVersion(): never {
  refuseMissing('There is no such version of reference values.');
}

function stateJson({ version, state }: ReferenceVersion): JsonObject {
  return { version, state };
}

function versionJson(value: ReferenceVersion): JsonObject {
  return {
    workload: value.workload,
    version: value.version,
    state: value.state,
    tee: value.tee,
    covers: value.covers,
    match: matchJson(value.match),
    not_before: instantOf(value.notBefore),
    not_after: instantOf(value.notAfter),
    provenance: value.provenance,
    labels: value.labels,
    created_at: value.createdAt.toISOString(),
    changed_at: value.changedAt.toISOString(),
    reason: value.reason,
  };
}
