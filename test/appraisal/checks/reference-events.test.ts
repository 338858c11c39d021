/** Named events against what a log says: exact sets, register by register, and what they cover. */
import { describe, expect, test } from '@jest/globals';
import { eventField, eventSetOf } from '../../../src/rats/measured-event.js';
import type { Covers } from '../../../src/rats/reference-value.js';
import { judge } from '../judged.js';
import { given, sampleEvidence } from '../sample-evidence.js';
import { sampleTd, tdValue } from '../sample-td.js';

const [KERNEL, TABLE, INITRD, OTHER] = ['a1', 'b2', 'c3', 'd4'].map((byte) => byte.repeat(48));
const setOf = (...digests: readonly (string | undefined)[]) => eventSetOf(digests.map(String));
const RTMR1 = eventField('rtmr1', false);
const RTMR2 = eventField('rtmr2', false);
/** What a replayed log says of the sample TD. */
const MEASURED = {
  ...Object.fromEntries(['rtmr0', 'rtmr3'].map((register) => [`${register}_events`, ''])),
  [RTMR1]: setOf(KERNEL, TABLE),
  [eventField('rtmr1', true)]: setOf(KERNEL),
  [RTMR2]: setOf(INITRD),
};
type Events = Readonly<Record<string, readonly string[]>>;
const naming = (events: Events, pinned: readonly string[] = ['mrtd'], covers: Covers = 'boot') => {
  const value = tdValue(pinned, { covers });
  return { ...value, match: { ...value.match, ...events } };
};
const BOTH = { [RTMR1]: [setOf(KERNEL, TABLE)], [RTMR2]: [setOf(INITRD)] };
const judged = (events: Events, pinned?: readonly string[], covers?: Covers) =>
  judge(given(naming(events, pinned, covers)), sampleTd(MEASURED));

describe('named events', () => {
  test('of both registers and MRTD affirm', () => {
    const { tier, code, vector, entry } = judged(BOTH);
    expect({ tier, code, executables: vector.executables }).toEqual({
      tier: 'affirming',
      code: null,
      executables: 3,
    });
    expect(entry('event_log_required')).toMatchObject({ outcome: 'pass' });
    expect(entry('measurement_not_allowed')?.expected).toContain(`${RTMR1} 2 events (${KERNEL}, ${TABLE})`);
  });

  test.each([
    ['one register only', { [RTMR1]: BOTH[RTMR1] ?? [] }, /`rtmr2`/],
    ['a register that boots nothing', { rtmr3_events: [''], [RTMR2]: BOTH[RTMR2] ?? [] }, /`rtmr1`/],
  ])('of %s cover the firmware only', (_what, events, words) => {
    const { tier, vector, entry } = judged(events);
    expect({ tier, executables: vector.executables }).toEqual({ tier: 'warning', executables: 33 });
    expect(entry('measurement_not_allowed')?.remedy).toMatch(words);
  });

  test('meet registers: either speaks for its own', () => {
    expect(judged({ [RTMR1]: BOTH[RTMR1] ?? [] }, ['mrtd', 'rtmr2']).tier).toBe('affirming');
    expect(judged({ [eventField('rtmr1', true)]: [setOf(KERNEL)] }, ['mrtd', 'rtmr2']).tier).toBe(
      'affirming',
    );
    expect(judged(BOTH, ['mrtd', 'rtmr1', 'rtmr2']).tier).toBe('affirming');
  });

  test('cover what the version says at most', () => {
    expect(judged(BOTH, ['mrtd'], 'firmware').vector.executables).toBe(33);
    expect(judged(BOTH, ['mrtd'], 'runtime').vector.executables).toBe(2);
  });

  test.each([
    ['another event beside them', [setOf(KERNEL)], TABLE],
    ['one of them missing', [setOf(KERNEL, TABLE, OTHER)], OTHER],
    ['another one instead', [setOf(OTHER, TABLE)], OTHER],
    ['none of several sets', [setOf(KERNEL), setOf(KERNEL, TABLE, OTHER)], TABLE],
  ])('with %s do not match, and the difference is told', (_what, sets, named) => {
    const { tier, code, entry, matched } = judged({ ...BOTH, [RTMR1]: sets });
    expect({ tier, code, matched }).toEqual({
      tier: 'contraindicated',
      code: 'measurement_not_allowed',
      matched: null,
    });
    const { expected, observed } = entry('measurement_not_allowed') ?? {};
    const [, difference = ''] =
      /\((?:.*; )?(rtmr1_events (?:not named|named).*)\)$/u.exec(expected ?? '') ?? [];
    expect(difference).toContain(named);
    // What was observed may be told where what is registered may not.
    expect(observed).toBe(`${RTMR1} 2 events (${KERNEL}, ${TABLE})`);
    expect(entry('event_log_required')).toMatchObject({ outcome: 'pass' });
  });

  test('match any one of several sets', () => {
    expect(judged({ ...BOTH, [RTMR1]: [setOf(OTHER), setOf(TABLE, KERNEL)] }).tier).toBe('affirming');
  });

  test('are asked for in vain where no log came: the log is what is missing, and nothing else', () => {
    const { tier, code, entry, checks } = judge(given(naming(BOTH)), sampleTd());
    expect({ tier, code }).toEqual({ tier: 'contraindicated', code: 'event_log_required' });
    expect(checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id)).toEqual([
      'event_log_required',
    ]);
    expect(entry('event_log_required')).toMatchObject({
      expected: `an event log, for ${RTMR1} and ${RTMR2}`,
      observed: 'no event log came with this evidence',
    });
    // A register that differs is told as well.
    const value = naming(BOTH, ['mrtd', 'rtmr3']);
    const both = judge(given(value), sampleTd({ rtmr3: 'ee'.repeat(48) }));
    expect(both.code).toBe('measurement_not_allowed');
    expect(both.entry('event_log_required')?.outcome).toBe('fail');
  });

  test('a value that names none asks for no log, and takes one', () => {
    const pinned = tdValue(['mrtd', 'rtmr1', 'rtmr2']);
    for (const td of [sampleTd(), sampleTd(MEASURED)]) {
      const { tier, entry } = judge(given(pinned), td);
      expect(tier).toBe('affirming');
      expect(entry('event_log_required')?.outcome).toBe('not_run');
    }
  });

  test('a long set is told in few words', () => {
    const many = Array.from({ length: 300 }, (_, place) => place.toString(16).padStart(96, '0'));
    const td = sampleTd({ ...MEASURED, [RTMR1]: eventSetOf(many) });
    const { entry } = judge(given(naming(BOTH)), td);
    const { expected, observed } = entry('measurement_not_allowed') ?? {};
    expect(expected).toMatch(
      /rtmr1_events not named: 300 events \(.* 296 more\), named and not measured: 2 /,
    );
    expect(observed).toMatch(/300 events \(.* 296 more\)/);
    expect(expected?.length).toBeLessThan(2000);
    expect(observed?.length).toBeLessThan(1000);
  });

  test('are no matter of SNP', () => {
    const ids = judge(given(), sampleEvidence()).checks.map(({ id }) => id);
    expect(ids).not.toContain('event_log_required');
  });
});
