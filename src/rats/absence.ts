/** What verification makes of documents that are not at hand although their vendor was asked. */
import type { EndorsementAbsence, EndorsementRequirement } from './endorsement.js';

/** Why a document is not at hand; null: nobody was asked for it, or it came. */
export function absenceOf(
  absences: readonly EndorsementAbsence[],
  { kind, subject }: EndorsementRequirement,
): EndorsementAbsence | null {
  return absences.find((absence) => absence.kind === kind && absence.subject === subject) ?? null;
}

/** Seconds until every one of the documents is worth asking for again; null: nothing is known of that. */
export function longestWait(absences: readonly EndorsementAbsence[]): number | null {
  return absences.length === 0 ? null : Math.max(...absences.map(({ retryAfter }) => retryAfter));
}

/** What was observed of a document, and of the attempt to get a better one. */
export function withAbsence(observed: string, absence: EndorsementAbsence | null): string {
  return absence === null ? observed : `${observed}; ${absence.why}`;
}
