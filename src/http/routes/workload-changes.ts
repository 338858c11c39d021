/** What of a workload may change, and who may choose the policy that judges its evidence. */
import { RefusalError } from '../../rats/refusal.js';
import type { JsonObject } from '../../rats/result.js';
import { refuseRole, refuseWorkload } from '../../rats/shared-refusals.js';
import { DEFAULT_POLICY } from '../../verifier/policy-book.js';
import type { Workload } from '../../verifier/reference-ports.js';
import { conform, jsonForm, jsonOf } from '../body.js';
import { requireMatch } from '../listing.js';
import type { HttpParts } from '../parts.js';
import { type Call, json, type Route } from '../route.js';
import { MAX_OPERATOR_BODY, WorkloadChangeBody, WorkloadReply } from '../schemas/operator.js';

export const changeWorkload: Route = {
  tag: 'Workloads',
  access: ['publisher'],
  id: 'changeWorkload',
  method: 'patch',
  path: '/v1/workloads/{workload}',
  summary: 'Describe a workload anew, or choose another policy for it',
  description:
    'Another policy takes the role admin. From the reply on it judges the evidence of the workload.',
  bodies: [jsonForm(WorkloadChangeBody, MAX_OPERATOR_BODY)],
  replies: { 200: { description: 'The workload', schema: WorkloadReply } },
  refuses: ['policy_unknown', 'workload_unknown', 'version_conflict'],
  async handle(parts, call) {
    const changes = conform(jsonOf(call), WorkloadChangeBody);
    const { workload = '' } = call.params;
    const present = (await parts.stores.workloads.get(call.tenant.name, workload)) ?? noWorkload();
    requireMatch(call, workloadJson(present));
    if (changes.policy !== undefined) await requireChoice(parts, call, changes.policy ?? DEFAULT_POLICY);
    const { description, policy } = changes;
    const changed = await parts.stores.workloads.change(call.tenant.name, workload, {
      ...(description === undefined ? {} : { description }),
      // A choice that is made again changes nothing that tokens could wait for.
      ...(policy === undefined || policy === present.policy ? {} : { policy }),
    });
    return json(200, workloadJson(changed ?? noWorkload()));
  },
};

/**
 * Whether the caller may choose this policy, and whether it is there with a version in force. Publishers say what
 * may run; on which machines and in which state is the admin's to say.
 */
export async function requireChoice({ policies }: HttpParts, call: Call, name: string): Promise<void> {
  const { outcome } = await policies.find(call.tenant.name, { name, version: null });
  if (!outcome.ok) throw new RefusalError(outcome.refusal);
  if (call.caller?.role === 'admin') return;
  refuseRole('Choosing a policy for a workload needs the role admin.');
}

export function noWorkload(): never {
  refuseWorkload();
}

export function workloadJson({ name, description, policy, createdAt }: Workload): JsonObject {
  return { name, description, policy, created_at: createdAt.toISOString() };
}
