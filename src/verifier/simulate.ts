/** Use case: what another policy would make of evidence, beside the one in force. Decides and records nothing. */
import type { ParsedEvidence } from '../rats/evidence.js';
import type { AppraisalPolicy } from '../rats/policy.js';
import { RefusalError } from '../rats/refusal.js';
import {
  EPOCH_ATTEMPTS,
  groundsFor,
  refusedVerdict,
  refuseRestlessness,
  requirePast,
  requirePolicy,
} from './appraise.js';
import {
  AS_PARSED,
  authenticateAgain,
  authenticateEndorsed,
  awaitVendors,
  collectFor,
  type Endorsed,
  type EndorsedQuestion,
  settleAnew,
  trackFor,
} from './endorsed.js';
import { earliest, findPlatform, refuseWhileStanding } from './grounds.js';
import { naming } from './naming.js';
import { DEFAULT_POLICY } from './policy-book.js';
import type { Aside, Tenant } from './ports.js';
import type { Recording } from './record.js';
import { requireWorkload } from './references.js';
import type { PolicyName, SimulatedVerdict, SimulationReply, SimulationRequest } from './requests.js';
import type { VerifierParts } from './service.js';
import { parseSubmitted } from './submitted.js';
import { type AppraisalInput, appraiseBound, type BoundEvidence, type Verification } from './verify.js';

/** A policy to try: one that is kept, under the epoch of each try, or one that is not. */
type Proposed =
  | { readonly kept: PolicyName; readonly draft: null }
  | { readonly kept: null; readonly draft: AppraisalPolicy };

export async function simulatePolicy(
  parts: VerifierParts,
  tenant: Tenant,
  request: SimulationRequest,
  { recording, aside }: { readonly recording: Recording; readonly aside: Aside },
): Promise<SimulationReply> {
  const proposed: Proposed =
    'document' in request.proposed
      ? { kept: null, draft: parts.policies.draft(request.proposed.document) }
      : { kept: request.proposed, draft: null };
  await requirePolicy(parts, tenant, proposed.kept);
  requirePast(request.at, parts.clock.now());
  recording.entered('parse');
  const evidence = parseSubmitted(request.evidence);
  recording.recognised(evidence.tee);
  return naming(evidence.tee, () =>
    simulateParsed(parts, tenant, { request, evidence, proposed, recording, aside }),
  );
}

interface Parsed {
  readonly request: SimulationRequest;
  readonly evidence: ParsedEvidence;
  readonly proposed: Proposed;
  readonly recording: Recording;
  readonly aside: Aside;
}

async function simulateParsed(
  parts: VerifierParts,
  tenant: Tenant,
  { request, evidence, proposed, recording, aside }: Parsed,
): Promise<SimulationReply> {
  await requireWorkload(parts, tenant, request.workload);
  recording.entered('authenticate');
  const asked: EndorsedQuestion = {
    evidence,
    expectedReportData: request.reportData,
    at: request.at,
    aside,
    track: AS_PARSED,
  };
  const collected = await collectFor(parts, tenant, asked);
  let endorsed = await authenticateEndorsed(parts, tenant, asked, collected);
  for (let attempt = 0; attempt < EPOCH_ATTEMPTS; attempt += 1) {
    // Of two policies one may be patient with old documents and the other not.
    endorsed = await awaitVendors(parts, tenant, asked, endorsed);
    recording.entered('appraise');
    const { result } = endorsed;
    const reply =
      'verdict' in result
        ? await judgeRefused(parts, tenant, { ...endorsed, result }, { request, proposed })
        : await judgeBoth(parts, tenant, { ...endorsed, result }, { request, proposed, asked });
    if (reply !== 'moved') return reply;
    endorsed = await authenticateAgain(parts, tenant, asked, endorsed);
  }
  return refuseRestlessness();
}

type Question = Pick<Parsed, 'request' | 'proposed'>;

/** What is not genuine or not bound is so under every policy. */
async function judgeRefused(
  parts: VerifierParts,
  tenant: Tenant,
  { result, collected }: Endorsed<Verification>,
  { request, proposed }: Question,
): Promise<SimulationReply | 'moved'> {
  const verdict = refusedVerdict(result);
  const endorsements = collected.epoch;
  const question = { workload: request.workload, otherwise: DEFAULT_POLICY };
  const { epoch, outcome } = await parts.policies.find(tenant.name, question);
  if (!outcome.ok) return refuseWhileStanding(parts, tenant, { epoch, endorsements }, outcome.refusal);
  const other = await policyOf(parts, tenant, proposed);
  if (!(await parts.stores.decisions.epochStands(tenant.name, epoch, endorsements))) return 'moved';
  return { inForce: labelled(outcome.value, verdict), proposed: labelled(other, verdict) };
}

/** Moved: what evidence is appraised by changed meanwhile. */
async function judgeBoth(
  parts: VerifierParts,
  tenant: Tenant,
  endorsed: Endorsed<BoundEvidence>,
  { request, proposed, asked }: Question & { readonly asked: EndorsedQuestion },
): Promise<SimulationReply | 'moved'> {
  const { workload } = request;
  const { result: bound, collected } = endorsed;
  const endorsements = collected.epoch;
  const { epoch, outcome } = await groundsFor(parts, tenant, bound, { workload, policy: null });
  if (!outcome.ok) return refuseWhileStanding(parts, tenant, { epoch, endorsements }, outcome.refusal);
  const policy = await policyOf(parts, tenant, proposed);
  const registered = await findPlatform(parts, tenant, bound, policy);
  const oldest = registered === null ? epoch : earliest(epoch, registered.epoch);
  const other = { ...outcome.value, policy, platform: registered?.platform ?? null };
  const ours = await onTrackOf(parts, tenant, asked, { endorsed, policy: outcome.value.policy });
  const theirs = await onTrackOf(parts, tenant, asked, { endorsed, policy });
  for (const { collected: read } of [endorsed, ours, theirs]) {
    if (!(await parts.stores.decisions.epochStands(tenant.name, oldest, read.epoch))) return 'moved';
  }
  return { inForce: judged(ours.result, outcome.value), proposed: judged(theirs.result, other) };
}

/** The evidence by the documents that the policy goes by. */
async function onTrackOf(
  parts: VerifierParts,
  tenant: Tenant,
  asked: EndorsedQuestion,
  { endorsed, policy }: { readonly endorsed: Endorsed<BoundEvidence>; readonly policy: AppraisalPolicy },
): Promise<Endorsed> {
  const track = trackFor(asked.evidence, policy);
  if (track === endorsed.track) return endorsed;
  const other = await settleAnew(parts, tenant, asked, { before: endorsed, why: track });
  return awaitVendors(parts, tenant, { ...asked, track }, other);
}

async function policyOf(
  { policies }: VerifierParts,
  tenant: Tenant,
  { kept, draft }: Proposed,
): Promise<AppraisalPolicy> {
  if (kept === null) return draft;
  const { outcome } = await policies.find(tenant.name, kept);
  if (!outcome.ok) throw new RefusalError(outcome.refusal);
  return outcome.value;
}

/** Undecided is a verdict here: the two policies may differ in just that. */
function judged(result: Endorsed['result'], grounds: AppraisalInput): SimulatedVerdict {
  const { verdict } = 'verdict' in result ? result : appraiseBound(result, grounds);
  return labelled(grounds.policy, { ...verdict, decision: null });
}

function labelled(
  { name, version, digest }: AppraisalPolicy,
  verdict: SimulatedVerdict['verdict'],
): SimulatedVerdict {
  return { policy: `${name}@${version}`, policyDigest: digest, verdict };
}
