/** What ends by itself: the platform's certificates, and vendor documents unless a newer one comes. */
import type { RecalledPlatform } from '../../rats/recall.js';
import { graceEnd } from '../../rats/staleness.js';
import { refusedStanding, type Standing } from './standing.js';
import type { ForecastCause, Horizon, Timeline, Transition } from './timeline.js';

/** Of a current document, by kind and subject; null: none is at hand. */
export type DocumentEnds = (kind: string, subject: string) => Date | null;

/** At `notAfter` and `nextUpdate` themselves everything still holds. */
const AFTER_MS = 1;

/**
 * Each as if nothing else ended: one that was renewed in time says nothing of the others. `staleHours`: for how long the
 * policy lets a document count past its end.
 */
export function endingsOf(
  { certificates, lapsing }: RecalledPlatform,
  timeline: Timeline,
  { endOf, staleHours, ...horizon }: Horizon & { readonly endOf: DocumentEnds; readonly staleHours: number },
): readonly Transition[] {
  const ends: readonly Ending[] = [
    ...certificates.map(({ kind, notAfter, code }) => ({
      end: notAfter,
      cause: 'certificate' as const,
      what: `the certificate ${kind} ends`,
      to: refusedStanding(code),
    })),
    ...lapsing.flatMap(({ kind, subject, code }) => {
      const lapses = endOf(kind, subject);
      const end = lapses === null ? null : graceEnd(lapses, staleHours);
      const what = `the document ${kind} of ${subject} lapses, unless a newer one is fetched or imported`;
      return end === null ? [] : [{ end, cause: 'documents' as const, what, to: refusedStanding(code) }];
    }),
  ];
  return ends.flatMap(({ end, ...ending }) => {
    const at = new Date(end.getTime() + AFTER_MS);
    const inside = at.getTime() > horizon.now.getTime() && at.getTime() <= horizon.until.getTime();
    const from = standingAt(timeline, at);
    // What is refused already does not come to its end.
    return inside && from.tier !== 'none' ? [{ ...ending, at, from, presumes: null }] : [];
  });
}

interface Ending {
  readonly end: Date;
  readonly cause: ForecastCause;
  readonly what: string;
  readonly to: Standing;
}

/** By what is dated; what only may happen is left out. */
function standingAt({ standing, transitions }: Timeline, at: Date): Standing {
  const before = transitions.filter(
    (one) => one.at !== null && one.presumes === null && one.at.getTime() < at.getTime(),
  );
  return before.at(-1)?.to ?? standing;
}
