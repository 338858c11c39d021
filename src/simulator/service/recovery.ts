/**
 * TCB recoveries of the miniature Intel: which evaluation number a track has at an instant. The early track has a new
 * number as soon as it is announced, the standard one months later.
 */
import { refuse } from '../../rats/refusal.js';
import type { EvaluationNumber } from '../intel/evaluation-numbers.js';
import { EVALUATION_NUMBER, type PlannedRecovery } from '../intel/tcb-levels.js';

export type Track = 'standard' | 'early';

export interface Recovery {
  readonly announcedAt: Date;
  /** From when the standard track has it; null: that is not known yet. */
  readonly standardFrom: Date | null;
}

/** Before any recovery; the dates are those of the levels that they brought. */
const BEFORE: readonly EvaluationNumber[] = [
  { number: EVALUATION_NUMBER, eventDate: '2023-08-08', tcbDate: '2023-08-09' },
  { number: EVALUATION_NUMBER - 1, eventDate: '2023-02-14', tcbDate: '2023-02-15' },
];

/** In the order of their announcements. Refuses (`request_invalid`) those in another order. */
export function requireOrder(recoveries: readonly Recovery[]): readonly Recovery[] {
  recoveries.forEach(({ announcedAt, standardFrom }, index) => {
    const before = recoveries[index - 1];
    const late = before !== undefined && announcedAt < before.announcedAt;
    const hasty = standardFrom !== null && standardFrom < announcedAt;
    const overtaking =
      before !== undefined &&
      standardFrom !== null &&
      (before.standardFrom === null || standardFrom < before.standardFrom);
    if (late || hasty || overtaking) {
      refuse(
        'request_invalid',
        'request',
        'recoveries come one after the other: first announced, then on the standard track, none before an earlier one',
      );
    }
  });
  return recoveries;
}

function startOn(track: Track, { announcedAt, standardFrom }: Recovery): Date | null {
  return track === 'early' ? announcedAt : standardFrom;
}

export function numberOn(track: Track, recoveries: readonly Recovery[], at: Date): number {
  const passed = recoveries.filter((recovery) => {
    const from = startOn(track, recovery);
    return from !== null && from <= at;
  });
  return EVALUATION_NUMBER + passed.length;
}

/** From when a track has the number; null: since before anything that the look-alike remembers, or not yet. */
export function sinceWhen(recoveries: readonly Recovery[], number: number, track: Track): Date | null {
  const recovery = recoveries[number - EVALUATION_NUMBER - 1];
  return recovery === undefined ? null : startOn(track, recovery);
}

/** The last instant at which any track got a number; null: none has. */
export function lastChange(recoveries: readonly Recovery[], at: Date): Date | null {
  const instants = recoveries
    .flatMap(({ announcedAt, standardFrom }) => [announcedAt, standardFrom ?? announcedAt])
    .filter((instant) => instant <= at);
  return instants.reduce<Date | null>((last, next) => (last !== null && last > next ? last : next), null);
}

/** What the levels of a number ask for, oldest first. */
export function plannedFor(recoveries: readonly Recovery[], number: number): readonly PlannedRecovery[] {
  return recoveries
    .slice(0, Math.max(0, number - EVALUATION_NUMBER))
    .map(({ announcedAt }, index) => ({ date: dayOf(announcedAt), advisory: `INTEL-SA-9983${index + 1}` }));
}

/** Newest first: from the early track's number to the one before the standard track's. */
export function numbersAt(recoveries: readonly Recovery[], at: Date): readonly EvaluationNumber[] {
  const announced = recoveries
    .filter(({ announcedAt }) => announcedAt <= at)
    .map(({ announcedAt }, index) => {
      const day = dayOf(announcedAt);
      return { number: EVALUATION_NUMBER + index + 1, eventDate: day, tcbDate: day };
    });
  const oldest = numberOn('standard', recoveries, at) - 1;
  return [...announced.reverse(), ...BEFORE].filter(({ number }) => number >= oldest);
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
