/**
 * The policy group of the SNP procedure: everything that can be wrong with a genuine report. Every check is
 * made and leaves its entry, whatever the others said.
 */
import type { TeeAppraisal } from '../../rats/evidence.js';
import type { RefusalCode } from '../../rats/refusal.js';
import type { CheckResult, TrustVector } from '../../rats/result.js';
import type { SnpAppraisalInput, SnpFacts } from './appraisal-input.js';
import { chipStanding, IDENTITY_CHECKS } from './identity-checks.js';
import { PLATFORM_CHECKS } from './platform-checks.js';
import { POLICY_CHECKS } from './policy-checks.js';
import { graceUntil, STATUS_CHECKS } from './status-checks.js';
import { TCB_CHECKS } from './tcb-checks.js';

const CHECKS = [...POLICY_CHECKS, ...PLATFORM_CHECKS, ...STATUS_CHECKS, ...TCB_CHECKS, ...IDENTITY_CHECKS];

/** Every code of the policy group in the order of the procedure, those of reference values at the end. */
export const SNP_APPRAISAL_CODES: readonly RefusalCode[] = [
  'snp_vmpl_not_allowed',
  'snp_report_version_not_allowed',
  'snp_product_not_allowed',
  'snp_policy_debug',
  'snp_policy_migration_agent',
  'snp_policy_smt',
  'snp_policy_cxl',
  'snp_policy_required_bit_missing',
  'snp_platform_alias_check_missing',
  'snp_platform_bit_forbidden',
  'snp_platform_bit_required',
  'snp_tcb_status_not_accepted',
  'snp_tcb_below_minimum',
  'snp_firmware_below_minimum',
  'snp_firmware_provisional',
  'snp_mitigation_missing',
  'snp_id_key_not_trusted',
  'snp_author_key_not_trusted',
  'snp_guest_svn_below_minimum',
  'snp_chip_id_masked',
  'snp_chip_denied',
  'snp_csp_id_not_allowed',
  'measurement_not_allowed',
  'host_data_mismatch',
];

/** `signer`, `product` and `tcb` as authentication established them. */
export function appraiseSnp(input: SnpAppraisalInput): TeeAppraisal {
  const { report, product, signer, tcb, table, at, policy: whole } = input;
  const { common, snp: policy } = whole;
  // Written out: adding members behind a spread is dearer than most of the checks.
  const facts: SnpFacts = { report, product, signer, tcb, table, at, common, policy };
  const checks = CHECKS.map((check) => check(facts));
  return { checks, vector: vectorOf(facts, checks), graceUntil: graceUntil(facts) };
}

/** Failures that speak about the processor and its firmware. */
const HARDWARE: readonly RefusalCode[] = [
  'snp_report_version_not_allowed',
  'snp_product_not_allowed',
  'snp_tcb_status_not_accepted',
  'snp_tcb_below_minimum',
  'snp_firmware_below_minimum',
  'snp_firmware_provisional',
  'snp_mitigation_missing',
];

/** Failures that speak about how the guest was launched and how the platform is set up. */
const CONFIGURATION: readonly RefusalCode[] = [
  'snp_vmpl_not_allowed',
  'snp_policy_debug',
  'snp_policy_migration_agent',
  'snp_policy_smt',
  'snp_policy_cxl',
  'snp_policy_required_bit_missing',
  'snp_platform_alias_check_missing',
  'snp_platform_bit_forbidden',
  'snp_platform_bit_required',
  'snp_id_key_not_trusted',
  'snp_author_key_not_trusted',
  'snp_guest_svn_below_minimum',
];

/** Values: draft-ietf-rats-ar4si, section 2.3. */
function vectorOf(facts: SnpFacts, checks: readonly CheckResult[]): TeeAppraisal['vector'] {
  const failed = new Set<RefusalCode>();
  for (const { id, outcome } of checks) if (outcome === 'fail') failed.add(id);
  const instance = instanceIdentity(facts, failed);
  return {
    ...(instance === null ? {} : { 'instance-identity': instance }),
    configuration: configuration(facts, failed),
    hardware: hardware(facts, failed),
    ...(failed.has('snp_policy_debug') ? {} : { 'runtime-opaque': 2 }),
  };
}

const JUDGED: readonly string[] = ['UpToDate', 'NotShown', 'ConfigurationNeeded'];

/** 2 genuine, 32 genuine with known or unjudged vulnerabilities, 96 recognised but contraindicated. */
function hardware({ tcb, signer }: SnpFacts, failed: ReadonlySet<RefusalCode>): number {
  if (HARDWARE.some((code) => failed.has(code))) return 96;
  const judged = JUDGED.includes(tcb.status);
  return judged && signer.revocationChecked ? 2 : 32;
}

/** 2 approved, 3 without known vulnerability, 96 contraindicated. Version 2 shows too little to be approved. */
function configuration({ report, tcb }: SnpFacts, failed: ReadonlySet<RefusalCode>): number {
  if (CONFIGURATION.some((code) => failed.has(code))) return 96;
  return tcb.status === 'ConfigurationNeeded' || report.version < 3 ? 3 : 2;
}

/** Only where the policy expects to know the chip or the provider: 2 recognised, 96 not trusted, 97 not known. */
function instanceIdentity(
  facts: SnpFacts,
  failed: ReadonlySet<RefusalCode>,
): NonNullable<TrustVector['instance-identity']> | null {
  const standing = chipStanding(facts);
  if (standing === 'denied') return 96;
  if (standing === 'unlisted') return 97;
  if (failed.has('snp_chip_id_masked') || failed.has('snp_csp_id_not_allowed')) return 97;
  return standing === 'listed' ? 2 : null;
}
