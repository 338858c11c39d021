/** What genuine evidence is sealed with, and what a log that replays adds to it. */
import { describe, expect, test } from '@jest/globals';
import { BOOT_EVENTS } from '../../../src/simulator/index.js';
import { AT, days, evidenceOf, lacking, tdOf } from './judged.js';

test('a generation is the module’s major version in two hex digits', async () => {
  const { evidence } = await evidenceOf(await tdOf());
  expect(evidence.generation).toBe('tdx-01');
  expect(evidence).toMatchObject({ tee: 'tdx', tierCap: 'affirming', debug: false, retryAfter: null });
  expect(evidence.recollection.facts()).toMatchObject({ tier_cap: 'affirming', revocation_checked: true });
});

test('is no full yes where a list was not at hand', async () => {
  const td = await tdOf();
  for (const kind of ['tdx-root-crl', 'tdx-pck-crl']) {
    const { evidence } = await evidenceOf(td, {
      endorsements: lacking(td, kind),
      revocation: 'best-effort',
    });
    expect([kind, evidence.tierCap]).toEqual([kind, 'warning']);
    expect(evidence.endorsementsUsed.map((used) => used.kind)).not.toContain(kind);
    expect(evidence.stale).toEqual([]);
  }
});

describe('an event log', () => {
  test('that was not sent cannot be replayed', async () => {
    const { evidence } = await evidenceOf(await tdOf());
    expect(evidence.replay).toBeUndefined();
  });

  test('that replays adds its events to what may be matched, and takes nothing away', async () => {
    const { evidence } = await evidenceOf(await tdOf({ eventLog: BOOT_EVENTS }));
    const replayed = evidence.replay?.();
    expect(replayed?.checks.map(({ outcome }) => outcome)).toEqual(['pass', 'pass']);
    expect(replayed?.evidence?.referenceFields).toMatchObject(evidence.referenceFields);
    expect(Object.keys(replayed?.evidence?.referenceFields ?? {})).toEqual([
      ...Object.keys(evidence.referenceFields),
      ...['rtmr0_events', 'rtmr1_events', 'rtmr2_events', 'rtmr3_events', 'rtmr1_events_any_partitions'],
    ]);
  });
});

test('trust ends with what ends first', async () => {
  const { evidence } = await evidenceOf(await tdOf(), { at: AT });
  const ends = evidence.endorsementsUsed.map(({ not_after }) => Date.parse(not_after));
  expect(evidence.trustUntil.getTime()).toBe(Math.min(...ends));
  expect(evidence.trustUntil.getTime()).toBeLessThan(days(60).getTime());
});
