/**
 * The policy group of the TDX procedure: everything that can be wrong with a genuine quote. Every check is made
 * and leaves its entry, whatever the others said.
 */
import { notRun } from '../../rats/check.js';
import type { TeeAppraisal } from '../../rats/evidence.js';
import type { RefusalCode } from '../../rats/refusal.js';
import type { CheckResult, TrustVector } from '../../rats/result.js';
import type { TdxAppraisalInput, TdxFacts } from './appraisal-input.js';
import { ATTRIBUTE_CHECKS } from './attribute-checks.js';
import { brokenSettings, instanceStanding, PLATFORM_CHECKS } from './platform-checks.js';
import { GENUINE_STATUSES, graceUntil, MODULE_CHECKS, TCB_STATUS_CHECKS } from './status-checks.js';

const CHECKS = [...TCB_STATUS_CHECKS, ...PLATFORM_CHECKS, ...MODULE_CHECKS, ...ATTRIBUTE_CHECKS];

/** Checks on an event log, made before any policy is asked; here they stand for those that had no log to look at. */
const REPLAY_CODES: readonly RefusalCode[] = [
  'event_log_malformed',
  'event_log_replay_mismatch',
  'event_digest_mismatch',
];

/** Every code that is judged after authentication, in the order of the procedure, those of reference values at the end. */
export const TDX_APPRAISAL_CODES: readonly RefusalCode[] = [
  ...REPLAY_CODES,
  'tdx_tcb_status_not_accepted',
  'tdx_advisory_not_accepted',
  'tdx_fmspc_not_allowed',
  'tdx_platform_not_allowed',
  'tdx_module_below_minimum',
  'tdx_debug_td',
  'tdx_attributes_forbidden',
  'tdx_xfam_invalid',
  'tdx_service_td_not_allowed',
  'measurement_not_allowed',
  'event_log_required',
];

/** `report`, `pck` and `tcb` as authentication established them. */
export function appraiseTdx(input: TdxAppraisalInput): TeeAppraisal {
  const { report, pck, tcb, current, revocationChecked, at, policy: whole } = input;
  const { common, tdx: policy } = whole;
  // Written out: adding members behind a spread is dearer than most of the checks.
  const facts: TdxFacts = { report, pck, tcb, current, revocationChecked, at, common, policy };
  const checks = [...WITHOUT_LOG, ...CHECKS.map((check) => check(facts))];
  return { checks, vector: vectorOf(facts, checks), graceUntil: graceUntil(facts) };
}

const WITHOUT_LOG: readonly CheckResult[] = REPLAY_CODES.map((code) =>
  Object.freeze(
    notRun(
      code,
      'UEFI specification, chapter 38 (confidential computing)',
      'no event log came with this evidence',
    ),
  ),
);

/** Failures that speak about the processor, its firmware and the TDX module. */
const HARDWARE: readonly RefusalCode[] = [
  'tdx_tcb_status_not_accepted',
  'tdx_advisory_not_accepted',
  'tdx_fmspc_not_allowed',
  'tdx_module_below_minimum',
];

/** Failures that speak about how the TD was created. Settings of the platform come on top. */
const CONFIGURATION: readonly RefusalCode[] = [
  'tdx_debug_td',
  'tdx_attributes_forbidden',
  'tdx_xfam_invalid',
  'tdx_service_td_not_allowed',
];

/** Statuses that leave something to be set, at the host or in the guest. */
const UNSETTLED: readonly string[] = [
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDateConfigurationNeeded',
  'TDRelaunchAdvisedConfigurationNeeded',
];

/** Values: draft-ietf-rats-ar4si, section 2.3. */
function vectorOf(facts: TdxFacts, checks: readonly CheckResult[]): TeeAppraisal['vector'] {
  const failed = new Set<RefusalCode>();
  for (const { id, outcome } of checks) if (outcome === 'fail') failed.add(id);
  const instance = instanceIdentity(facts);
  return {
    ...(instance === null ? {} : { 'instance-identity': instance }),
    configuration: configuration(facts, failed),
    hardware: hardware(facts, failed),
    ...(failed.has('tdx_debug_td') ? {} : { 'runtime-opaque': 2 }),
  };
}

/** 2 genuine, 32 genuine with known vulnerabilities or unjudged revocation, 96 contraindicated. */
function hardware({ tcb, revocationChecked }: TdxFacts, failed: ReadonlySet<RefusalCode>): number {
  if (HARDWARE.some((code) => failed.has(code))) return 96;
  return GENUINE_STATUSES.includes(tcb.status) && revocationChecked ? 2 : 32;
}

/** 2 approved, 3 without known vulnerability, 96 contraindicated. */
function configuration(facts: TdxFacts, failed: ReadonlySet<RefusalCode>): number {
  if (CONFIGURATION.some((code) => failed.has(code)) || brokenSettings(facts).length > 0) return 96;
  return UNSETTLED.includes(facts.tcb.status) ? 3 : 2;
}

/** Only where the policy expects to know the platform: 2 recognised, 96 not trusted, 97 not known. */
function instanceIdentity(facts: TdxFacts): NonNullable<TrustVector['instance-identity']> | null {
  switch (instanceStanding(facts)) {
    case 'denied':
      return 96;
    case 'unlisted':
    case 'unknown':
      return 97;
    case 'listed':
      return 2;
    default:
      return null;
  }
}
