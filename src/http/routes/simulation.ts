/** What another policy would say of evidence, beside the one in force. Nothing is recorded. */
import type { CheckResult, JsonObject } from '../../rats/result.js';
import type { SimulatedVerdict, SimulationReply } from '../../verifier/requests.js';
import { jsonForm } from '../body.js';
import { json, type Route } from '../route.js';
import { MAX_EVIDENCE_BODY } from '../schemas/evidence.js';
import { SimulationBody, SimulationReply as SimulationReplyBody } from '../schemas/policies.js';
import { simulationRequest } from '../submission.js';
import { UNDECIDED, UNREADABLE, verdictJson } from './evidence.js';

const simulate: Route = {
  id: 'simulatePolicy',
  tag: 'Policies',
  method: 'post',
  path: '/v1/policies/simulate',
  access: ['publisher'],
  summary: 'Try a policy on evidence, beside the one in force',
  description:
    'Evidence is stored nowhere, so bring some: what `POST /v1/appraise` takes, and a policy by name or as a document. Both verdicts come back, and which checks they differ in. It makes no decision and no token.',
  bodies: [jsonForm(SimulationBody, MAX_EVIDENCE_BODY)],
  load: 'verifies',
  replies: { 200: { description: 'Two verdicts, whatever they say', schema: SimulationReplyBody } },
  refuses: [
    ...UNREADABLE,
    'at_in_future',
    'policy_invalid',
    'policy_unknown',
    'workload_unknown',
    ...UNDECIDED,
  ],
  handle: async ({ verifier }, call) =>
    json(200, simulationJson(await verifier.simulate(call.tenant, simulationRequest(call), call.aside))),
};

export const SIMULATION_ROUTES: readonly Route[] = [simulate];

function simulationJson({ inForce, proposed }: SimulationReply): JsonObject {
  return {
    in_force: judgedJson(inForce),
    proposed: judgedJson(proposed),
    differences: [...differences(inForce.verdict.checks, proposed.verdict.checks)],
  };
}

function judgedJson({ policy, policyDigest, verdict }: SimulatedVerdict): JsonObject {
  return { policy, policy_digest: policyDigest, verdict: verdictJson(verdict) };
}

function differences(inForce: readonly CheckResult[], proposed: readonly CheckResult[]): JsonObject[] {
  const ids = new Set([...inForce, ...proposed].map(({ id }) => id));
  return [...ids].flatMap((id) => {
    const [before, after] = [inForce, proposed].map((checks) => checks.find((check) => check.id === id));
    if (before?.outcome === after?.outcome) return [];
    return [
      {
        id,
        in_force: before === undefined ? null : { ...before },
        proposed: after === undefined ? null : { ...after },
      },
    ];
  });
}
