/** A log for display: every event as it stands, and which registers come out. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { BOOT_EVENTS, composeEventLog, type SimulatedEvent } from '../../../src/simulator/index.js';
import { inspectEvidence } from '../../../src/tee/registry.js';
import { inspectLog } from '../../../src/tee/tdx/event-log-inspect.js';
import { refusalOf, tdOf, textBytes } from './judged.js';
import { sampleReport } from './sample-report.js';

const sha384 = (...parts: readonly Uint8Array[]) =>
  new Uint8Array(createHash('sha384').update(Buffer.concat(parts)).digest());
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const DIGEST = new Uint8Array(48).fill(7);
const ZEROS = new Uint8Array(48);

function eventOf(changes: Partial<SimulatedEvent> = {}): SimulatedEvent {
  return { index: 2, type: 5, digest: DIGEST, data: textBytes('x'), ...changes };
}

const shown = (events: readonly SimulatedEvent[], report = sampleReport()) =>
  inspectLog(composeEventLog(events), report);
/** How the data of one event are shown. */
const dataOf = (data: Uint8Array): unknown => {
  const { events } = shown([eventOf({ data })]);
  return Array.isArray(events) ? events[0].data : null;
};

describe('a log', () => {
  test('is shown event by event', () => {
    const data = textBytes('variable');
    const events = [
      eventOf(),
      eventOf({ index: 1, type: 0x8000_0001, digest: sha384(data), data }),
      eventOf({ index: 4, type: 0x8000_0001, data }),
      eventOf({ index: 0, type: 0x0000_00ff }),
      eventOf({ index: 3, type: 0x8000_0003 }),
    ];
    expect(shown(events).events).toEqual([
      {
        number: 1,
        register: 'rtmr1',
        type: 'EV_ACTION',
        digest: hex(DIGEST),
        data: 'x',
        data_digest: 'not of the data',
      },
      {
        number: 2,
        register: 'rtmr0',
        type: 'EV_EFI_VARIABLE_DRIVER_CONFIG',
        digest: hex(sha384(data)),
        data: 'variable',
        data_digest: 'equal',
      },
      {
        number: 3,
        register: 'rtmr3',
        type: 'EV_EFI_VARIABLE_DRIVER_CONFIG',
        digest: hex(DIGEST),
        data: 'variable',
        data_digest: 'other',
      },
      {
        number: 4,
        register: 'mrtd',
        type: '0x000000ff',
        digest: hex(DIGEST),
        data: 'x',
        data_digest: 'not of the data',
      },
      {
        number: 5,
        register: 'rtmr2',
        type: 'EV_EFI_BOOT_SERVICES_APPLICATION',
        digest: hex(DIGEST),
        data: 'x',
        data_digest: 'not of the data',
      },
    ]);
  });

  test('says what the registers come to, and which of them the quote has', () => {
    const once = sha384(ZEROS, DIGEST);
    const rtmrs = [ZEROS, once, once, ZEROS] as const;
    const report = sampleReport({ rtmrs });
    expect(shown([eventOf()], report)).toMatchObject({
      replayed: { rtmr0: hex(ZEROS), rtmr1: hex(once), rtmr2: hex(ZEROS), rtmr3: hex(ZEROS) },
      replays: ['rtmr0', 'rtmr1', 'rtmr3'],
    });
    expect(shown([eventOf()]).replays).toEqual([]);
    expect(shown([], report).replays).toEqual(['rtmr0', 'rtmr3']);
  });

  test('of a whole boot is shown whole', () => {
    const { events } = shown(BOOT_EVENTS);
    expect(events).toHaveLength(BOOT_EVENTS.length);
  });

  test('is shown beside its quote, where one came with it', async () => {
    const td = await tdOf({ eventLog: BOOT_EVENTS });
    const [alone, beside] = [null, td.eventLog].map(
      (log) => inspectEvidence('auto', td.evidence, log).decoded,
    );
    expect(alone).not.toHaveProperty('event_log');
    expect(beside).toMatchObject({ event_log: { replays: ['rtmr0', 'rtmr1', 'rtmr2', 'rtmr3'] } });
  });

  test('that cannot be read is refused as when it is judged', () => {
    const refused = refusalOf(() => inspectLog(textBytes('no log'), sampleReport()));
    expect(refused).toMatchObject({ code: 'event_log_malformed', stage: 'parse' });
  });
});

describe('data', () => {
  test.each<[string, Uint8Array, string]>([
    ['text', textBytes('Linux initrd'), 'Linux initrd'],
    ['text with its NUL', textBytes('Linux initrd\0'), 'Linux initrd'],
    ['nothing', new Uint8Array(), ''],
    ['the first and the last printable character', textBytes(' ~'), ' ~'],
    ['two NULs', textBytes('ab\0\0'), '61620000'],
    ['a NUL in the middle', textBytes('a\0b'), '610062'],
    ['a byte before text', textBytes('\u0001ab'), '016162'],
    ['a byte behind text', textBytes('ab\u007f'), '61627f'],
    ['a byte of eight bits', Uint8Array.of(0x61, 0xe9), '61e9'],
  ])('that are %s', (_what, data, words) => {
    expect(dataOf(data)).toBe(words);
  });

  test('that are long are shown in part, with their length', () => {
    expect(dataOf(textBytes('y'.repeat(160)))).toBe('y'.repeat(160));
    expect(dataOf(textBytes('y'.repeat(161)))).toBe(`${'y'.repeat(160)}… (161 bytes)`);
    expect(dataOf(new Uint8Array(81).fill(0xaa))).toBe(`${'aa'.repeat(80)}… (81 bytes)`);
  });
});
