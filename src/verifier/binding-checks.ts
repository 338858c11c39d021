/** The bind stage of the procedure: REPORT_DATA here; challenges belong to whoever made them. */
import { failed, notRun, passed } from '../rats/check.js';
import type { ParsedEvidence } from '../rats/evidence.js';
import { onceForEach } from '../rats/once.js';
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
    binding === 'verified' ? equalData(evidence.reportDataSource) : reportDataCheck(evidence, binding),
    ...WITHOUT_CHALLENGE,
  ];
}

const CHALLENGE_SOURCE = 'RFC 9334, section 10.2 (nonces)';
const WITHOUT_CHALLENGE: readonly CheckResult[] = CHALLENGE_CODES.map((code) =>
  Object.freeze(notRun(code, CHALLENGE_SOURCE, 'no challenge came with this evidence')),
);
const WITH_CHALLENGE: readonly CheckResult[] = CHALLENGE_CODES.map((code) =>
  Object.freeze(
    passed(code, CHALLENGE_SOURCE, {
      expected: 'a challenge of this issuer for this audience, unspent, in time',
      observed: 'as expected',
    }),
  ),
);

const DATA_EXPECTED = 'the 64 bytes that bind this evidence to its request';

/** By the source, of which each TEE has one. */
const equalData = onceForEach(8, (source: string) =>
  Object.freeze(passed('report_data_mismatch', source, { expected: DATA_EXPECTED, observed: 'equal' })),
);

function reportDataCheck(
  evidence: ParsedEvidence,
  binding: Exclude<BindingOutcome, 'verified'>,
): CheckResult {
  const source = evidence.reportDataSource;
  if (binding === 'mismatch') {
    return failed('report_data_mismatch', source, { expected: DATA_EXPECTED, observed: 'other bytes' });
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
  return WITH_CHALLENGE;
}
