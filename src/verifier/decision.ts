/** The decision record of one appraised submission: what was judged, on what grounds, with which result. */
import { base64urlOf } from '../bytes/encoding.js';
import type { AppraisalPolicy } from '../rats/policy.js';
import type { RefusalCode } from '../rats/refusal.js';
import type { CheckResult } from '../rats/result.js';
import type { Decision } from './decision-ports.js';
import type { Entropy } from './ports.js';
import type { Verification } from './verify.js';

export interface DecisionInput {
  readonly verification: Verification;
  readonly act: Decision['act'];
  readonly tenant: string;
  readonly audience: string | null;
  /** The final code: a denial of the audience's may stand above the appraisal's own. */
  readonly code: RefusalCode | null;
  /** Checks of the request itself, beside those of the evidence. */
  readonly checks: readonly CheckResult[];
  readonly policy: AppraisalPolicy;
  readonly crypto: string | null;
  readonly recordedAt: Date;
}

/** Throws TypeError for evidence that was not appraised: refusals leave no record. */
export function decisionOf(input: DecisionInput, entropy: Entropy): Decision {
  return decisionWith(`dec_${base64urlOf(entropy.bytes(16))}`, input);
}

/** The same under an id that there is already. */
export function decisionWith(id: string, input: DecisionInput): Decision {
  const { verification } = input;
  const { verdict, authenticated, appraisal } = verification;
  if (authenticated === null || appraisal === null || verdict.envelope === null) {
    throw new TypeError('only authentic evidence makes a decision');
  }
  return {
    id,
    tenant: input.tenant,
    act: input.act,
    recordedAt: input.recordedAt,
    at: new Date(verdict.at),
    audience: input.audience,
    workload: appraisal.matched?.workload ?? null,
    referenceVersion: appraisal.matched?.version ?? null,
    status: appraisal.tier,
    vector: appraisal.vector,
    code: input.code,
    tee: authenticated.tee,
    generation: authenticated.generation,
    envelope: verdict.envelope,
    binding: verdict.binding,
    simulated: authenticated.simulated,
    debug: authenticated.debug,
    measurement: authenticated.measurement,
    evidenceDigest: authenticated.evidenceDigest,
    policy: `${input.policy.name}@${input.policy.version}`,
    policyDigest: input.policy.digest,
    tcb: authenticated.tcb,
    claims: authenticated.claims,
    checks: input.checks,
    endorsements: verdict.endorsements,
    crypto: input.crypto,
  };
}
