/**
 * Events of an event log (TCG PC Client Platform Firmware Profile) as reference values name them: the set of digests
 * that were measured into one register. A set is a value of a match field like any other, `rtmr1_events`: its digests
 * sorted, each once, as one text of lowercase hex, so that two sets are equal exactly when their texts are, and a
 * version that names events is found like every other one.
 *
 * Nothing but a digest is compared: type and data of an event are whatever the sender of the log writes, and only
 * digests go into a register. And nothing may be in a register beside what is named: whoever runs code of his own
 * can measure a good digest afterwards, but cannot take his own back out.
 */
import { createHash } from 'node:crypto';

export const EVENT_REGISTERS = ['rtmr0', 'rtmr1', 'rtmr2', 'rtmr3'] as const;
export type EventRegister = (typeof EVENT_REGISTERS)[number];

/** Into which the firmware measures partition tables, which differ from disk to disk and hold no code. */
export const PARTITION_REGISTER: EventRegister = 'rtmr1';
const WITHOUT_PARTITIONS = `${PARTITION_REGISTER}_events_any_partitions`;

/** Hex digits of a SHA-384 digest. */
const DIGITS = 96;

/** The field of a register's events; `anyPartitions`: of those that are no partition table. */
export function eventField(register: EventRegister, anyPartitions: boolean): string {
  return anyPartitions ? WITHOUT_PARTITIONS : `${register}_events`;
}

export const EVENT_FIELDS: readonly string[] = [
  ...EVENT_REGISTERS.map((register) => eventField(register, false)),
  WITHOUT_PARTITIONS,
];

export function isEventField(field: string): boolean {
  return EVENT_FIELDS.includes(field);
}

/** The register that a field of events speaks of, and whether it leaves partition tables out. */
export function eventFieldOf(field: string): { register: EventRegister; anyPartitions: boolean } | null {
  if (field === WITHOUT_PARTITIONS) return { register: PARTITION_REGISTER, anyPartitions: true };
  const register = EVENT_REGISTERS.find((name) => eventField(name, false) === field);
  return register === undefined ? null : { register, anyPartitions: false };
}

const SEPARATORS = [0x00, 0xff].map((byte) => Buffer.alloc(4, byte));

const ACTIONS = [
  'Calling EFI Application from Boot Option',
  'Returning from EFI Application from Boot Option',
  'Exit Boot Services Invocation',
  'Exit Boot Services Returned with Failure',
  'Exit Boot Services Returned with Success',
];

/**
 * Fixed texts by which firmware marks where it is; builds differ in where they put them. They load nothing and
 * choose nothing, whoever measures them, so no set has them.
 */
const MARKERS: ReadonlySet<string> = new Set(
  [...SEPARATORS, ...ACTIONS.map((text) => Buffer.from(text, 'ascii'))].map((data) =>
    createHash('sha384').update(data).digest('hex'),
  ),
);

/** Digests in lowercase hex, in any order, to the text of their set; empty when there are only markers. */
export function eventSetOf(digests: Iterable<string>): string {
  return [...new Set(digests)]
    .filter((digest) => !MARKERS.has(digest))
    .sort()
    .join('');
}

export function digestsOfEventSet(set: string): readonly string[] {
  return Array.from({ length: set.length / DIGITS }, (_, index) =>
    set.slice(DIGITS * index, DIGITS * (index + 1)),
  );
}
