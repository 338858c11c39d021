import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../src/rats/result.js';
import { type Difference, decisionRecord, differencesOf } from '../../src/verifier/decision-record.js';
import { sampleDecision } from '../contract/samples.js';

const sides = (differences: readonly Difference[]): readonly unknown[][] =>
  differences.map(({ path, then, now }) => [path, then, now]);

const record = (): JsonObject => decisionRecord(sampleDecision('acme'));

describe('two records of one decision', () => {
  test('that are equal have no difference', () => {
    const one = record();
    expect(differencesOf(one, structuredClone(one))).toEqual([]);
  });

  test('differ where a member does, as deep as it lies', () => {
    const one = {
      status: 'affirming',
      tcb: { status: 'UpToDate', advisories: ['A'] },
      claims: { a: { b: 1 } },
    };
    const other = {
      status: 'affirming',
      tcb: { status: 'OutOfDate', advisories: ['B'] },
      claims: { a: { b: 2 } },
    };
    expect(sides(differencesOf(one, other))).toEqual([
      ['tcb.status', 'UpToDate', 'OutOfDate'],
      ['tcb.advisories', ['A'], ['B']],
      ['claims.a.b', 1, 2],
    ]);
  });

  test('name checks by id and endorsements by kind, in whatever order they come', () => {
    const check = (id: string, outcome: string) => ({ id, outcome });
    const document = (kind: string, sha256: string) => ({ kind, sha256 });
    const one = {
      checks: [check('a', 'pass'), check('b', 'pass'), check('c', 'pass')],
      endorsements: [document('tdx-tcb-signing', '01'), document('tdx-tcb-signing', '02')],
    };
    const other = {
      checks: [check('c', 'pass'), check('a', 'fail'), check('d', 'pass')],
      endorsements: [document('tdx-tcb-signing', '01'), document('tdx-tcb-signing', '03')],
    };
    expect(sides(differencesOf(one, other))).toEqual([
      ['checks.a.outcome', 'pass', 'fail'],
      ['checks.b', check('b', 'pass'), null],
      ['checks.d', null, check('d', 'pass')],
      ['endorsements.tdx-tcb-signing#2.sha256', '02', '03'],
    ]);
  });

  test('differ for every change of any member, and say what it was and would be', () => {
    const before = record();
    const names = Object.keys(before);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string({ minLength: 1 }), (name, value) => {
        const after = { ...before, [name]: `changed ${value}` };
        const differences = differencesOf(before, after);
        expect(sides(differences)).toEqual([[name, before[name], `changed ${value}`]]);
      }),
    );
  });
});
