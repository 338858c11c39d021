/** Reading an event log: every form that is refused, and what is read of one that is not. */
import { describe, expect, test } from '@jest/globals';
import { BOOT_EVENTS, composeEventLog, type SimulatedEvent } from '../../../src/simulator/index.js';
import { MAX_EVENT_BYTES, MAX_EVENTS, MAX_LOG_BYTES, parseEventLog } from '../../../src/tee/tdx/event-log.js';
import { concatenated, refusalOf, textBytes } from './judged.js';

const SOUND = composeEventLog(BOOT_EVENTS);
/** Behind the last event; the header has 65 bytes, and every event 66 beside its data. */
const END = 65 + BOOT_EVENTS.reduce((length, { data }) => length + 66 + data.length, 0);
const codeOf = (log: Uint8Array) => refusalOf(() => parseEventLog(log))?.code ?? null;
const withWord = (offset: number, value: number): Uint8Array => {
  const log = Buffer.from(SOUND);
  log.writeUInt32LE(value, offset);
  return log;
};
const eventOf = (changes: Partial<SimulatedEvent>): SimulatedEvent => ({
  index: 2,
  type: 5,
  digest: new Uint8Array(48).fill(7),
  data: textBytes('x'),
  ...changes,
});

describe('an event log', () => {
  test('is read event by event, as it was written', () => {
    const { events } = parseEventLog(SOUND);
    expect(events.map(({ index, type, digest, data }) => ({ index, type, digest, data }))).toEqual(
      BOOT_EVENTS.map(({ index, type, digest, data }) => ({
        index,
        type,
        digest: Uint8Array.from(digest),
        data: Uint8Array.from(data),
      })),
    );
    expect(events.map(({ number }) => number)).toEqual(BOOT_EVENTS.map((_event, place) => place + 1));
  });

  test('keeps nothing of the caller’s memory', () => {
    const lent = Uint8Array.from(SOUND);
    const { events } = parseEventLog(lent);
    lent.fill(0);
    expect(events).toEqual(parseEventLog(SOUND).events);
  });

  test('may have no event at all', () => {
    expect(parseEventLog(composeEventLog([])).events).toEqual([]);
  });

  test('ends at ones, at zeros, or where its bytes end', () => {
    const bare = SOUND.slice(0, END);
    for (const padding of [0, 1, 3, 7, 8, 4096]) {
      for (const filler of [0x00, 0xff]) {
        const log = concatenated(bare, new Uint8Array(padding).fill(filler));
        expect(parseEventLog(log).events).toEqual(parseEventLog(SOUND).events);
      }
    }
  });

  test.each([0x00, 0xff])('with anything else in the padding of %i is refused', (filler) => {
    for (const place of [8, 100, 4095]) {
      const padding = new Uint8Array(4096).fill(filler);
      padding[place] = 0x41;
      expect([place, codeOf(concatenated(SOUND.slice(0, END), padding))]).toEqual([
        place,
        'event_log_malformed',
      ]);
    }
  });

  test('cut off at any length is refused, or lacks whole events', () => {
    const ends = new Set(
      Array.from({ length: BOOT_EVENTS.length + 1 }, (_, count) =>
        BOOT_EVENTS.slice(0, count).reduce((length, { data }) => length + 66 + data.length, 65),
      ),
    );
    for (let length = 0; length < END; length += 1) {
      const code = codeOf(SOUND.slice(0, length));
      expect([length, code]).toEqual([length, ends.has(length) ? null : 'event_log_malformed']);
    }
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /ends within/],
    ['text', textBytes('this is no event log, however long it is made to look'.repeat(4)), /Spec ID/],
    ['an ACPI table', concatenated(textBytes('CCEL'), new Uint8Array(52)), /ACPI table/],
    ['a first event of another type', withWord(4, 1), /Spec ID/],
    ['a first event for a register that there is not', withWord(0, 9), /Spec ID/],
    ['a first event with a digest', SOUND.with(8, 1), /Spec ID/],
    ['another signature', SOUND.with(32, 0x73), /Spec ID/],
    ['two algorithms', withWord(56, 2), /2 algorithms/],
    ['no algorithm', withWord(56, 0), /0 algorithms/],
    ['SHA-256 by its header', SOUND.with(60, 0x0b), /0xb/],
    ['digests of another length', SOUND.with(62, 32), /32 bytes/],
    ['vendor bytes that are not there', SOUND.with(64, 200), /ends within/],
    ['a first event longer than its parts', withWord(28, 34), /longer|ends within/],
    ['an event for a fifth register', withWord(65, 5), /register 0x5/],
    ['an event for a register far beyond', withWord(65, 0xffff_fffe), /register 0xfffffffe/],
    ['two digests', withWord(73, 2), /2 digests/],
    ['no digest', withWord(73, 0), /0 digests/],
    ['a SHA-1 digest', SOUND.with(77, 0x04), /0x4/],
    ['more data than there are', withWord(65 + 62, 0xffff_ffff), /ends within/],
  ])('with %s is malformed', (_what, log, words) => {
    const refused = refusalOf(() => parseEventLog(log));
    expect(refused).toMatchObject({ code: 'event_log_malformed', stage: 'parse' });
    expect(refused?.detail).toMatch(words);
  });

  test('vendor bytes in the header are passed over', () => {
    const vendor = 5;
    const log = Buffer.from(SOUND);
    log.writeUInt32LE(33 + vendor, 28);
    log.writeUInt8(vendor, 64);
    const longer = concatenated(log.subarray(0, 65), new Uint8Array(vendor).fill(9), log.subarray(65));
    expect(parseEventLog(longer).events).toEqual(parseEventLog(SOUND).events);
  });

  test('is read up to each cap, and refused one beyond it', () => {
    const most = concatenated(SOUND, new Uint8Array(MAX_LOG_BYTES - SOUND.length).fill(0xff));
    expect(codeOf(most)).toBeNull();
    expect(codeOf(concatenated(most, Uint8Array.of(0xff)))).toBe('evidence_too_large');

    const large = (length: number) =>
      composeEventLog([eventOf({ data: new Uint8Array(length).fill(1) }), eventOf({})]);
    expect(codeOf(large(MAX_EVENT_BYTES))).toBeNull();
    expect(codeOf(large(MAX_EVENT_BYTES + 1))).toBe('evidence_too_large');

    const many = (count: number) => composeEventLog(Array.from({ length: count }, () => eventOf({})));
    expect(codeOf(many(MAX_EVENTS))).toBeNull();
    expect(codeOf(many(MAX_EVENTS + 1))).toBe('evidence_too_large');
  });
});
