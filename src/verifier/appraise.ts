/** Use case: the full verdict for an authenticated relying party that knows what REPORT_DATA must be. Never a token. */
import type { ParsedEvidence } from '../rats/evidence.js';
import type { AppraisalPolicy } from '../rats/policy.js';
import type { ReferenceQuery } from '../rats/reference-value.js';
import { RefusalError, refusalEntry, refuse } from '../rats/refusal.js';
import { parseEvidence } from '../tee/registry.js';
import { decisionOf } from './decision.js';
import { naming } from './naming.js';
import type { Tenant } from './ports.js';
import type { Recording } from './record.js';
import { findReferences, requireWorkload } from './references.js';
import type { AppraiseReply, AppraiseRequest } from './requests.js';
import type { VerifierParts } from './service.js';
import { appraiseBound, authenticateBound, type BoundEvidence, type Verification } from './verify.js';

const EPOCH_ATTEMPTS = 8;
const NOT_COMPARED: ReferenceQuery = { given: false, candidates: [] };

export async function appraiseSubmission(
  parts: VerifierParts,
  tenant: Tenant,
  request: AppraiseRequest,
  recording: Recording,
): Promise<AppraiseReply> {
  const policy = requirePolicy(parts, request.policy);
  requirePast(request.at, parts.clock.now());
  recording.entered('parse');
  const { type, bytes, certificates } = request.evidence;
  const evidence = parseEvidence(type, bytes, certificates);
  recording.recognised(evidence.tee);
  return naming(evidence.tee, () => appraiseParsed(parts, tenant, { request, policy, evidence, recording }));
}

interface Parsed {
  readonly request: AppraiseRequest;
  readonly policy: AppraisalPolicy;
  readonly evidence: ParsedEvidence;
  readonly recording: Recording;
}

async function appraiseParsed(
  parts: VerifierParts,
  tenant: Tenant,
  { request, policy, evidence, recording }: Parsed,
): Promise<AppraiseReply> {
  await requireWorkload(parts, tenant, request.workload);

  recording.entered('authenticate');
  const endorsements = await parts.collect(evidence.requirements, {
    realm: tenant.realm,
    at: request.at ?? parts.clock.now(),
    tense: request.at === null ? 'now' : 'past',
  });
  const bound = await authenticateBound({
    evidence,
    expectedReportData: request.reportData,
    endorsements,
    anchors: parts.anchorsFor(tenant.realm),
    at: request.at ?? parts.clock.now(),
    revocation: 'required',
  });
  if ('verdict' in bound) return refusedVerdict(bound);
  recording.assessed(bound.authenticated.tcb);

  for (let attempt = 0; attempt < EPOCH_ATTEMPTS; attempt += 1) {
    recording.entered('appraise');
    const reply = await decide(parts, tenant, { bound, policy, workload: request.workload });
    if (reply !== null) return reply;
  }
  return refuse(
    'overloaded',
    'appraise',
    'Reference values kept changing while this evidence was appraised.',
    {
      retryAfter: 1,
    },
  );
}

/** Decided verdicts are answers; undecided and malformed ones are problems. */
function refusedVerdict({ verdict, refusal }: Verification): AppraiseReply {
  if (refusal === null) throw new TypeError('evidence that is not bound carries its refusal');
  const { class: kind } = refusalEntry(refusal.code);
  if (kind !== 'refused' && kind !== 'spent') throw new RefusalError(refusal);
  return { ...verdict, decision: null };
}

interface Deciding {
  readonly bound: BoundEvidence;
  readonly policy: AppraisalPolicy;
  readonly workload: string | null;
}

/** Null when reference values changed meanwhile: nothing was written. */
async function decide(
  parts: VerifierParts,
  tenant: Tenant,
  { bound, policy, workload }: Deciding,
): Promise<AppraiseReply | null> {
  const found =
    workload === null
      ? { query: NOT_COMPARED, epoch: null }
      : await findReferences(parts, tenant, bound, { named: workload, taken: null });
  const verification = appraiseBound(bound, { policy, references: found.query });
  const { verdict } = verification;
  const decision = decisionOf(
    {
      verification,
      act: 'appraise',
      tenant: tenant.name,
      audience: null,
      code: verdict.code,
      checks: verdict.checks,
      policy,
      recordedAt: parts.clock.now(),
    },
    parts.entropy,
  );
  const outcome = await parts.stores.decisions.commit({
    decision,
    spend: null,
    token: null,
    epoch: found.epoch,
  });
  return outcome === 'committed' ? { ...verdict, decision: decision.id } : null;
}

function requirePolicy({ policy }: VerifierParts, name: string | null): AppraisalPolicy {
  if (name !== null && name !== policy.name) {
    refuse(
      'policy_unknown',
      'request',
      `This tenant has no such policy; the one in force is "${policy.name}".`,
    );
  }
  return policy;
}

/** No processor of this kind existed before; a year like 0 is a mistake, and no database would take it. */
const EARLIEST = new Date('2000-01-01T00:00:00Z');

function requirePast(at: Date | null, now: Date): void {
  if (at !== null && at.getTime() < EARLIEST.getTime()) {
    refuse('request_invalid', 'request', `The instant "at" lies before ${EARLIEST.toISOString()}.`);
  }
  if (at !== null && at.getTime() > now.getTime()) {
    refuse(
      'at_in_future',
      'request',
      'The instant "at" lies in the future; leave it out to appraise as of now.',
    );
  }
}
