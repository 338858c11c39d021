/** What is said to those who have to wait: the reason in words, and honestly for how long. Pure. */
import type { EndorsementAbsence } from '../rats/endorsement.js';
import type { DocumentName, ServiceStanding, VendorEntry } from '../verifier/vendor-ports.js';
import type { Answer } from './ledger.js';
import type { Counter } from './ledger-claims.js';
import {
  isClosed,
  isOnProbation,
  later,
  latest,
  MOMENT,
  MOST_UNDER_WAY,
  secondsUntil,
  turnAt,
} from './patience.js';

type Reason = EndorsementAbsence['reason'];
type Told = Pick<Counter, 'service' | 'now' | 'ration'>;

/** For how long it is remembered that there was no room: some may come at any moment. */
const FULL_FOR = 60;

/** Nothing can be done about the document now. */
export function isPending({ state, leasedUntil, notBefore }: VendorEntry, now: Date): boolean {
  return state === 'asked' ? leasedUntil !== null && leasedUntil > now : notBefore > now;
}

/** What an entry says while nothing can be done about it. */
export function answerOf(entry: VendorEntry, service: string, standing: ServiceStanding, now: Date): Answer {
  const { notBefore } = entry;
  switch (entry.state) {
    case 'asked':
      return busyAnswer({ ...entry, service }, now);
    case 'kept': {
      // Attempts count those that brought nothing new.
      if (entry.attempts === 0) return { kind: 'at-hand', until: notBefore };
      const why = `${service} gave the same document again and has nothing newer`;
      const { absence, until } = postponed(entry, 'unavailable', why, notBefore, now);
      return { kind: 'at-hand', until, nothingNewer: absence };
    }
    case 'absent':
      return postponed(
        entry,
        'not-found',
        `${service} answered that it has no such document`,
        notBefore,
        now,
      );
    case 'waiting': {
      const until = latest(notBefore, standing.closedUntil, entry.rationed ? standing.nextAt : null);
      const reason = entry.lastStatus === 'rate-limited' ? 'rate-limited' : 'unavailable';
      return postponed(entry, reason, `${service} ${failureWords(entry)}`, until, now);
    }
  }
}

/** Another one is asking. */
export function busyAnswer(named: DocumentName & { readonly service: string }, now: Date): Answer {
  const why = `${named.service} is being asked for it at this moment`;
  return inTurn(postponed(named, 'unavailable', why, later(now, MOMENT), now));
}

/** Its turn has not come. `place`: how many come before it. */
export function lineAnswer(
  entry: VendorEntry,
  { service, now, ration }: Told,
  standing: ServiceStanding,
  place: number,
): Answer {
  const until = turnAt(standing, place, ration ?? 0, now);
  if (isClosed(standing, now)) {
    const { reason, words } = closureOf(standing);
    return postponed(entry, reason, `${service} ${words}`, until, now);
  }
  if (!entry.rationed) {
    const why = `${service} is being asked for ${MOST_UNDER_WAY} other documents at this moment`;
    return inTurn(postponed(entry, 'unavailable', why, later(now, MOMENT), now));
  }
  const why = `${service} is asked for one such document every ${ration ?? 0} s, and ${place} come first`;
  return inTurn(postponed(entry, 'rate-limited', why, until, now));
}

/** `waiting`: all of them come first. */
export function fullAnswer(
  named: DocumentName,
  { service, now, ration }: Told,
  standing: ServiceStanding,
  waiting: number,
): Answer {
  const until = turnAt(standing, waiting, ration ?? 0, now);
  const why = `too many documents wait for ${service} already`;
  const answer = inTurn(postponed(named, 'rate-limited', why, until, now));
  const sooner = new Date(Math.min(until.getTime(), later(now, FULL_FOR).getTime()));
  return { ...answer, until: sooner, noRoom: true };
}

/** `place`: how many of the line are answered before the first of the machine's has been, it included. */
export function crowdedAnswer(
  named: DocumentName,
  { service, now, ration }: Told,
  standing: ServiceStanding,
  place: number,
): Answer {
  const why = `as many documents of this machine wait for ${service} as may`;
  return inTurn(postponed(named, 'rate-limited', why, turnAt(standing, place, ration ?? 0, now), now));
}

/** Who asked waits no longer, though the vendor may still answer. */
export function slowAbsence({ kind, subject }: DocumentName, now: Date): EndorsementAbsence {
  const why = 'the vendor has not answered yet';
  return { kind, subject, reason: 'unavailable', why, retryAfter: secondsUntil(later(now, MOMENT), now) };
}

/** Why a service is left alone. */
function closureOf(standing: ServiceStanding): { readonly reason: Reason; readonly words: string } {
  return isOnProbation(standing)
    ? {
        reason: 'unavailable',
        words: `failed ${standing.failures} times in a row and is left alone for a while`,
      }
    : { reason: 'rate-limited', words: 'asks to wait' };
}

function failureWords({ lastStatus }: VendorEntry): string {
  switch (lastStatus) {
    case 'rate-limited':
      return 'asks to wait';
    case 'refused':
      return 'answered with something that does not verify';
    case 'older':
      return 'answered with an older document than the one at hand';
    case 'unavailable':
      return 'could not be reached, or did not answer as it should';
    default:
      return 'was to be asked, but that failed in this service; see its log';
  }
}

type Postponed = Answer & { readonly kind: 'postponed' };

function inTurn(answer: Postponed): Postponed {
  return { ...answer, inTurn: true };
}

function postponed(
  { kind, subject }: DocumentName,
  reason: Reason,
  why: string,
  until: Date,
  now: Date,
): Postponed {
  const absence = { kind, subject, reason, why, retryAfter: secondsUntil(until, now) };
  return { kind: 'postponed', absence, until };
}
