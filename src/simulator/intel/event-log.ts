/**
 * What a simulated TD measures while it boots, and the log of it (UEFI 2.10, section 38; TCG PC Client Platform
 * Firmware Profile, section 10). Offsets and numbers are this file's own: an independent witness.
 */
import { createHash } from 'node:crypto';

export interface SimulatedEvent {
  /** Of the CC measurement register: 1 to 4 for RTMR0 to RTMR3. */
  readonly index: number;
  readonly type: number;
  /** 48 bytes. */
  readonly digest: Uint8Array;
  readonly data: Uint8Array;
}

const sha384 = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(createHash('sha384').update(Buffer.concat(parts)).digest());
const ascii = (text: string) => Buffer.from(text, 'ascii');

/** An event whose digest is that of its data. */
function hashed(index: number, type: number, data: Uint8Array): SimulatedEvent {
  return { index, type, digest: sha384(data), data };
}

/** An event whose data describe what was hashed. */
function described(index: number, type: number, what: Uint8Array, data: Uint8Array): SimulatedEvent {
  return { index, type, digest: sha384(what), data };
}

const [FIRMWARE, LOADER, SYSTEM] = [1, 2, 3] as const;

/** UEFI_GPT_DATA: a header and one entry. */
function partitionTable(): Uint8Array {
  const table = Buffer.alloc(92 + 8 + 128);
  table.write('EFI PART', 0, 'ascii');
  table.writeUInt32LE(0x0001_0000, 8);
  table.writeUInt32LE(92, 12);
  table.writeUInt32LE(1, 80);
  table.writeUInt32LE(128, 84);
  table.writeBigUInt64LE(1n, 92);
  table.write('EFI system partition', 100 + 56, 'utf16le');
  return table;
}

/** EV_EVENT_TAG: a number, a length, a name. */
function tagged(tag: number, name: string): Uint8Array {
  const head = Buffer.alloc(8);
  const text = ascii(`${name}\0`);
  head.writeUInt32LE(tag, 0);
  head.writeUInt32LE(text.length, 4);
  return Buffer.concat([head, text]);
}

/** A kernel that the firmware starts, with command line and initrd: the same for every TD. */
export const BOOT_EVENTS: readonly SimulatedEvent[] = [
  described(FIRMWARE, 0x8000_000a, ascii('simulated configuration volume'), ascii('Fv(simulated)')),
  hashed(FIRMWARE, 0x8000_0001, ascii('simulated variable SecureBoot')),
  hashed(FIRMWARE, 0x0000_0004, Buffer.alloc(4)),
  described(FIRMWARE, 0x0000_000a, ascii('simulated ACPI tables'), ascii('ACPI DATA')),
  hashed(LOADER, 0x8000_0007, ascii('Calling EFI Application from Boot Option')),
  hashed(LOADER, 0x0000_0004, Buffer.alloc(4)),
  hashed(LOADER, 0x8000_0006, partitionTable()),
  described(LOADER, 0x8000_0003, ascii('simulated kernel'), ascii('\\EFI\\BOOT\\kernel.efi')),
  described(
    SYSTEM,
    0x0000_0006,
    Buffer.from('root=/dev/vda ro\0', 'utf16le'),
    tagged(0x8f3b_22ed, 'LOADED_IMAGE::LoadOptions'),
  ),
  described(SYSTEM, 0x0000_0006, ascii('simulated initrd'), tagged(0x8f3b_22ec, 'Linux initrd')),
  hashed(LOADER, 0x8000_0007, ascii('Exit Boot Services Invocation')),
  hashed(LOADER, 0x8000_0007, ascii('Exit Boot Services Returned with Success')),
];

type Registers = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** RTMR0 to RTMR3 after the events. */
export function registersAfter(events: readonly SimulatedEvent[]): Registers {
  const after = (wanted: number): Uint8Array =>
    events
      .filter(({ index }) => index === wanted)
      .reduce<Uint8Array>((register, { digest }) => sha384(register, digest), new Uint8Array(48));
  return [after(1), after(2), after(3), after(4)];
}

/** Filled up with ones, as OVMF leaves its area; genuine ones have 64 KiB and more. */
const PADDING = 256;

export function composeEventLog(events: readonly SimulatedEvent[]): Uint8Array {
  const records = events.flatMap(({ index, type, digest, data }) => [
    words(index, type, 1),
    Buffer.from([0x0c, 0x00]),
    digest,
    words(data.length),
    data,
  ]);
  return new Uint8Array(Buffer.concat([headerOf(), ...records, Buffer.alloc(PADDING, 0xff)]));
}

/** The event that says which algorithms follow: SHA-384, 48 bytes. */
function headerOf(): Uint8Array {
  const data = Buffer.concat([
    ascii('Spec ID Event03\0'),
    words(0),
    Buffer.from([0, 2, 0, 2]),
    words(1),
    Buffer.from([0x0c, 0x00, 0x30, 0x00]),
    Buffer.from([0]),
  ]);
  return Buffer.concat([words(1, 3), Buffer.alloc(20), words(data.length), data]);
}

function words(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt32LE(value, 4 * index);
  });
  return bytes;
}
