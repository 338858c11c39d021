/**
 * Use case: a recorded decision judged again, at its instant and on its grounds: the endorsements that it names, by
 * digest; its version of the policy; reference values and machines as they stood. Evidence is brought along, since it is
 * stored nowhere. Writes nothing, and gives no token.
 */
import { bytesOfHex } from '../bytes/encoding.js';
import { mergeChecks } from '../rats/check.js';
import type { ParsedEvidence } from '../rats/evidence.js';
import type { JsonObject } from '../rats/result.js';
import { refuseMissing, refuseRequest } from '../rats/shared-refusals.js';
import { challengeChecks } from './binding-checks.js';
import { decisionWith } from './decision.js';
import type { Decision } from './decision-ports.js';
import { decisionRecord, differencesOf } from './decision-record.js';
import { denialOf, oversizeThen } from './denial.js';
import { naming } from './naming.js';
import { findPastAppraisal, findPastGrounds, type PastGrounds } from './past-grounds.js';
import type { Tenant } from './ports.js';
import type { Recording } from './record.js';
import type { ReplayReply, ReplayRequest } from './requests.js';
import type { VerifierParts } from './service.js';
import { parseSubmitted } from './submitted.js';
import {
  appraiseBound,
  authenticateBound,
  type BoundEvidence,
  NO_DEMANDS,
  type Verification,
} from './verify.js';

export async function replayDecision(
  parts: VerifierParts,
  tenant: Tenant,
  request: ReplayRequest,
  recording: Recording,
): Promise<ReplayReply> {
  const decision = await parts.stores.decisions.get(tenant.name, request.decision);
  if (decision === null) return refuseMissing('This tenant has no such decision.');
  recording.entered('parse');
  const evidence = parseSubmitted(request.evidence);
  recording.recognised(evidence.tee);
  return naming(evidence.tee, async () => {
    requireSameEvidence(decision, evidence);
    const past = await findPastGrounds(parts, tenant, decision, evidence);
    recording.entered('authenticate');
    const bound = await authenticateAgain(parts, tenant, evidence, past);
    recording.entered('appraise');
    const { verification, record } =
      'verdict' in bound ? unappraised(bound, past) : await appraiseAgain(parts, tenant, bound, past);
    const differences = differencesOf(decisionRecord(decision), record);
    const verdict = { ...verification.verdict, decision: null };
    return { identical: differences.length === 0, differences, verdict };
  });
}

/** By the bytes that are signed: what is around them may be another envelope, and is then told as a difference. */
function requireSameEvidence(
  { evidenceDigest: then }: Decision,
  { evidenceDigest: now }: ParsedEvidence,
): void {
  if (then === now) return;
  refuseRequest(
    `This is other evidence than the decision was made on: the SHA-256 of its signed bytes is ${now}, and the decision has ${then}.`,
  );
}

function authenticateAgain(
  parts: VerifierParts,
  tenant: Tenant,
  evidence: ParsedEvidence,
  { decision, endorsements, policy }: PastGrounds,
): Promise<BoundEvidence | Verification> {
  return authenticateBound({
    evidence,
    expectedReportData: boundTo(decision),
    endorsements,
    anchors: parts.anchorsFor(tenant.realm),
    at: decision.at,
    revocation: 'required',
    demands: { ...NO_DEMANDS, track: policy.common.tcb_track },
  });
}

/** What was asked of REPORT_DATA is what the decision records as verified; null: nothing was. */
function boundTo({ binding, claims: { report_data: recorded } }: Decision): Uint8Array | null {
  return binding === 'verified' && typeof recorded === 'string' ? bytesOfHex(recorded) : null;
}

interface Judged {
  readonly verification: Verification;
  /** What would be recorded now. */
  readonly record: JsonObject;
}

/** Of what makes no decision now, as much as its verdict says. */
function unappraised(verification: Verification, { decision }: PastGrounds): Judged {
  const { status, code, tee, envelope, binding, checks } = verification.verdict;
  const record = {
    ...decisionRecord(decision),
    ...{ status, code, tee, envelope, binding, vector: null, tcb: null, claims: null },
    checks: checks.map((check) => ({ ...check })),
    endorsements: [],
  };
  return { verification, record };
}

async function appraiseAgain(
  parts: VerifierParts,
  tenant: Tenant,
  bound: BoundEvidence,
  past: PastGrounds,
): Promise<Judged> {
  const { decision, policy, audience } = past;
  const { input, matchedElsewhere } = await findPastAppraisal(parts, tenant, bound, past);
  const verification = appraiseBound(bound, input);
  if (verification.appraisal === null) return unappraised(verification, past);
  const denial =
    audience === null
      ? null
      : (denialOf(verification, { audience, matchedElsewhere }) ?? oversizeThen(verification, decision));
  const checks = denial?.checks ?? verification.verdict.checks;
  const again = decisionWith(decision.id, {
    verification,
    act: decision.act,
    tenant: decision.tenant,
    audience: decision.audience,
    code: audience === null ? verification.verdict.code : (denial?.code ?? null),
    checks: decision.act === 'attest' ? mergeChecks(checks, challengeChecks()) : checks,
    policy,
    // Who computed then is no part of what was decided, no more than when.
    crypto: decision.crypto,
    recordedAt: decision.recordedAt,
  });
  return { verification, record: decisionRecord(again) };
}
