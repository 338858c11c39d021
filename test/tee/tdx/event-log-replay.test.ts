/** Holding a log against the registers of a quote, and what of it may be believed. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { digestsOfEventSet } from '../../../src/rats/measured-event.js';
import type { CheckResult } from '../../../src/rats/result.js';
import { BOOT_EVENTS, composeEventLog, type SimulatedEvent } from '../../../src/simulator/index.js';
import { type EventLog, parseEventLog } from '../../../src/tee/tdx/event-log.js';
import { examineLog } from '../../../src/tee/tdx/event-log-replay.js';
import { refusalOf, textBytes } from './judged.js';

const sha384 = (...parts: readonly Uint8Array[]) =>
  new Uint8Array(createHash('sha384').update(Buffer.concat(parts)).digest());
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const after = (events: readonly SimulatedEvent[], wanted: number) =>
  events
    .filter(({ index }) => index === wanted)
    .reduce<Uint8Array>((register, { digest }) => sha384(register, digest), new Uint8Array(48));
const registersOf = (events: readonly SimulatedEvent[]) =>
  [after(events, 1), after(events, 2), after(events, 3), after(events, 4)] as const;

const SIGNED = { rtmrs: registersOf(BOOT_EVENTS) };
const SOUND = composeEventLog(BOOT_EVENTS);
const logOf = (events: readonly SimulatedEvent[]): EventLog => parseEventLog(composeEventLog(events));
const examine = (events: readonly SimulatedEvent[], rtmrs = SIGNED.rtmrs) => {
  const { checks, fields } = examineLog(logOf(events), { rtmrs });
  const entry = (id: string): CheckResult | undefined => checks.find((check) => check.id === id);
  return { fields, entry, failures: checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id) };
};
/** All that a log says when it counts; null: it does not. */
const saidBy = (bytes: Uint8Array): string | null => {
  let log: EventLog | undefined;
  if (refusalOf(() => (log = parseEventLog(bytes))) !== null || log === undefined) return null;
  const { fields } = examineLog(log, SIGNED);
  return fields === null ? null : JSON.stringify(fields);
};
const changed = (place: number, changes: Partial<SimulatedEvent>) =>
  BOOT_EVENTS.map((event, index) => (index === place ? { ...event, ...changes } : event));
const KERNEL = BOOT_EVENTS.findIndex(({ type }) => type === 0x8000_0003);
const TABLE = BOOT_EVENTS.findIndex(({ type }) => type === 0x8000_0006);

describe('a log', () => {
  test('that comes to the four registers counts, and says what went into each', () => {
    const { fields, failures, entry } = examine(BOOT_EVENTS);
    expect(failures).toEqual([]);
    expect(entry('event_log_replay_mismatch')?.observed).toContain('rtmr0 4, rtmr1 6, rtmr2 2, rtmr3 0');
    expect(entry('event_digest_mismatch')?.observed).toMatch(/^7 of 12 events/);
    const setOf = (field: string) => digestsOfEventSet(fields?.[field] ?? 'absent');
    const measured = (wanted: number) =>
      BOOT_EVENTS.filter(({ index }) => index === wanted).map(({ digest }) => hex(digest));
    // The separator and the three actions of each register do not count.
    expect(setOf('rtmr0_events')).toEqual(
      measured(1)
        .filter((_d, place) => place !== 2)
        .sort(),
    );
    const [table, kernel] = [BOOT_EVENTS[TABLE]?.digest, BOOT_EVENTS[KERNEL]?.digest].map((one) =>
      hex(one ?? SOUND),
    );
    expect(setOf('rtmr1_events')).toEqual([table, kernel].sort());
    expect(setOf('rtmr1_events_any_partitions')).toEqual([kernel]);
    expect(setOf('rtmr2_events')).toEqual(measured(3).sort());
    expect(fields?.rtmr3_events).toBe('');
  });

  test.each([0, 1, 2, 3])('that does not come to RTMR%i is refused, and both values are told', (register) => {
    const rtmrs = SIGNED.rtmrs.map((value, place) => (place === register ? value.with(0, 0x5a) : value));
    const [a, b, c, d] = rtmrs;
    if (!a || !b || !c || !d) throw new TypeError('four registers');
    const { failures, fields, entry } = examine(BOOT_EVENTS, [a, b, c, d]);
    expect(failures).toEqual(['event_log_replay_mismatch']);
    expect(fields).toBeNull();
    const { expected, observed, remedy } = entry('event_log_replay_mismatch') ?? {};
    expect(expected).toBe(`what the quote is signed over: rtmr${register} ${hex(rtmrs[register] ?? SOUND)}`);
    expect(observed).toContain(`rtmr${register} ${hex(SIGNED.rtmrs[register] ?? SOUND)}`);
    // Only what a running system can have measured has the remedy for that.
    expect(/running system/.test(remedy ?? '') && !/another guest/.test(remedy ?? '')).toBe(register >= 2);
  });

  test('that lacks what the running system measured is refused: what is left out could be anything', () => {
    const runtime: SimulatedEvent = {
      index: 4,
      type: 5,
      digest: sha384(textBytes('later')),
      data: textBytes('x'),
    };
    const rtmrs = registersOf([...BOOT_EVENTS, runtime]);
    expect(examine(BOOT_EVENTS, rtmrs).failures).toEqual(['event_log_replay_mismatch']);
    // Appended as a record of the same form, it counts.
    const { failures, fields } = examine([...BOOT_EVENTS, runtime], rtmrs);
    expect(failures).toEqual([]);
    expect(fields?.rtmr3_events).toBe(hex(runtime.digest));
  });

  test('without its n-th event, with it twice, or with two exchanged does not replay', () => {
    for (const [place, event] of BOOT_EVENTS.entries()) {
      const without = BOOT_EVENTS.filter((_event, index) => index !== place);
      expect(examine(without).failures).toContain('event_log_replay_mismatch');
      const twice = [...BOOT_EVENTS.slice(0, place), event, ...BOOT_EVENTS.slice(place)];
      expect(examine(twice).failures).toContain('event_log_replay_mismatch');
    }
    const next = BOOT_EVENTS.findIndex(({ index }, place) => index === 3 && place > 0);
    const swapped = BOOT_EVENTS.map((event, place) => {
      if (place === next) return BOOT_EVENTS[next + 1] ?? event;
      return place === next + 1 ? (BOOT_EVENTS[next] ?? event) : event;
    });
    expect(examine(swapped).failures).toEqual(['event_log_replay_mismatch']);
  });

  test('means the same whatever the order of events of different registers', () => {
    const sorted = [...BOOT_EVENTS].sort((a, b) => b.index - a.index);
    expect(examine(sorted).fields).toEqual(examine(BOOT_EVENTS).fields);
  });

  test('with any one bit turned over is refused, or says the same', () => {
    const said = saidBy(SOUND);
    expect(said).not.toBeNull();
    const other: number[] = [];
    for (let place = 0; place < SOUND.length; place += 1) {
      for (const mask of [0x01, 0x80]) {
        const found = saidBy(SOUND.with(place, (SOUND[place] ?? 0) ^ mask));
        if (found !== null && found !== said) other.push(place);
      }
    }
    // A type is vouched for by nobody: it decides only whether a partition table is passed over as one.
    const typeOfTable = 65 + BOOT_EVENTS.slice(0, TABLE).reduce((sum, { data }) => sum + 66 + data.length, 4);
    expect(other.filter((place) => place < typeOfTable || place >= typeOfTable + 4)).toEqual([]);
  });

  test('never says more for a type that somebody changed: fewer events are passed over', () => {
    for (const type of [0, 3, 4, 5, 0x8000_0001, 0x8000_0003, 0x8000_0007]) {
      const { fields } = examine(changed(TABLE, { type }));
      if (fields === null) continue;
      expect(fields.rtmr1_events_any_partitions).toBe(fields.rtmr1_events);
    }
    // An image that is called a partition table is none: its digest is not that of the data shown.
    expect(examine(changed(KERNEL, { type: 0x8000_0006 })).failures).toEqual(['event_digest_mismatch']);
  });
});

describe('named mistakes', () => {
  test('event_payload_edit_fails: the data of every event whose digest is theirs', () => {
    const vouched = [0x4, 0x8000_0001, 0x8000_0006, 0x8000_0007, 0x8000_00e0];
    let tried = 0;
    for (const [place, { type, data }] of BOOT_EVENTS.entries()) {
      if (!vouched.includes(type)) continue;
      tried += 1;
      for (const edited of [data.with(0, (data[0] ?? 0) ^ 1), data.slice(1), textBytes('')]) {
        const { failures, fields, entry } = examine(changed(place, { data: edited }));
        expect([place, failures, fields]).toEqual([place, ['event_digest_mismatch'], null]);
        expect(entry('event_digest_mismatch')?.observed).toContain(`event ${place + 1} (`);
      }
    }
    expect(tried).toBe(7);
    // Data that nothing vouches for change nothing, because nothing is made of them.
    const described = changed(KERNEL, { data: textBytes('\\EFI\\BOOT\\other.efi') });
    expect(examine(described).fields).toEqual(examine(BOOT_EVENTS).fields);
  });

  test('shown_events_are_replayed_events: what goes into no register is compared with nothing', () => {
    const wanted = sha384(textBytes('what somebody registered'));
    const shown = (index: number, type: number): SimulatedEvent => ({
      index,
      type,
      digest: wanted,
      data: textBytes('x'),
    });
    for (const unmeasured of [shown(2, 3), shown(0, 5), shown(0, 0x8000_0003)]) {
      const { fields, failures } = examine([...BOOT_EVENTS, unmeasured]);
      expect(failures).toEqual([]);
      expect(JSON.stringify(fields)).not.toContain(hex(wanted));
    }
    expect(examine([...BOOT_EVENTS, shown(2, 5)]).failures).toEqual(['event_log_replay_mismatch']);
  });

  test('a good digest that is measured afterwards does not hide the bad one before it', () => {
    const evil: SimulatedEvent = {
      index: 2,
      type: 0x8000_0003,
      digest: sha384(textBytes('another kernel')),
      data: textBytes('x'),
    };
    const kernel = BOOT_EVENTS[KERNEL];
    if (kernel === undefined) throw new TypeError('no kernel');
    const booted = [...BOOT_EVENTS.slice(0, KERNEL), evil, kernel, ...BOOT_EVENTS.slice(KERNEL + 1)];
    const disguises = [evil, { ...evil, type: 0x5 }, { ...evil, type: 0x0d }];
    for (const disguise of disguises) {
      const told = booted.map((event) => (event === evil ? disguise : event));
      const { fields, failures } = examine(told, registersOf(booted));
      expect(failures).toEqual([]);
      for (const field of ['rtmr1_events', 'rtmr1_events_any_partitions']) {
        expect(digestsOfEventSet(fields?.[field] ?? '')).toContain(hex(evil.digest));
      }
    }
  });
});
