/** Why nothing matched: the nearest registered version, what has become of it, and what to do. */
import { describe, expect, test } from '@jest/globals';
import type { Neighbour, ReferenceValue, Standing } from '../../../src/rats/reference-value.js';
import { judge } from '../judged.js';
import { AT, MEASUREMENT, OTHER, referenceValue, sampleEvidence } from '../sample-evidence.js';

const ACTIVE: Standing = { state: 'active' };
const SINCE = new Date('2026-10-01T22:30:00Z');
const HOST = sampleEvidence().referenceFields.host_data ?? '';
const NONE = '23'.repeat(32);

const neighbour = (standing: Standing, changes: Partial<ReferenceValue> = {}): Neighbour => ({
  value: referenceValue(changes),
  standing,
});
const explained = (...neighbours: readonly Neighbour[]) => {
  const judged = judge({ given: true, candidates: [], neighbours });
  expect(judged).toMatchObject({ tier: 'contraindicated', matched: null });
  return judged;
};
const check = (...neighbours: readonly Neighbour[]) => {
  const judged = explained(...neighbours);
  return judged.entry(judged.code ?? 'measurement_not_allowed');
};

describe('the nearest version', () => {
  test.each<[string, Standing, Partial<ReferenceValue>, string, RegExp]>([
    [
      'draft',
      { state: 'draft' },
      {},
      'version 1 of llm-serving, a draft that nobody activated',
      /^Activate /,
    ],
    [
      'retired',
      { state: 'retired', since: SINCE },
      { version: 12 },
      'version 12 of llm-serving, retired on 2026-10-01',
      /^Start .*new version\.$/,
    ],
    [
      'revoked',
      { state: 'revoked', since: SINCE, reason: ' a\u001b[31mhole\n.' },
      { version: 9 },
      'version 9 of llm-serving, revoked on 2026-10-01 because: a [31mhole',
      /^Start .*never to count again/,
    ],
    [
      'revoked without a reason',
      { state: 'revoked', since: SINCE, reason: null },
      {},
      'version 1 of llm-serving, revoked on 2026-10-01',
      /^Start /,
    ],
    [
      'not yet valid',
      ACTIVE,
      { notBefore: new Date('2030-01-01T00:00:00Z') },
      'version 1 of llm-serving, active, which counts only from 2030-01-01T00:00:00.000Z',
      /^Wait until version 1/,
    ],
    [
      'no longer valid',
      ACTIVE,
      { notAfter: new Date('2020-01-01T00:00:00Z') },
      'version 1 of llm-serving, active, which counts only until 2020-01-01T00:00:00.000Z',
      /^Start .*ends later/,
    ],
  ])('that would match but is %s is said to be just that', (_name, standing, changes, words, remedy) => {
    const told = check(neighbour(standing, changes));
    expect(told?.id).toBe('measurement_not_allowed');
    expect(told?.expected).toBe(`an active version within its dates; the evidence equals ${words}`);
    expect(told?.observed).toBe(`${MEASUREMENT}, judged at ${AT.toISOString()}`);
    expect(told?.remedy).toMatch(remedy);
  });

  test('is the one with the fewest fields that differ, whatever its state; then the newest', () => {
    const match = { measurement: [MEASUREMENT], host_data: [NONE] };
    const both = neighbour(ACTIVE, { version: 9, match: { measurement: [OTHER], host_data: [NONE] } });
    const newer = neighbour({ state: 'retired', since: SINCE }, { version: 8, match });
    const older = neighbour(ACTIVE, { version: 7, match });
    const told = check(both, newer, older);
    expect(told?.id).toBe('host_data_mismatch');
    expect(told?.expected).toBe(
      `${NONE} (host_data differs, the rest equals version 8 of llm-serving, retired on 2026-10-01)`,
    );
    expect(check(both, older, newer)?.source).toContain('version 7');
    const wholly = neighbour({ state: 'draft' }, { version: 1 });
    expect(check(both, newer, older, wholly)?.expected).toContain('equals version 1 of llm-serving, a draft');
  });

  test('shares something where one can be had that differs in no more', () => {
    const nothing = neighbour(ACTIVE, { version: 9, match: { measurement: [OTHER] } });
    const something = neighbour(ACTIVE, { version: 2, match: { measurement: [OTHER], host_data: [HOST] } });
    const told = check(nothing, something);
    expect(told?.expected).toBe(
      `${OTHER} (measurement differs, the rest equals version 2 of llm-serving, active)`,
    );
    expect(check(nothing)?.expected).toBe(
      `${OTHER} (measurement differs from version 9 of llm-serving, active)`,
    );
  });

  test('is of the same TEE', () => {
    const td = neighbour(ACTIVE, { tee: 'tdx', match: { mrtd: [MEASUREMENT] } });
    expect(check(td)?.expected).toBe('an active reference value; there is none');
    expect(check()?.remedy).toMatch(/^Register /);
  });

  test('given on a command line is named by its place', () => {
    const file = [NONE, HOST].map((host_data, index) =>
      referenceValue({
        workload: null,
        version: null,
        place: index + 1,
        match: { measurement: [OTHER], host_data: [host_data] },
      }),
    );
    const judged = judge({ given: true, candidates: file });
    expect(judged.entry('measurement_not_allowed')?.expected).toBe(
      `${OTHER} (measurement differs, the rest equals given value 2)`,
    );
  });
});

test('a withdrawn version never matches, whatever else does', () => {
  for (const standing of [
    { state: 'retired', since: SINCE },
    { state: 'revoked', since: SINCE, reason: 'x' },
    { state: 'draft' },
    ACTIVE,
  ] as const) {
    const wanted = referenceValue({ version: 2 });
    const withdrawn = neighbour(standing, { version: 3 });
    const judged = judge({ given: true, candidates: [wanted], neighbours: [withdrawn] });
    expect(judged).toMatchObject({ tier: 'affirming', matched: { version: 2 } });
    explained(withdrawn);
  }
});
