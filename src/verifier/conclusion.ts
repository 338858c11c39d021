/** What becomes of an appraisal: a decision, and its token or the reason why there is none. Nothing of it is written yet. */
import { mergeChecks } from '../rats/check.js';
import type { AppraisalPolicy } from '../rats/policy.js';
import type { IssuedToken } from '../token/issuer.js';
import { challengeChecks } from './binding-checks.js';
import { decisionOf } from './decision.js';
import type { Decision } from './decision-ports.js';
import { type Denial, denialOf, oversize } from './denial.js';
import { tokenFor } from './issuance.js';
import type { Tenant } from './ports.js';
import type { Audience } from './reference-ports.js';
import type { VerifierParts } from './service.js';
import type { Submission } from './submission.js';
import type { BoundEvidence, Verification } from './verify.js';

export interface Appraised {
  readonly verification: Verification;
  readonly bound: BoundEvidence;
  readonly policy: AppraisalPolicy;
  readonly submission: Submission;
  readonly audience: Audience;
  /** Nothing of the audience's matched, or might be asked for, but another workload did. */
  readonly matchedElsewhere: boolean;
}

export type Conclusion =
  | { readonly decision: Decision; readonly token: IssuedToken; readonly denial: null }
  | { readonly decision: Decision; readonly token: null; readonly denial: Denial };

export async function conclude(
  parts: VerifierParts,
  tenant: Tenant,
  appraised: Appraised,
): Promise<Conclusion> {
  const { verification, bound, submission, audience } = appraised;
  const denial = denialOf(verification, appraised);
  if (denial !== null) return denied(parts, tenant, appraised, denial);
  const decision = decide(parts, tenant, appraised, null);
  const graceUntil = verification.appraisal?.graceUntil ?? null;
  const token = await tokenFor(parts, tenant, {
    ...{ decision, submission, audience, bound, graceUntil },
    at: parts.clock.now(),
  });
  const bytes = token.token.length;
  if (bytes <= audience.maxTokenBytes) return { decision, token, denial: null };
  return denied(parts, tenant, appraised, oversize(verification, audience, bytes));
}

function denied(parts: VerifierParts, tenant: Tenant, appraised: Appraised, denial: Denial): Conclusion {
  return { decision: decide(parts, tenant, appraised, denial), token: null, denial };
}

function decide(
  { clock, crypto, entropy }: VerifierParts,
  tenant: Tenant,
  { verification, policy, audience }: Appraised,
  denial: Denial | null,
): Decision {
  return decisionOf(
    {
      verification,
      act: 'attest',
      tenant: tenant.name,
      audience: audience.name,
      code: denial?.code ?? null,
      checks: mergeChecks(denial?.checks ?? verification.verdict.checks, challengeChecks()),
      policy,
      crypto,
      recordedAt: clock.now(),
    },
    entropy,
  );
}
