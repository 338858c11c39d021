/**
 * How long a vendor is left alone, as numbers: after a failure, after "there is none", while a line waits. Seconds, unless a
 * name says otherwise; instants and chance are arguments.
 */
import type { ServiceStanding } from '../verifier/vendor-ports.js';

const SECOND_MS = 1000;
const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A pause of one document: doubles with each attempt that brought nothing. */
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 15 * MINUTE;

/** What the vendor does not have is not asked for again: doubles with each time. */
const FIRST_ABSENCE = HOUR;
const LONGEST_ABSENCE = 24 * HOUR;

/** Failures in a row after which a service is left alone as a whole. */
export const BREAKING_FAILURES = 5;
const FIRST_CLOSURE = MINUTE;
const LONGEST_CLOSURE = 15 * MINUTE;

/** What a vendor may ask for with Retry-After; more is a mistake, and would stop the service from asking. */
const MOST_ASKED_FOR = HOUR;

/** Longer than the transport lets a request take. Whoever asks and says nothing for so long is dead. */
export const LEASE = 30;

/** After which it is worth asking again when another one asks the vendor at this moment. */
export const MOMENT = 5;

/** How often the line is looked at: a turn may be taken so much later than it could. */
export const LOOK = 1;

/** Rationed documents of one service that wait or are being asked for. */
const MOST_WAITING = 5_000;
const MOST_OF_SHARE = MOST_WAITING / 4;
/** The part of both that machines never seen before cannot fill. */
const KEPT_FOR_KNOWN = 0.2;

/**
 * Rationed documents of one machine that may wait together. A machine needs one; but whoever has a public report of it can
 * invent levels that it never had, and nothing tells them from its own before its vendor has answered. As many again may
 * wait of levels that other machines of its line are known to have: these cannot be invented, and there are few of them.
 */
export const MOST_OF_MACHINE = 4;

/** Requests without a ration that are under way to one service: so much of their replies is held in memory at most. */
export const MOST_UNDER_WAY = 8;

export function later(instant: Date, seconds: number): Date {
  return new Date(instant.getTime() + Math.round(seconds * SECOND_MS));
}

/** Whole seconds until an instant; one at least. */
export function secondsUntil(instant: Date, now: Date): number {
  return Math.max(1, Math.ceil((instant.getTime() - now.getTime()) / SECOND_MS));
}

export function latest(...instants: readonly (Date | null)[]): Date {
  return new Date(Math.max(...instants.map((instant) => instant?.getTime() ?? Number.NEGATIVE_INFINITY)));
}

/** `attempts`: 1 or more. `chance`: 0 to 1, so that what failed together does not come back together. */
export function pauseAfter(attempts: number, chance: number): number {
  return doubled(FIRST_PAUSE, attempts, LONGEST_PAUSE) * (1 - chance / 4);
}

export function absenceAfter(attempts: number): number {
  return doubled(FIRST_ABSENCE, attempts, LONGEST_ABSENCE);
}

/** Null: not yet. */
export function closureAfter(failures: number): number | null {
  if (failures < BREAKING_FAILURES) return null;
  return doubled(FIRST_CLOSURE, failures - BREAKING_FAILURES + 1, LONGEST_CLOSURE);
}

/** The vendor's word where it gave one; "come back at once" is none. */
export function pauseOnRate(asked: number | null, attempts: number, chance: number): number {
  if (asked === null) return pauseAfter(attempts, chance);
  return Math.min(Math.max(asked, FIRST_PAUSE), MOST_ASKED_FOR);
}

export function isClosed({ closedUntil }: ServiceStanding, now: Date): boolean {
  return closedUntil !== null && closedUntil > now;
}

/** After a closure one request finds out whether the service is back; the others wait for its end. */
export function isOnProbation({ failures }: ServiceStanding): boolean {
  return failures >= BREAKING_FAILURES;
}

/** When the next rationed request can leave. */
export function nextTurn({ nextAt, closedUntil }: ServiceStanding, now: Date): Date {
  return latest(now, nextAt, closedUntil);
}

/**
 * When the request at a place of the line can leave, if the service goes on answering and nobody with a better right comes:
 * each before it takes the ration, and the time until somebody looks. `place`: how many come before it.
 */
export function turnAt(standing: ServiceStanding, place: number, ration: number, now: Date): Date {
  return later(nextTurn(standing, now), place * (ration + LOOK));
}

/** Whether one more rationed document may wait. `all`, `ofShare`: those that do already. */
export function hasRoom(all: number, ofShare: number, known: boolean): boolean {
  const part = known ? 1 : 1 - KEPT_FOR_KNOWN;
  return all < MOST_WAITING * part && ofShare < MOST_OF_SHARE * part;
}

function doubled(first: number, times: number, longest: number): number {
  return Math.min(longest, first * 2 ** Math.min(times - 1, 30));
}
