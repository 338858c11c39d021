/** Unwrapped bytes to ParsedEvidence: the form is judged, requirements are named, nothing is believed. */
import { sha256Hex } from '../../bytes/digest.js';
import { equalBytes } from '../../bytes/encoding.js';
import { passed } from '../../rats/check.js';
import type { ParsedEvidence } from '../../rats/evidence.js';
import { RefusalError } from '../../rats/refusal.js';
import type { CheckResult } from '../../rats/result.js';
import { refuseRequest } from '../../rats/shared-refusals.js';
import type { UnwrappedEvidence } from '../scheme.js';
import { authenticateSubmission, screenSubmission } from './authenticate.js';
import { TDX_APPRAISAL_CODES } from './checks.js';
import { type EventLog, parseEventLog } from './event-log.js';
import { pckTexts } from './pck.js';
import { readPresentedChain } from './pck-chain.js';
import { requirementsOf } from './pcs.js';
import { readQuote } from './quote.js';
import { formChecks } from './quote-form.js';
import { TDX_TEE } from './seal.js';
import type { TdxSubmission } from './submission.js';

const REPORT_DATA_SOURCE =
  'Intel 344425, table of TDREPORT_STRUCT: REPORTDATA; RFC 9334, section 10 (freshness)';

/** Throws refusals of stage `parse`. */
export function parseEvidence(
  unwrapped: UnwrappedEvidence,
  certificates: readonly Uint8Array[],
  sentLog: Uint8Array | null,
): ParsedEvidence {
  if (certificates.length > 0) {
    refuseRequest(
      'A TDX quote carries its own PCK chain: leave out the certificates beside it (`certificates`, `--cert`).',
      'parse',
    );
  }
  const quote = readQuote(unwrapped.report);
  const certification = quote.signature?.certification ?? null;
  const presented = certification?.kind === 'pck-chain' ? readPresentedChain(certification.chain) : null;
  const eventLog = sentLog === null ? null : parseEventLog(sentLog);
  const submission: TdxSubmission = { evidenceDigest: sha256Hex(quote.signed), quote, presented, eventLog };
  return {
    tee: TDX_TEE,
    envelope: unwrapped.envelope,
    binding: 'report-data',
    reportDataSource: REPORT_DATA_SOURCE,
    evidenceDigest: submission.evidenceDigest,
    requirements:
      presented?.kind === 'read' ? requirementsOf(pckTexts(presented.pck).fmspc, presented.issuedBy) : [],
    checks: [...formChecks(quote), ...logChecks(eventLog)],
    appraisalCodes: TDX_APPRAISAL_CODES,
    matchesReportData: (expected) => equalBytes(quote.report.reportData, expected),
    screen: async (anchors, at) => {
      const refused = await screenSubmission(submission, anchors, at);
      if (refused !== null) throw new RefusalError(refused);
    },
    authenticate: (input) => authenticateSubmission(submission, input),
  };
}

/** Without a log there is nothing that could be malformed. */
function logChecks(log: EventLog | null): readonly CheckResult[] {
  if (log === null) return [];
  const facts = { expected: 'a log of this form, SHA-384', observed: `${log.events.length} events` };
  return [passed('event_log_malformed', 'UEFI 2.10, section 38 (CC event log)', facts)];
}
