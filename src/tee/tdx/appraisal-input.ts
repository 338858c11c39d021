/** What the TDX checks of the policy group look at. */
import type { AppraisalPolicy, CommonPolicy, TdxPolicy } from '../../rats/policy.js';
import type { CheckResult, TcbAssessment } from '../../rats/result.js';
import type { PckFacts } from './pck.js';
import type { Convergence } from './tcb-convergence.js';
import type { TdReport } from './td-report.js';

export interface TdxAppraisalInput {
  readonly report: TdReport;
  readonly pck: PckFacts;
  /** From the TCB evaluation: status of the result, date and advisories of launch. */
  readonly tcb: TcbAssessment;
  /** What the module now running would come to; null where the quote does not say which that is. */
  readonly current: Convergence | null;
  /** False where best effort tolerated an absent revocation list. */
  readonly revocationChecked: boolean;
  /** The instant of the verdict. */
  readonly at: Date;
  readonly policy: AppraisalPolicy;
}

/** The same, with the policy's sections at hand. */
export interface TdxFacts extends Omit<TdxAppraisalInput, 'policy'> {
  readonly common: CommonPolicy;
  readonly policy: TdxPolicy;
}

/** One code of the procedure, one entry. */
export type TdxCheck = (facts: TdxFacts) => CheckResult;
