/** Refusal codes: AMD SEV-SNP. Order is the order in which several denials are reported. */
import { SNP_ENDORSEMENT_REFUSALS } from './snp-endorsement.js';
import { SNP_POLICY_REFUSALS } from './snp-policy.js';
import { SNP_REPORT_REFUSALS } from './snp-report.js';

export const SNP_REFUSALS = [
  ...SNP_REPORT_REFUSALS,
  ...SNP_ENDORSEMENT_REFUSALS,
  ...SNP_POLICY_REFUSALS,
] as const;
