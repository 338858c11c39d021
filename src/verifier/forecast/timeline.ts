/** One platform from now on: at which instants it is judged otherwise than before, and why. */
import type { EndorsementSet } from '../../rats/endorsement.js';
import type { TrackDocuments } from '../../rats/recall.js';
import { type Standing, type Subject, sameStanding, standingOf } from './standing.js';

export const FORECAST_CAUSES = [
  'tcb-recovery',
  'bulletins',
  'bulletin-table',
  'policy-grace',
  'reference-values',
  'certificate',
  'documents',
] as const;
export type ForecastCause = (typeof FORECAST_CAUSES)[number];

/** `at` null: announced without a date, or on the day that somebody does it. */
export interface Transition {
  readonly at: Date | null;
  readonly cause: ForecastCause;
  readonly what: string;
  readonly from: Standing;
  readonly to: Standing;
  /** It follows only if what was announced without a date has happened before. */
  readonly presumes: string | null;
}

export interface Horizon {
  readonly now: Date;
  readonly until: Date;
}

/** Something that may change how a platform is judged. `documents`: what is judged by from then on; absent: as before. */
interface Moment {
  readonly at: Date;
  readonly cause: ForecastCause;
  readonly what: string;
  readonly documents?: EndorsementSet;
}

interface Scene extends Horizon {
  readonly documents: EndorsementSet;
  readonly moments: readonly Moment[];
}

export interface Timeline {
  /** As of now. */
  readonly standing: Standing;
  readonly transitions: readonly Transition[];
}

/**
 * Null where documents that decide are not at hand. A change without a date comes first, as of now, and after it what
 * the dated ones come to in its wake, where that is another thing than without it.
 */
export function timelineOf(subject: Subject, documents: TrackDocuments, horizon: Horizon): Timeline | null {
  const { now } = horizon;
  const announced = subject.platform.announced(documents, now);
  const dated = announced.flatMap(({ at, ...change }) => (at === null ? [] : [{ at, ...change }]));
  const moments = [...dated, ...momentsOf(subject)].filter(
    ({ at }) => at.getTime() > now.getTime() && at.getTime() <= horizon.until.getTime(),
  );
  const standing = standingOf(subject, documents.present, now);
  if (standing === null) return null;
  const scene = { ...horizon, documents: documents.present, moments };
  const expected = follow(subject, standing, scene);
  const undated = announced.flatMap((change) => {
    if (change.at !== null) return [];
    const then = standingOf(subject, change.documents, now);
    if (then === null || sameStanding(standing, then)) return [];
    const first = { at: null, cause: change.cause, what: change.what, from: standing, to: then };
    const wake = follow(subject, then, { ...scene, documents: change.documents });
    return [
      { ...first, presumes: null },
      ...wake
        .filter((one) => !expected.some((other) => sameTransition(one, other)))
        .map((one) => ({ ...one, presumes: change.what })),
    ];
  });
  return { standing, transitions: [...undated, ...expected] };
}

/** What a table of bulletins, or other documents, would make of the platform in place of those in force. */
export function exchangeOf(
  subject: Subject,
  { present }: TrackDocuments,
  exchange: { readonly documents: EndorsementSet; readonly what: string; readonly now: Date },
): Transition | null {
  const from = standingOf(subject, present, exchange.now);
  const to = standingOf(subject, exchange.documents, exchange.now);
  if (from === null || to === null || sameStanding(from, to)) return null;
  return { at: null, cause: 'bulletin-table', what: exchange.what, from, to, presumes: null };
}

/** Standings at the moments, one after the other. */
function follow(subject: Subject, standing: Standing, scene: Scene): readonly Transition[] {
  const inOrder = [...scene.moments].sort((a, b) => a.at.getTime() - b.at.getTime());
  const transitions: Transition[] = [];
  let before = standing;
  let { documents } = scene;
  for (const { at, cause, what, documents: from } of inOrder) {
    documents = from ?? documents;
    const after = standingOf(subject, documents, at);
    if (after === null || sameStanding(before, after)) continue;
    transitions.push({ at, cause, what, from: before, to: after, presumes: null });
    before = after;
  }
  return transitions;
}

function sameTransition(one: Transition, other: Transition): boolean {
  return (
    one.at?.getTime() === other.at?.getTime() &&
    one.cause === other.cause &&
    sameStanding(one.from, other.from) &&
    sameStanding(one.to, other.to)
  );
}

/** Both ends of a window belong to it, and a grace is over at its end. */
const AFTER = 1;

function momentsOf({ policy, references }: Subject): readonly Moment[] {
  const { grace } = policy.common;
  const label = `${policy.name}@${policy.version}`;
  return [
    ...(grace === null
      ? []
      : [{ at: new Date(grace.until), cause: 'policy-grace' as const, what: `the grace of ${label} ends` }]),
    ...references.flatMap(({ workload, version, notBefore, notAfter }) => {
      const name = `version ${version} of ${workload}`;
      const cause = 'reference-values' as const;
      return [
        ...(notBefore === null ? [] : [{ at: notBefore, cause, what: `${name} begins` }]),
        ...(notAfter === null
          ? []
          : [{ at: new Date(notAfter.getTime() + AFTER), cause, what: `${name} ends` }]),
      ];
    }),
  ];
}
