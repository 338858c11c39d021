/** A TCB recovery on its way: what the early track asks for, from when on, and how that is known. */
import { describe, expect, test } from '@jest/globals';
import type { EndorsementSet } from '../../../src/rats/endorsement.js';
import type { JsonObject } from '../../../src/rats/result.js';
import { collateralIn, recoveryIn } from '../../../src/tee/tdx/tcb-recovery.js';
import { AT, collateral, FMSPC } from './recalled-facts.js';
import { bytesOf, bytesOfJson, SIGNATURE } from './tcb-documents.js';

/** The list of evaluations by the day of their event. */
function numbers(events: Readonly<Record<number, string>>): EndorsementSet {
  const list: JsonObject = {
    id: 'TDX',
    version: 1,
    issueDate: '2026-11-20T00:00:00Z',
    nextUpdate: '2026-12-20T00:00:00Z',
    tcbEvalNumbers: Object.entries(events).map(([number, day]) => ({
      tcbEvaluationDataNumber: Number(number),
      tcbRecoveryEventDate: `${day}T00:00:00Z`,
      tcbDate: `${day}T00:00:00Z`,
    })),
  };
  const bytes = bytesOfJson({ tcbEvaluationDataNumbers: list, signature: SIGNATURE });
  return [{ kind: 'tdx-tcb-evaluation-numbers', subject: 'tdx', bytes }];
}

const evaluation = (info: number, identity = info): EndorsementSet =>
  collateral({ tcbEvaluationDataNumber: info }, { tcbEvaluationDataNumber: identity });
const foreseen = (standard: EndorsementSet, early: EndorsementSet, from = AT) =>
  recoveryIn({ present: standard, early, later: standard }, { fmspc: FMSPC, from });

const WHAT = `TCB evaluation 19, early today, becomes the standard one for FMSPC ${FMSPC}`;

describe('a recovery', () => {
  test('counts twelve months after its event, by the early documents first', () => {
    const standard = [...evaluation(18), ...numbers({ 18: '2024-11-12', 19: '2025-12-09' })];
    const early = evaluation(19);
    expect(foreseen(standard, early)).toEqual([
      {
        cause: 'tcb-recovery',
        at: new Date('2026-12-09T00:00:00Z'),
        what: `${WHAT}: twelve months after its recovery event of 2025-12-09`,
        documents: [...early, ...standard],
      },
    ]);
  });

  test('that is overdue comes any day now, on the very day too', () => {
    const standard = [...evaluation(18), ...numbers({ 19: '2025-11-20' })];
    const early = evaluation(19);
    const due = new Date('2026-11-20T00:00:00Z');
    expect(foreseen(standard, early, due)).toEqual([
      {
        cause: 'tcb-recovery',
        at: null,
        what: `${WHAT}: twelve months after its recovery event of 2025-11-20, which is past: any day now`,
        documents: [...early, ...standard],
      },
    ]);
    expect(foreseen(standard, early, new Date(due.getTime() - 1)).map(({ at }) => at)).toEqual([due]);
  });

  test.each([
    ['there is no list', []],
    ['the list has not the number', numbers({ 18: '2024-11-12', 20: '2026-05-13' })],
    [
      'the list cannot be read',
      [{ kind: 'tdx-tcb-evaluation-numbers', subject: 'tdx', bytes: bytesOf('{}') }],
    ],
  ])('has no date where %s', (_what, list) => {
    const standard = [...evaluation(18), ...list];
    const early = evaluation(19);
    expect(foreseen(standard, early)).toEqual([
      {
        cause: 'tcb-recovery',
        at: null,
        what: `${WHAT}; Intel’s list of evaluation numbers, which would date it, is not at hand`,
        documents: [...early, ...standard],
      },
    ]);
  });

  test('is told by the document that is published first', () => {
    expect(foreseen(evaluation(18), evaluation(18, 19))).toHaveLength(1);
    expect(foreseen(evaluation(18), evaluation(19, 18))).toHaveLength(1);
    expect(foreseen(evaluation(18, 19), evaluation(19))).toEqual([]);
    expect(foreseen(evaluation(19, 18), evaluation(19))).toEqual([]);
  });

  test('is told of one early document alone, the other as it is', () => {
    const early = evaluation(19).filter(({ kind }) => kind === 'tdx-tcb-info');
    const standard = evaluation(18);
    expect(foreseen(standard, early).map(({ documents }) => documents)).toEqual([[...early, ...standard]]);
  });

  test('is none where early is not ahead, not at hand, or there is no standard', () => {
    expect(foreseen(evaluation(19), evaluation(19))).toEqual([]);
    expect(foreseen(evaluation(19), evaluation(18))).toEqual([]);
    expect(foreseen(evaluation(18), [])).toEqual([]);
    expect(foreseen([], evaluation(19))).toEqual([]);
  });
});

describe('documents', () => {
  test('are the first of each kind', () => {
    expect(collateralIn([...evaluation(21, 22), ...evaluation(18)])).toMatchObject({
      tcbInfo: { kind: 'tcb-info', fmspc: FMSPC, evaluationNumber: 21 },
      qeIdentity: { kind: 'qe-identity', evaluationNumber: 22 },
    });
  });

  test('are read once for as long as somebody holds them', () => {
    const documents = evaluation(18);
    const [first, second] = [collateralIn(documents), collateralIn(documents)];
    expect(first).not.toBeNull();
    expect(second?.tcbInfo).toBe(first?.tcbInfo);
  });

  test('are nothing where one of the two is absent, unreadable or about something else', () => {
    const [info, identity] = evaluation(18);
    if (info === undefined || identity === undefined) throw new Error('there are two');
    expect(collateralIn([info, identity])).not.toBeNull();
    expect(collateralIn([info])).toBeNull();
    expect(collateralIn([identity])).toBeNull();
    const broken = { ...info, bytes: bytesOf('{"tcbInfo":{}}') };
    for (const _again of [1, 2]) expect(collateralIn([broken, identity])).toBeNull();
    const [sgx] = collateral({ id: 'SGX' });
    const [, other] = collateral({}, { id: 'QE' });
    if (sgx === undefined || other === undefined) throw new Error('there are two');
    expect(collateralIn([sgx, identity])).toBeNull();
    expect(collateralIn([info, other])).toBeNull();
  });
});
