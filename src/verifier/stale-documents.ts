/** What rests on documents past their nextUpdate that a policy lets count: until when, and how that is told. */
import type { AuthenticatedEvidence } from '../rats/evidence.js';
import type { EndorsementUsed } from '../rats/result.js';
import { graceEnd } from '../rats/staleness.js';

export interface DocumentsInGrace {
  /** The end of the grace that ends first; null: none was needed. */
  readonly until: Date | null;
  /** Every document that the verdict rests on, the end of its grace beside those that are in one. */
  readonly used: readonly EndorsementUsed[];
}

/** `staleHours`: of the policy that applies, and so enough for each of them. */
export function documentsInGrace(
  { stale, endorsementsUsed }: Pick<AuthenticatedEvidence, 'stale' | 'endorsementsUsed'>,
  staleHours: number,
): DocumentsInGrace {
  if (stale.length === 0) return { until: null, used: endorsementsUsed };
  const ends = new Map(stale.map(({ sha256, nextUpdate }) => [sha256, graceEnd(nextUpdate, staleHours)]));
  const used = endorsementsUsed.map((one) => {
    const end = ends.get(one.sha256);
    return end === undefined ? one : { ...one, grace_until: end.toISOString() };
  });
  return { until: new Date(Math.min(...[...ends.values()].map((end) => end.getTime()))), used };
}

/** For whoever gets a token all the same. How long the policy is patient is the operator's business. */
export function graceWarnings({ stale }: Pick<AuthenticatedEvidence, 'stale'>): readonly string[] {
  return stale.map(({ name, nextUpdate }) => warningOf(capitalised(name), nextUpdate.toISOString()));
}

/** The same from a record, which has documents by their kind. */
export function recordedGraceWarnings(used: readonly EndorsementUsed[]): readonly string[] {
  return used
    .filter(({ grace_until: end }) => end !== undefined)
    .map(({ kind, not_after: nextUpdate }) => warningOf(`The document ${kind}`, nextUpdate));
}

function warningOf(subject: string, nextUpdate: string): string {
  return `${subject} is past its nextUpdate of ${nextUpdate} and counts by the grace of the policy alone.`;
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Of two ends the earlier one; null is no end. */
export function earlierOf(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one.getTime() <= other.getTime() ? one : other;
}
