/**
 * Holding a log against the registers that the quote is signed over. Only what replays says anything, and of what
 * replays only digests: data are vouched for where the digest is theirs.
 */
import { sha384 } from '../../bytes/digest.js';
import { equalBytes, hexOf } from '../../bytes/encoding.js';
import { failed, passed } from '../../rats/check.js';
import {
  EVENT_REGISTERS,
  type EventRegister,
  eventField,
  eventSetOf,
  PARTITION_REGISTER,
} from '../../rats/measured-event.js';
import type { CheckResult } from '../../rats/result.js';
import type { EventLog, LogEvent } from './event-log.js';
import { EV_NO_ACTION, eventTypeText, hashesItsData, isPartitionTable } from './event-types.js';
import type { TdReport } from './td-report.js';

const REPLAY_SOURCE = 'UEFI 2.10, section 38 (CC event log); Intel 344425, section of TDG.MR.RTMR.EXTEND';
const DATA_SOURCE = 'TCG PC Client Platform Firmware Profile, section 10.4.1 (event types)';
/** Events that a sentence still bears. */
const SHOWN = 4;

export interface MeasuredEvent extends LogEvent {
  readonly register: EventRegister;
}

/** What a log says when it replays, and what its checks say in any case. */
export interface LogFindings {
  readonly checks: readonly CheckResult[];
  /** Match fields of the events of each register; null where a check failed: nothing of the log counts then. */
  readonly fields: Readonly<Record<string, string>> | null;
}

/** Events that go into a register; EV_NO_ACTION and what names MRTD never do. */
export function measuredEvents({ events }: EventLog): readonly MeasuredEvent[] {
  return events.flatMap((event) => {
    const register = EVENT_REGISTERS[event.index - 1];
    return register === undefined || event.type === EV_NO_ACTION ? [] : [{ ...event, register }];
  });
}

/** Four times 48 bytes: from zeros, each event's digest appended and the whole hashed, in the order of the log. */
export function replayEvents(events: readonly MeasuredEvent[]): Readonly<Record<EventRegister, Uint8Array>> {
  const zeros = () => new Uint8Array(48);
  const registers: Record<EventRegister, Uint8Array> = {
    rtmr0: zeros(),
    rtmr1: zeros(),
    rtmr2: zeros(),
    rtmr3: zeros(),
  };
  for (const { register, digest } of events) {
    registers[register] = sha384(Buffer.concat([registers[register], digest]));
  }
  return registers;
}

/**
 * All four registers must come out: a log that accounts for less leaves room for anything in the rest. Linear in the
 * log, and yet only for quotes that are authentic and bound.
 */
export function examineLog(log: EventLog, { rtmrs }: Pick<TdReport, 'rtmrs'>): LogFindings {
  const events = measuredEvents(log);
  const replay = checkReplay(events, rtmrs);
  const data = checkData(events);
  const sound = replay.outcome === 'pass' && data.outcome === 'pass';
  return { checks: [replay, data], fields: sound ? fieldsOf(events) : null };
}

function checkReplay(events: readonly MeasuredEvent[], rtmrs: TdReport['rtmrs']): CheckResult {
  const replayed = replayEvents(events);
  const differing = EVENT_REGISTERS.flatMap((register, index) => {
    const signed = rtmrs[index];
    const [said, found] = [signed, replayed[register]];
    return said !== undefined && equalBytes(said, found) ? [] : [{ register, said, found }];
  });
  const counts = EVENT_REGISTERS.map(
    (name) => `${name} ${events.filter(({ register }) => register === name).length}`,
  );
  if (differing.length === 0) {
    return passed('event_log_replay_mismatch', REPLAY_SOURCE, {
      expected: 'the four registers of the quote',
      observed: `replays to all four; events: ${counts.join(', ')}`,
    });
  }
  const texts = (which: 'said' | 'found') =>
    differing
      .map(({ register, ...one }) => `${register} ${hexOf(one[which] ?? new Uint8Array())}`)
      .join('; ');
  return failed('event_log_replay_mismatch', REPLAY_SOURCE, {
    expected: `what the quote is signed over: ${texts('said')}`,
    observed: `the log comes to ${texts('found')}; events: ${counts.join(', ')}`,
    ...(differing.every(({ register }) => register === 'rtmr2' || register === 'rtmr3')
      ? { remedy: RUNTIME_REMEDY }
      : {}),
  });
}

const RUNTIME_REMEDY =
  'Software of the running system has measured more than the firmware’s log has: append its events to the log as records of the same form (register index 3 for RTMR2, 4 for RTMR3), in order and before the padding, or leave the log out and register the registers themselves.';

function checkData(events: readonly MeasuredEvent[]): CheckResult {
  const vouched = events.filter(({ type }) => hashesItsData(type));
  const edited = vouched.filter(({ digest, data }) => !equalBytes(digest, sha384(data)));
  const expected = 'the SHA-384 digest of the event data, where the type has it';
  if (edited.length === 0) {
    return passed('event_digest_mismatch', DATA_SOURCE, {
      expected,
      observed: `${vouched.length} of ${events.length} events: as expected; the data of the others prove nothing and were not used`,
    });
  }
  const named = edited.slice(0, SHOWN).map(({ number, register, type, digest, data }) => {
    return `event ${number} (${register}, ${eventTypeText(type)}) has ${hexOf(digest)} where its data come to ${hexOf(sha384(data))}`;
  });
  const more = edited.length > SHOWN ? [`and ${edited.length - SHOWN} more`] : [];
  return failed('event_digest_mismatch', DATA_SOURCE, { expected, observed: [...named, ...more].join('; ') });
}

function fieldsOf(events: readonly MeasuredEvent[]): Readonly<Record<string, string>> {
  const setOf = (kept: (event: MeasuredEvent) => boolean) =>
    eventSetOf(events.filter(kept).map(({ digest }) => hexOf(digest)));
  const fields = EVENT_REGISTERS.map((name) => [
    eventField(name, false),
    setOf(({ register }) => register === name),
  ]);
  const others = setOf(
    ({ register, type, data }) => register === PARTITION_REGISTER && !isPartitionTable(type, data),
  );
  return Object.fromEntries([...fields, [eventField(PARTITION_REGISTER, true), others]]);
}
