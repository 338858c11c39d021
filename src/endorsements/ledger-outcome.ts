/** What asking has as its consequence, for the document and for the service. Pure. */
import type { ServiceStanding, VendorEntry } from '../verifier/vendor-ports.js';
import {
  absenceAfter,
  BREAKING_FAILURES,
  closureAfter,
  isClosed,
  later,
  latest,
  pauseAfter,
  pauseOnRate,
} from './patience.js';
import type { FetchResult } from './vendor-answer.js';

export interface Ending {
  readonly result: FetchResult;
  readonly now: Date;
  /** 0 to 1. */
  readonly chance: number;
  /** Seconds between rationed requests; null: the service rations nothing. */
  readonly ration: number | null;
}

/** Characters of an error that are kept. */
const MOST_ERROR = 300;

/** The entry of a document that was being asked for. */
export function entryAfter(entry: VendorEntry, { result, now, chance }: Ending): VendorEntry {
  if (isOurs(result)) {
    // The vendor has said nothing new.
    const notBefore = later(now, pauseAfter(Math.max(1, entry.attempts), chance));
    return { ...entry, state: 'waiting', leasedUntil: null, lastError: errorOf(result), notBefore };
  }
  const attempts = attemptsInARow(entry, result);
  const answered = {
    ...entry,
    attempts,
    leasedUntil: null,
    lastStatus: result.kind,
    lastError: errorOf(result),
  };
  switch (result.kind) {
    case 'kept': {
      const isNew = result.documents.some(({ state }) => state !== 'known');
      const pause = pauseAfter(isNew ? 1 : attempts, chance);
      const notBefore = later(now, pause);
      return { ...answered, state: 'kept', attempts: isNew ? 0 : attempts, notBefore, answeredAt: now };
    }
    case 'not-found':
      return { ...answered, state: 'absent', notBefore: later(now, absenceAfter(attempts)), answeredAt: now };
    case 'rate-limited': {
      // The whole line waits by the service's next turn, and this one stays where it is in it.
      const pause = entry.rationed ? 0 : pauseOnRate(result.retryAfter, attempts, chance);
      return { ...answered, state: 'waiting', notBefore: later(now, pause) };
    }
    case 'unavailable':
    case 'refused':
    case 'older': {
      // Behind those who came meanwhile: what fails is not tried again and again at their cost.
      const notBefore = later(now, pauseAfter(attempts, chance));
      return { ...answered, state: 'waiting', wantedAt: now, notBefore };
    }
  }
}

/**
 * The service's standing after it. A service that answers, whatever it says, is there: anybody can make up a machine that
 * AMD has no words for, and must not close the service to the others by that. A document that fails again says nothing new
 * of the service: it has a pause of its own, and only failures of others with it close the service. `entry`: as it was
 * while it was asked for.
 */
export function standingAfter(
  before: ServiceStanding,
  entry: VendorEntry,
  probe: boolean,
  { result, now, chance, ration }: Ending,
): ServiceStanding {
  if (isOurs(result)) return before;
  if (result.kind === 'unavailable' && result.answered !== true) {
    // Of many that were under way when it went down the first few count, and then the probes.
    if (isClosed(before, now) && !probe) return before;
    if (entry.lastStatus === 'unavailable' && !probe) return before;
    const failures = before.failures + 1;
    const closure = closureAfter(failures);
    return { ...before, failures, closedUntil: closure === null ? before.closedUntil : later(now, closure) };
  }
  const wasBroken = before.failures >= BREAKING_FAILURES;
  const standing = { ...before, failures: 0, closedUntil: wasBroken ? null : before.closedUntil };
  if (result.kind !== 'rate-limited') return standing;
  const pause = pauseOnRate(result.retryAfter, attemptsInARow(entry, result), chance);
  if (!entry.rationed) return { ...standing, closedUntil: latest(standing.closedUntil, later(now, pause)) };
  return { ...standing, nextAt: latest(standing.nextAt, later(now, Math.max(pause, ration ?? 0))) };
}

function isOurs(result: FetchResult): boolean {
  return result.kind === 'unavailable' && result.ours === true;
}

/** "There is none" and "it did not work" are counted apart. The entry's count includes the attempt that has ended. */
function attemptsInARow({ attempts, lastStatus }: VendorEntry, { kind }: FetchResult): number {
  if (lastStatus === null) return attempts;
  return (lastStatus === 'not-found') === (kind === 'not-found') ? Math.max(1, attempts) : 1;
}

function errorOf(result: FetchResult): string | null {
  switch (result.kind) {
    case 'kept':
      return null;
    case 'not-found':
      return `answered ${result.status}`;
    case 'rate-limited':
      return result.retryAfter === null ? 'asks to wait' : `asks to wait for ${result.retryAfter} s`;
    case 'refused':
      return storable(`${result.code}: ${result.why}`);
    case 'unavailable':
    case 'older':
      return storable(result.why);
  }
}

/** Control characters and unpaired surrogates cannot be stored as text. */
function storable(text: string): string {
  return text
    .replace(/\p{C}/gu, '?')
    .slice(0, MOST_ERROR)
    .replace(/\p{C}$/u, '');
}
