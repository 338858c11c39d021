/** What is said of an event log that is not read, and of one that does not replay. */
import { describe, expect, test } from '@jest/globals';
import { composeEventLog, type SimulatedEvent } from '../../../src/simulator/index.js';
import { MAX_EVENT_BYTES, MAX_EVENTS, MAX_LOG_BYTES, parseEventLog } from '../../../src/tee/tdx/event-log.js';
import { examineLog } from '../../../src/tee/tdx/event-log-replay.js';
import { concatenated, refusalOf } from './judged.js';

const PADDING = 256;
const ZEROS = new Uint8Array(48);
const EVENT: SimulatedEvent = {
  index: 2,
  type: 5,
  digest: new Uint8Array(48).fill(7),
  data: new Uint8Array(1),
};
const bare = (events: readonly SimulatedEvent[]): Uint8Array => {
  const log = composeEventLog(events);
  return log.subarray(0, log.length - PADDING);
};
const told = (bytes: Uint8Array) => {
  const refusal = refusalOf(() => parseEventLog(bytes));
  return refusal === null ? null : [refusal.code, refusal.stage, refusal.detail];
};

describe('a log that is too large', () => {
  const tooLarge = (detail: string) => ['evidence_too_large', 'parse', detail];

  test('as a whole', () => {
    expect(told(new Uint8Array(MAX_LOG_BYTES + 1))).toEqual(
      tooLarge('The event log has 262145 bytes; at most 262144 are read.'),
    );
  });

  test('in its events', () => {
    const many = Array.from({ length: MAX_EVENTS + 1 }, () => EVENT);
    expect(told(composeEventLog(many))).toEqual(
      tooLarge('The event log has more events; at most 2048 are read.'),
    );
  });

  test('in the data of one, be they the last bytes that there are', () => {
    const large = { ...EVENT, data: new Uint8Array(MAX_EVENT_BYTES + 1) };
    const words = tooLarge('Event 2 has 65537 bytes of data; at most 65536 are read.');
    expect(told(composeEventLog([EVENT, large]))).toEqual(words);
    expect(told(bare([EVENT, large]))).toEqual(words);
    expect(told(bare([EVENT, large]).subarray(0, -1))?.[0]).toBe('event_log_malformed');
  });
});

test('something in the padding is told with the length of the padding', () => {
  const log = concatenated(composeEventLog([EVENT]), Uint8Array.of(0x41));
  expect(told(log)).toEqual([
    'event_log_malformed',
    'parse',
    'The event log cannot be read as a CCEL log. There is something behind its end, in the 257 bytes of padding.',
  ]);
});

test('the header may name any register that there is', () => {
  const log = Buffer.from(composeEventLog([EVENT]));
  log.writeUInt32LE(4, 0);
  expect(told(log)).toBeNull();
  log.writeUInt32LE(5, 0);
  expect(told(log)?.[0]).toBe('event_log_malformed');
});

describe('a log that does not replay', () => {
  const examine = (events: readonly SimulatedEvent[], rtmrs: Parameters<typeof examineLog>[1]['rtmrs']) =>
    examineLog(parseEventLog(composeEventLog(events)), { rtmrs }).checks;

  test('names each register that differs, as signed and as found', () => {
    const other = new Uint8Array(48).fill(0xee);
    const [replay] = examine([], [ZEROS, other, other, ZEROS]);
    expect(replay).toMatchObject({
      outcome: 'fail',
      expected: `what the quote is signed over: rtmr1 ${'ee'.repeat(48)}; rtmr2 ${'ee'.repeat(48)}`,
      observed: `the log comes to rtmr1 ${'00'.repeat(48)}; rtmr2 ${'00'.repeat(48)}; events: rtmr0 0, rtmr1 0, rtmr2 0, rtmr3 0`,
    });
    expect(examine([], [ZEROS, ZEROS, ZEROS, ZEROS])[0]).toMatchObject({
      outcome: 'pass',
      expected: 'the four registers of the quote',
    });
  });

  test('is told of the running system’s events only where nothing else differs', () => {
    const other = new Uint8Array(48).fill(0xee);
    const remedyOf = (...rtmrs: Parameters<typeof examine>[1]) => examine([], rtmrs)[0]?.remedy;
    expect(remedyOf(ZEROS, ZEROS, other, other)).toMatch(/^Software of the running system/u);
    expect(remedyOf(ZEROS, other, other, ZEROS)).not.toMatch(/^Software of the running system/u);
  });
});

test('edited events are named up to four, and then counted', () => {
  const edited = (count: number) => {
    const events = Array.from({ length: count }, () => ({ ...EVENT, type: 4 }));
    const log = parseEventLog(composeEventLog(events));
    return examineLog(log, { rtmrs: [ZEROS, ZEROS, ZEROS, ZEROS] }).checks[1]?.observed ?? '';
  };
  expect(edited(4).split('; ')).toHaveLength(4);
  expect(edited(4)).not.toContain('more');
  const five = edited(5).split('; ');
  expect(five.map((text) => text.slice(0, 7))).toEqual([
    'event 1',
    'event 2',
    'event 3',
    'event 4',
    'and 1 m',
  ]);
  expect(edited(7)).toMatch(/; and 3 more$/u);
});
