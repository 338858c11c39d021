/** Faults of the event log beside a quote (procedure steps 14 and 17). */
import { BOOT_EVENTS, type SimulatedEvent } from '../event-log.js';
import type { TdFault } from '../fault.js';

/** The registers come from the events. */
const clean = { eventLog: BOOT_EVENTS, rtmrs: undefined };

const EFI_ACTION = 0x8000_0007;

/** The first action says something else, and its digest is the old one. */
function edited(events: readonly SimulatedEvent[]): readonly SimulatedEvent[] {
  const place = events.findIndex(({ type }) => type === EFI_ACTION);
  return events.map((event, index) =>
    index === place ? { ...event, data: Buffer.from('Calling nothing', 'ascii') } : event,
  );
}

/** Of the digest of the first event behind the header, which has 65 bytes. */
const ALGORITHM_PLACE = 65 + 12;
const SHA256 = 0x0b;

export const EVENT_LOG_FAULTS: readonly TdFault[] = [
  {
    code: 'event_log_malformed',
    says: 'a log with a SHA-256 digest, which no register of a TD was extended by',
    clean,
    changes: { log: (log) => log.with(ALGORITHM_PLACE, SHA256) },
  },
  {
    code: 'event_log_replay_mismatch',
    says: 'a log that lacks the last event that was measured',
    clean,
    changes: { events: (events) => events.slice(0, -1) },
  },
  {
    code: 'event_digest_mismatch',
    says: 'a log that replays, with an event whose data were edited',
    clean,
    changes: { events: edited },
  },
  {
    code: 'event_log_required',
    says: 'no log, where the reference value names events',
    clean,
    namesEvents: true,
    changes: { events: () => null },
  },
];
