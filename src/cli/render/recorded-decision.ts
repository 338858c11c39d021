/** A decision as the service tells it, held to the members that are read of it. */
import type { CheckResult, EndorsementUsed, JsonObject, TcbAssessment } from '../../rats/result.js';

/** Member names are wire names. */
export interface RecordedDecision {
  readonly id: string;
  readonly act: string;
  readonly recorded_at: string;
  readonly at: string;
  readonly audience: string | null;
  readonly workload: string | null;
  readonly reference_version: number | null;
  readonly status: string;
  readonly code: string | null;
  readonly tee: string;
  readonly generation: string;
  readonly envelope: string;
  readonly binding: string;
  readonly simulated: boolean;
  readonly policy: string;
  readonly policy_digest: string;
  readonly evidence_digest: string;
  readonly tcb: TcbAssessment;
  readonly checks: readonly CheckResult[];
  readonly endorsements: readonly EndorsementUsed[];
  /** Null: recorded before it was kept; absent: told by a service that knows nothing of it. */
  readonly crypto?: string | null;
}

const TEXTS = [
  'id',
  'act',
  'recorded_at',
  'at',
  'status',
  'tee',
  'generation',
  'envelope',
  'binding',
  'policy',
  'policy_digest',
  'evidence_digest',
] as const;

/** Null when it is no decision; what is inside of lists is the service's word. */
export function readDecision(reply: JsonObject): RecordedDecision | null {
  const { checks, endorsements, tcb } = reply;
  const told =
    TEXTS.every((name) => typeof reply[name] === 'string') &&
    Array.isArray(checks) &&
    Array.isArray(endorsements) &&
    typeof tcb === 'object' &&
    tcb !== null;
  return told ? (reply as unknown as RecordedDecision) : null;
}
