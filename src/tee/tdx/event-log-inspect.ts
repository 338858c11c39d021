/** A log decoded for display: every event with what it says, and what the registers come to. Nothing is believed. */
import { sha384 } from '../../bytes/digest.js';
import { equalBytes, hexOf } from '../../bytes/encoding.js';
import { EVENT_REGISTERS } from '../../rats/measured-event.js';
import type { JsonObject } from '../../rats/result.js';
import { type EventLog, type LogEvent, parseEventLog } from './event-log.js';
import { measuredEvents, replayEvents } from './event-log-replay.js';
import { eventTypeText, hashesItsData } from './event-types.js';
import type { TdReport } from './td-report.js';

/** Characters of an event's data that are shown. */
const SHOWN = 160;
const NONE = new Uint8Array();

/** Refuses like `parseEventLog`. `replays`: registers that come to what the (unverified) quote says. */
export function inspectLog(bytes: Uint8Array, { rtmrs }: TdReport): JsonObject {
  const log = parseEventLog(bytes);
  const replayed = replayEvents(measuredEvents(log));
  return {
    replayed: Object.fromEntries(EVENT_REGISTERS.map((name) => [name, hexOf(replayed[name])])),
    replays: EVENT_REGISTERS.filter((name, index) => equalBytes(replayed[name], rtmrs[index] ?? NONE)),
    events: eventsOf(log),
  };
}

function eventsOf({ events }: EventLog): readonly JsonObject[] {
  return events.map((event) => ({
    number: event.number,
    // As the log has it: one more than the RTMR's. 0 is MRTD, into which no event goes.
    register: EVENT_REGISTERS[event.index - 1] ?? 'mrtd',
    type: eventTypeText(event.type),
    digest: hexOf(event.digest),
    data: textOf(event.data),
    data_digest: dataStanding(event),
  }));
}

/** Whether the data are what was measured, as far as the type says that they should be. */
function dataStanding({ type, digest, data }: LogEvent): 'equal' | 'other' | 'not of the data' {
  if (!hashesItsData(type)) return 'not of the data';
  return equalBytes(digest, sha384(data)) ? 'equal' : 'other';
}

/** Printable ASCII as it is (with its last NUL left out), anything else in hex. */
function textOf(data: Uint8Array): string {
  const text = Buffer.from(data).toString('latin1').replace(/\0$/u, '');
  const shown = /^[\x20-\x7e]*$/u.test(text) ? text : hexOf(data);
  return shown.length > SHOWN ? `${shown.slice(0, SHOWN)}… (${data.length} bytes)` : shown;
}
