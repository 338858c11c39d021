/** Named events: what a value says of a log, in words, and what becomes of evidence that came without one. */
import { checked, notRun } from '../../rats/check.js';
import type { AppraisableEvidence } from '../../rats/evidence.js';
import { digestsOfEventSet, EVENT_FIELDS, isEventField } from '../../rats/measured-event.js';
import type { ReferenceTee, ReferenceValue } from '../../rats/reference-value.js';
import type { RefusalCode } from '../../rats/refusal.js';
import type { CheckResult } from '../../rats/result.js';

export const LOG_REQUIRED: RefusalCode = 'event_log_required';
/** TEEs whose evidence may come with a log. */
const LOGGED: readonly ReferenceTee[] = ['tdx'];
/** Digests of one set that a sentence still bears. */
const SHOWN = 4;

/** True for a field of events where no log was replayed: it is not another value that is wanted, but the log. */
export function lacksLog(evidence: AppraisableEvidence, field: string): boolean {
  return isEventField(field) && !Object.hasOwn(evidence.referenceFields, field);
}

/** Whether the value that matched, or came nearest, needs a log; one entry for TEEs that have logs. */
export function logChecks(
  evidence: AppraisableEvidence,
  value: ReferenceValue | null,
  source: string,
): readonly CheckResult[] {
  if (!LOGGED.includes(evidence.referenceTee)) return [];
  const asked = value === null ? [] : EVENT_FIELDS.filter((field) => Object.hasOwn(value.match, field));
  const came = EVENT_FIELDS.some((field) => Object.hasOwn(evidence.referenceFields, field));
  const sent = came ? 'a log that replays' : 'no event log came with this evidence';
  if (asked.length === 0) return [notRun(LOG_REQUIRED, source, `no events are asked for; ${sent}`)];
  return [
    checked(came, LOG_REQUIRED, source, {
      expected: `an event log, for ${asked.join(' and ')}`,
      observed: sent,
    }),
  ];
}

/** One set of events, shortened. */
export function eventSetText(set: string): string {
  const digests = digestsOfEventSet(set);
  const more = digests.length > SHOWN ? [`${digests.length - SHOWN} more`] : [];
  const words = digests.length === 1 ? '1 event' : `${digests.length} events`;
  return digests.length === 0 ? words : `${words} (${[...digests.slice(0, SHOWN), ...more].join(', ')})`;
}

/**
 * What tells the measured set from those that a value names: first what nobody named, then what is missing of the
 * nearest. Empty for a set that is named. It tells registered digests, so it is no part of what was observed.
 */
export function eventDifference(named: readonly string[], measured: string): string {
  const found = new Set(digestsOfEventSet(measured));
  const sets = named.map((set) => new Set(digestsOfEventSet(set)));
  const differences = sets.map((set) => ({ surplus: lacking(set, found), missing: lacking(found, set) }));
  const nearest = differences.reduce<Difference | null>((best, one) => {
    return best === null || sizeOf(one) < sizeOf(best) ? one : best;
  }, null);
  if (nearest === null) return '';
  const { surplus, missing } = nearest;
  return [
    ...(surplus.length === 0 ? [] : [`not named: ${eventSetText(surplus.join(''))}`]),
    ...(missing.length === 0 ? [] : [`named and not measured: ${eventSetText(missing.join(''))}`]),
  ].join(', ');
}

interface Difference {
  readonly surplus: readonly string[];
  readonly missing: readonly string[];
}

/** What is in the second set alone. */
function lacking(set: ReadonlySet<string>, other: ReadonlySet<string>): readonly string[] {
  return [...other].filter((digest) => !set.has(digest));
}

function sizeOf({ surplus, missing }: Difference): number {
  return surplus.length + missing.length;
}
