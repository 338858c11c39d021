/** What the SNP checks of the policy group look at. */
import type { AppraisalPolicy, CommonPolicy, SnpPolicy } from '../../rats/policy.js';
import type { CheckResult, TcbAssessment } from '../../rats/result.js';
import type { BulletinTable } from './bulletin-table.js';
import type { SnpProduct } from './product.js';
import type { SnpReport } from './report.js';
import type { SnpSigner } from './signer.js';

export interface SnpAppraisalInput {
  readonly report: SnpReport;
  /** The product line that the verified chain stands for. */
  readonly product: SnpProduct;
  readonly signer: SnpSigner;
  /** From `assessTcb`, for the instant of the verdict. */
  readonly tcb: TcbAssessment;
  /** The table of bulletins that judged it. */
  readonly table: BulletinTable;
  /** The instant of the verdict. */
  readonly at: Date;
  readonly policy: AppraisalPolicy;
}

/** The same, with the policy's sections at hand. */
export interface SnpFacts extends Omit<SnpAppraisalInput, 'policy'> {
  readonly common: CommonPolicy;
  readonly policy: SnpPolicy;
}

/** One row of the procedure: one code, one entry. */
export type SnpCheck = (facts: SnpFacts) => CheckResult;
