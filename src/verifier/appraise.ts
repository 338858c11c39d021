/** Use case: the full verdict for an authenticated relying party that knows what REPORT_DATA must be. Never a token. */
import type { ParsedEvidence } from '../rats/evidence.js';
import { RefusalError, refusalEntry, refuse } from '../rats/refusal.js';
import { refuseLoad, refuseRequest } from '../rats/shared-refusals.js';
import { decisionOf } from './decision.js';
import {
  AS_PARSED,
  authenticateEndorsed,
  collectFor,
  type Endorsed,
  type EndorsedQuestion,
  settleAnew,
  trackFor,
  type Unsettled,
} from './endorsed.js';
import { findGrounds, findPolicyGrounds, type Grounds, refuseWhileStanding } from './grounds.js';
import { naming } from './naming.js';
import type { Aside, Tenant } from './ports.js';
import type { Recording } from './record.js';
import { requireWorkload } from './references.js';
import type { AppraiseReply, AppraiseRequest, PolicyName } from './requests.js';
import type { VerifierParts } from './service.js';
import { noteSighting } from './sightings.js';
import { parseSubmitted } from './submitted.js';
import { appraiseBound, type BoundEvidence, type Verification } from './verify.js';

/** How often what evidence is appraised by may change under one request before it is told to come back. */
export const EPOCH_ATTEMPTS = 8;

export async function appraiseSubmission(
  parts: VerifierParts,
  tenant: Tenant,
  request: AppraiseRequest,
  { recording, aside }: { readonly recording: Recording; readonly aside: Aside },
): Promise<AppraiseReply> {
  await requirePolicy(parts, tenant, request.policy);
  requirePast(request.at, parts.clock.now());
  recording.entered('parse');
  const evidence = parseSubmitted(request.evidence);
  recording.recognised(evidence.tee);
  return naming(evidence.tee, () => appraiseParsed(parts, tenant, { request, evidence, recording, aside }));
}

interface Parsed {
  readonly request: AppraiseRequest;
  readonly evidence: ParsedEvidence;
  readonly recording: Recording;
  readonly aside: Aside;
}

async function appraiseParsed(
  parts: VerifierParts,
  tenant: Tenant,
  { request, evidence, recording, aside }: Parsed,
): Promise<AppraiseReply> {
  await requireWorkload(parts, tenant, request.workload);
  recording.entered('authenticate');
  const question: EndorsedQuestion = {
    evidence,
    expectedReportData: request.reportData,
    at: request.at,
    aside,
    track: AS_PARSED,
  };
  const collected = await collectFor(parts, tenant, question);
  let endorsed = await authenticateEndorsed(parts, tenant, question, collected);
  for (let attempt = 0; attempt < EPOCH_ATTEMPTS; attempt += 1) {
    const { result } = endorsed;
    if ('verdict' in result) return refusedVerdict(result);
    recording.entered('appraise');
    const reply = await decide(parts, tenant, { ...endorsed, result }, { request, recording });
    if (typeof reply !== 'string') return reply;
    endorsed = await settleAnew(parts, tenant, question, { before: endorsed, why: reply });
  }
  return refuseRestlessness();
}

/** Decided verdicts are answers; undecided and malformed ones are problems. */
export function refusedVerdict({ verdict, refusal }: Verification): AppraiseReply {
  if (refusal === null) throw new TypeError('evidence that is not bound carries its refusal');
  const { class: kind } = refusalEntry(refusal.code);
  if (kind !== 'refused' && kind !== 'spent') throw new RefusalError(refusal);
  return { ...verdict, decision: null };
}

export function refuseRestlessness(): never {
  refuseLoad(
    'appraise',
    'Policies, machines, reference values or vendor documents kept changing while this evidence was appraised.',
  );
}

/** What a relying party's evidence is appraised by: with the workload that it names, or with none. */
export function groundsFor(
  parts: VerifierParts,
  tenant: Tenant,
  bound: BoundEvidence,
  { workload, policy }: Pick<AppraiseRequest, 'workload' | 'policy'>,
): Promise<Grounds> {
  if (workload === null) return findPolicyGrounds(parts, tenant, bound, policy);
  return findGrounds(parts, tenant, bound, { scope: { named: workload, taken: null }, chosen: policy });
}

/** Appraises and commits; or nothing was written. */
async function decide(
  parts: VerifierParts,
  tenant: Tenant,
  { result: bound, collected, underWay, track }: Endorsed<BoundEvidence>,
  { request, recording }: Pick<Parsed, 'request' | 'recording'>,
): Promise<AppraiseReply | Unsettled> {
  const { epoch, outcome } = await groundsFor(parts, tenant, bound, request);
  const epochs = { epoch, endorsements: collected.epoch };
  const wanted = outcome.ok ? trackFor(bound.evidence, outcome.value.policy) : track;
  if (wanted !== track) return wanted;
  recording.assessed(bound.authenticated.tcb);
  if (!outcome.ok) return refuseWhileStanding(parts, tenant, epochs, outcome.refusal);
  const verification = appraiseBound(bound, outcome.value);
  const { verdict, refusal } = verification;
  if (refusal !== null && underWay !== null) return 'wanting';
  if (refusal !== null) return refuseWhileStanding(parts, tenant, epochs, refusal);
  const decision = decisionOf(
    {
      verification,
      act: 'appraise',
      tenant: tenant.name,
      audience: null,
      code: verdict.code,
      checks: verdict.checks,
      policy: outcome.value.policy,
      crypto: parts.crypto,
      recordedAt: parts.clock.now(),
    },
    parts.entropy,
  );
  const committed = await parts.stores.decisions.commit({
    decision,
    spend: null,
    token: null,
    ...epochs,
    named: request.workload,
  });
  if (committed !== 'committed') return 'moved';
  // What was so in the past says nothing of what is to come.
  if (request.at === null) {
    noteSighting(parts, verification, { tenant: tenant.name, policy: request.policy?.name ?? null });
  }
  return { ...verdict, decision: decision.id };
}

/** Before anything else is done for it. Refuses `policy_unknown`. */
export async function requirePolicy(
  { policies }: VerifierParts,
  tenant: Tenant,
  policy: PolicyName | null,
): Promise<void> {
  if (policy === null) return;
  const { outcome } = await policies.find(tenant.name, policy);
  if (!outcome.ok) throw new RefusalError(outcome.refusal);
}

/** No processor of this kind existed before; a year like 0 is a mistake, and no database would take it. */
const EARLIEST = new Date('2000-01-01T00:00:00Z');

export function requirePast(at: Date | null, now: Date): void {
  if (at !== null && at.getTime() < EARLIEST.getTime()) {
    refuseRequest(`The instant "at" lies before ${EARLIEST.toISOString()}.`);
  }
  if (at !== null && at.getTime() > now.getTime()) {
    refuse(
      'at_in_future',
      'request',
      'The instant "at" lies in the future; leave it out to appraise as of now.',
    );
  }
}
