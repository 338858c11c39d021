/** The bind stage of the procedure: REPORT_DATA here; challenges belong to whoever made them. */
import { failed, notRun, passed } from '../rats/check.js';
import type { ParsedEvidence } from '../rats/evidence.js';
import { type Refusal, type RefusalCode, refusal } from '../rats/refusal.js';
import type { BindingOutcome, CheckResult } from '../rats/result.js';

const CHALLENGE_CODES: readonly RefusalCode[] = [
  'challenge_invalid',
  'challenge_audience_mismatch',
  'nonce_expired',
  'nonce_replayed',
];

export function bindingOf(evidence: ParsedEvidence, expected: Uint8Array | null): BindingOutcome {
  if (expected === null || evidence.binding !== 'report-data') return 'not_checked';
  return evidence.matchesReportData(expected) ? 'verified' : 'mismatch';
}

export function bindingChecks(evidence: ParsedEvidence, binding: BindingOutcome): readonly CheckResult[] {
  return [
    reportDataCheck(evidence, binding),
    ...CHALLENGE_CODES.map((code) =>
      notRun(code, 'RFC 9334, section 10.2 (nonces)', 'no challenge came with this evidence'),
    ),
  ];
}

function reportDataCheck(evidence: ParsedEvidence, binding: BindingOutcome): CheckResult {
  const source = evidence.reportDataSource;
  const facts = { expected: 'the 64 bytes that bind this evidence to its request' };
  if (binding === 'verified') {
    return passed('report_data_mismatch', source, { ...facts, observed: 'equal' });
  }
  if (binding === 'mismatch') {
    return failed('report_data_mismatch', source, { ...facts, observed: 'other bytes' });
  }
  const why =
    evidence.binding === 'vtpm'
      ? 'the freshness of this envelope comes from a vTPM quote, which was not part of it'
      : 'no expected REPORT_DATA was given';
  const remedy =
    evidence.binding === 'vtpm'
      ? 'Ask the guest for a plain report over a challenge: a vTPM quote is not verified by this version.'
      : 'Give the 64 bytes that REPORT_DATA must be (`--report-data`); without them old evidence looks fresh.';
  return notRun('report_data_mismatch', source, why, { remedy });
}

/** For attest, where the comparison runs before anything dear. */
export function reportDataMismatch(evidence: ParsedEvidence): Refusal {
  return refusal(
    'report_data_mismatch',
    'bind',
    'REPORT_DATA in the evidence is not the value expected for this request: the evidence was made for another challenge, audience, issuer or key.',
    { checks: [reportDataCheck(evidence, 'mismatch')] },
  );
}

/** What passed before an accepted submission, for its decision record. */
export function challengeChecks(): readonly CheckResult[] {
  return CHALLENGE_CODES.map((code) =>
    passed(code, 'RFC 9334, section 10.2 (nonces)', {
      expected: 'a challenge of this issuer for this audience, unspent, in time',
      observed: 'as expected',
    }),
  );
}
