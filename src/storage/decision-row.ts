/** A decision as a row and back. */
import { isRefusalCode, type RefusalCode } from '../rats/refusal.js';
import type { CheckResult, EndorsementUsed, TcbAssessment, TrustVector } from '../rats/result.js';
import type { Decision } from '../verifier/decision-ports.js';
import type { TimedList } from './cursor.js';
import type { Row } from './database.js';
import { booleanOf, dateOf, integerOf, listOf, nullable, objectOf, textOf, wordOf } from './row.js';

export const DECISIONS_NEWEST: TimedList<Decision> = {
  table: 'decisions',
  created: 'recorded_at',
  key: 'id',
  read: readDecision,
  position: (decision) => [decision.recordedAt, decision.id],
};

/** Columns by name with their types; names are this code's own. */
export const DECISION_COLUMNS = {
  tenant: 'text',
  id: 'text',
  act: 'text',
  recorded_at: 'timestamptz',
  judged_at: 'timestamptz',
  audience: 'text',
  workload: 'text',
  reference_version: 'integer',
  status: 'text',
  vector: 'json',
  code: 'text',
  tee: 'text',
  generation: 'text',
  envelope: 'text',
  binding: 'text',
  simulated: 'boolean',
  debug: 'boolean',
  measurement: 'text',
  evidence_digest: 'text',
  policy: 'text',
  policy_digest: 'text',
  tcb: 'json',
  claims: 'json',
  checks: 'json',
  endorsements: 'json',
  crypto: 'text',
} as const;

/** In the order of the columns; json columns take text. */
export function decisionValues(decision: Decision): readonly unknown[] {
  const columns: Readonly<Record<keyof typeof DECISION_COLUMNS, unknown>> = {
    tenant: decision.tenant,
    id: decision.id,
    act: decision.act,
    recorded_at: decision.recordedAt,
    judged_at: decision.at,
    audience: decision.audience,
    workload: decision.workload,
    reference_version: decision.referenceVersion,
    status: decision.status,
    vector: JSON.stringify(decision.vector),
    code: decision.code,
    tee: decision.tee,
    generation: decision.generation,
    envelope: decision.envelope,
    binding: decision.binding,
    simulated: decision.simulated,
    debug: decision.debug,
    measurement: decision.measurement,
    evidence_digest: decision.evidenceDigest,
    policy: decision.policy,
    policy_digest: decision.policyDigest,
    tcb: JSON.stringify(decision.tcb),
    claims: JSON.stringify(decision.claims),
    checks: JSON.stringify(decision.checks),
    endorsements: JSON.stringify(decision.endorsements),
    crypto: decision.crypto,
  };
  return Object.keys(DECISION_COLUMNS).map((name) => columns[name as keyof typeof columns]);
}

/** JSON columns hold what `columnsOf` wrote: nothing else may write to the table. */
export function readDecision(row: Row): Decision {
  return {
    id: textOf(row, 'id'),
    tenant: textOf(row, 'tenant'),
    act: wordOf(row, 'act', ['attest', 'appraise']),
    recordedAt: dateOf(row, 'recorded_at'),
    at: dateOf(row, 'judged_at'),
    audience: nullable(textOf, row, 'audience'),
    workload: nullable(textOf, row, 'workload'),
    referenceVersion: nullable(integerOf, row, 'reference_version'),
    status: wordOf(row, 'status', ['none', 'affirming', 'warning', 'contraindicated']),
    vector: objectOf(row, 'vector') as TrustVector,
    code: nullable(refusalCodeOf, row, 'code'),
    tee: textOf(row, 'tee'),
    generation: textOf(row, 'generation'),
    envelope: textOf(row, 'envelope'),
    binding: wordOf(row, 'binding', ['verified', 'mismatch', 'not_checked']),
    simulated: booleanOf(row, 'simulated'),
    debug: booleanOf(row, 'debug'),
    measurement: textOf(row, 'measurement'),
    evidenceDigest: textOf(row, 'evidence_digest'),
    policy: textOf(row, 'policy'),
    policyDigest: textOf(row, 'policy_digest'),
    tcb: objectOf(row, 'tcb') as unknown as TcbAssessment,
    claims: objectOf(row, 'claims'),
    checks: listOf<CheckResult>(row, 'checks'),
    endorsements: listOf<EndorsementUsed>(row, 'endorsements'),
    crypto: nullable(textOf, row, 'crypto'),
  };
}

function refusalCodeOf(row: Row, column: string): RefusalCode {
  const code = textOf(row, column);
  if (isRefusalCode(code)) return code;
  throw new TypeError(`column ${column} holds ${code}, which is no refusal code of this build`);
}
