/**
 * A CC event log as the firmware leaves it: the contents of `/sys/firmware/acpi/tables/data/CCEL`. Strict, bounded and
 * in one pass; nothing is hashed here, and nothing of it is believed.
 *
 * Sources: UEFI 2.10, section 38 (confidential computing measurement), TCG PC Client Platform Firmware Profile,
 * section 10 (event log structure). The index of a CC measurement register is that of the RTMR plus one; 0 is MRTD,
 * into which no event can go.
 */
import { allZero } from '../../bytes/encoding.js';
import { Reader, ShortRead } from '../../bytes/reader.js';
import { refuse } from '../../rats/refusal.js';
import { refuseSize } from '../../rats/shared-refusals.js';
import { EV_NO_ACTION } from './event-types.js';

/** The largest area that a cloud reserves; genuine logs fill a tenth of it. */
export const MAX_LOG_BYTES = 256 * 1024;
/** A boot through shim and GRUB makes about a hundred. */
export const MAX_EVENTS = 2048;
/** The largest genuine one is a list of forbidden signatures (dbx), some ten thousand bytes. */
export const MAX_EVENT_BYTES = 64 * 1024;

const SPEC_ID = Buffer.from('Spec ID Event03\0', 'ascii');
const ALGORITHM_SHA384 = 0x000c;
const DIGEST_LENGTH = 48;
/** Of the old form, which the first event alone has. */
const SHA1_LENGTH = 20;
const LAST_INDEX = 4;
const PADDING = [0x00, 0xff] as const;
const NO_HEADER = 'It does not begin with the event that names its form (Spec ID Event03)';
const TABLE_SIGNATURE = Buffer.from('CCEL', 'ascii');

export interface LogEvent {
  /** Place in the log; 0 is the header. */
  readonly number: number;
  /** 0 to 4: of the CC measurement register. */
  readonly index: number;
  readonly type: number;
  /** SHA-384. */
  readonly digest: Uint8Array;
  readonly data: Uint8Array;
}

/** Bytes are views on a copy. */
export interface EventLog {
  /** All but the header, in the order of the log. */
  readonly events: readonly LogEvent[];
}

/** Refuses with `event_log_malformed`, beyond the caps with `evidence_too_large`; stage `parse`. */
export function parseEventLog(bytes: Uint8Array): EventLog {
  if (bytes.length > MAX_LOG_BYTES) tooLarge(`The event log has ${bytes.length} bytes`, MAX_LOG_BYTES);
  const owned = new Uint8Array(bytes);
  if (TABLE_SIGNATURE.equals(owned.subarray(0, 4))) {
    malformed('It is the ACPI table CCEL, which only says where the log lies: send the log itself');
  }
  const reader = new Reader(owned);
  try {
    readHeader(reader);
    return { events: readEvents(reader, owned) };
  } catch (error) {
    if (!(error instanceof ShortRead)) throw error;
    return malformed(`It ends within an event: ${error.message}`);
  }
}

/** TCG_PCClientPCREvent with a TCG_EfiSpecIDEvent: which algorithms follow. A TD has SHA-384 and no other. */
function readHeader(reader: Reader): void {
  const index = reader.u32le();
  const type = reader.u32le();
  const blank = reader.zeros(SHA1_LENGTH);
  if (index > LAST_INDEX || type !== EV_NO_ACTION || !blank) malformed(NO_HEADER);
  const data = new Reader(reader.take(reader.u32le()));
  if (!SPEC_ID.equals(data.take(SPEC_ID.length))) malformed(NO_HEADER);
  // Platform class, version and the size of a native word: nothing follows from them.
  data.take(8);
  const algorithms = data.u32le();
  if (algorithms !== 1)
    malformed(`It has digests of ${algorithms} algorithms; a TD has SHA-384 and no other`);
  const [algorithm, length] = [data.u16le(), data.u16le()];
  if (algorithm !== ALGORITHM_SHA384 || length !== DIGEST_LENGTH) {
    malformed(`Its digests are of algorithm ${hex(algorithm)} and ${length} bytes, not SHA-384`);
  }
  data.take(data.u8());
  if (data.remaining > 0) malformed('Its first event is longer than it says');
}

function readEvents(reader: Reader, bytes: Uint8Array): readonly LogEvent[] {
  const events: LogEvent[] = [];
  while (!endsAt(bytes, reader.offset)) {
    if (events.length === MAX_EVENTS) tooLarge('The event log has more events', MAX_EVENTS);
    events.push(readEvent(reader, events.length + 1));
  }
  return events;
}

/** TCG_PCR_EVENT2 with one digest. */
function readEvent(reader: Reader, number: number): LogEvent {
  const index = reader.u32le();
  const type = reader.u32le();
  const digests = reader.u32le();
  if (index > LAST_INDEX) malformed(`Event ${number} is for the measurement register ${hex(index)}`);
  if (digests !== 1) malformed(`Event ${number} has ${digests} digests instead of one`);
  const algorithm = reader.u16le();
  if (algorithm !== ALGORITHM_SHA384)
    malformed(`Event ${number} has a digest of ${hex(algorithm)}, not SHA-384`);
  const digest = reader.take(DIGEST_LENGTH);
  const length = reader.u32le();
  if (length > MAX_EVENT_BYTES && length <= reader.remaining) {
    tooLarge(`Event ${number} has ${length} bytes of data`, MAX_EVENT_BYTES);
  }
  return { number, index, type, digest, data: reader.take(length) };
}

/**
 * At the end, or where the rest of the area begins, which the firmware filled with ones (OVMF) or zeros (TD shim). What
 * begins so and goes on otherwise would hide events from one reader and not from another.
 */
function endsAt(bytes: Uint8Array, offset: number): boolean {
  const rest = bytes.subarray(offset);
  const filler = PADDING.find((byte) => rest.subarray(0, 8).every((one) => one === byte));
  if (filler === undefined) return false;
  const uniform = filler === 0 ? allZero(rest) : rest.every((byte) => byte === filler);
  if (!uniform) malformed(`There is something behind its end, in the ${rest.length} bytes of padding`);
  return true;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function malformed(what: string): never {
  refuse('event_log_malformed', 'parse', `The event log cannot be read as a CCEL log. ${what}.`);
}

function tooLarge(what: string, most: number): never {
  refuseSize('parse', `${what}; at most ${most} are read.`);
}
