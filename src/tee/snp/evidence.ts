/** Unwrapped bytes to ParsedEvidence: the form is judged, requirements are named, nothing is believed. */
import { sha256Hex } from '../../bytes/digest.js';
import { equalBytes } from '../../bytes/encoding.js';
import { passed } from '../../rats/check.js';
import type { ParsedEvidence } from '../../rats/evidence.js';
import { onceForEach } from '../../rats/once.js';
import { RefusalError } from '../../rats/refusal.js';
import type { CheckResult } from '../../rats/result.js';
import { refuseRequest } from '../../rats/shared-refusals.js';
import type { UnwrappedEvidence } from '../scheme.js';
import { authenticateSubmission, screenSubmission } from './authenticate.js';
import { SNP_APPRAISAL_CODES } from './checks.js';
import { readPresented } from './presented.js';
import { formChecks, readReport, requireTcbReservedZero } from './report-form.js';
import { candidateProducts, requirementsOf } from './requirements.js';
import type { SnpSubmission } from './submission.js';

export const SNP_TEE = 'sev-snp';
export const AZURE_SNP_TEE = 'az-sev-snp';

const REPORT_DATA_SOURCE =
  'AMD 56860, section 7.3, ATTESTATION_REPORT: REPORT_DATA; RFC 9334, section 10 (freshness)';

/** `certificates`: DER or PEM blobs given beside the evidence. Throws refusals of stage `parse`. */
export function parseEvidence(
  unwrapped: UnwrappedEvidence,
  certificates: readonly Uint8Array[],
  eventLog: Uint8Array | null,
): ParsedEvidence {
  refuseEventLog(eventLog);
  const report = readReport(unwrapped.report);
  const presented = readPresented([...unwrapped.certificates, ...certificates], report);
  // The layout of an unsupported product is unknown; such a report is refused before anything relies on it.
  const [product] = candidateProducts(report, presented);
  if (product !== undefined) requireTcbReservedZero(report, product);
  const submission: SnpSubmission = {
    tee: teeOf(unwrapped),
    evidenceDigest: sha256Hex(report.signed),
    report,
    presented,
    runtimeClaims: unwrapped.runtimeClaims,
  };
  return {
    tee: submission.tee,
    envelope: unwrapped.envelope,
    binding: unwrapped.runtimeClaims === null ? 'report-data' : 'vtpm',
    reportDataSource: REPORT_DATA_SOURCE,
    evidenceDigest: submission.evidenceDigest,
    requirements: requirementsOf(report, presented),
    checks: [...envelopeChecks(unwrapped), ...formChecks(report)],
    appraisalCodes: SNP_APPRAISAL_CODES,
    matchesReportData: (expected) => equalBytes(report.reportData, expected),
    screen: async (anchors, at) => {
      const refused = await screenSubmission(submission, anchors, at);
      if (refused !== null) throw new RefusalError(refused);
    },
    authenticate: (input) => authenticateSubmission(submission, input),
  };
}

/** A report has no registers that events were measured into. */
export function refuseEventLog(eventLog: Uint8Array | null): void {
  if (eventLog === null) return;
  refuseRequest(
    'An SEV-SNP report has no registers that an event log could be held against: leave the log out (`event_log`, `--event-log`).',
    'parse',
  );
}

/** The wire name that an envelope stands for. */
export function teeOf({ runtimeClaims }: UnwrappedEvidence): string {
  return runtimeClaims === null ? SNP_TEE : AZURE_SNP_TEE;
}

/** Having got here, the envelope had its form. */
function envelopeChecks({
  envelope,
  certificates,
  runtimeClaims,
}: UnwrappedEvidence): readonly CheckResult[] {
  if (runtimeClaims !== null) {
    return [
      passed('vtpm_envelope_malformed', 'Azure confidential VM guest attestation, section HCL report', {
        expected: 'sizes, types and JSON of the format',
        observed: 'as expected',
      }),
    ];
  }
  if (envelope !== 'extended' && certificates.length === 0) return [];
  return soundTable(certificates.length);
}

/** By the number of its certificates. */
const soundTable = onceForEach(32, (count: number): readonly CheckResult[] => {
  const table = passed('snp_cert_table_malformed', 'AMD 56421, section 4.1.8.1 (certificate table)', {
    expected: 'entries within bounds, each kind once, a zero entry at the end',
    observed: `${count} certificates`,
  });
  return [Object.freeze(table)];
});
