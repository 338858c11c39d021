/** What is said of vendor documents that are absent, unreadable, too new or past their end, several at a time. */
import { describe, expect, test } from '@jest/globals';
import type { EndorsementAbsence } from '../../../src/rats/endorsement.js';
import {
  type CollateralProblem,
  isInGrace,
  isStale,
  lackingFor,
  type ProblemCode,
  problemChecks,
  problemsNotExamined,
  type StaleProblem,
  staleChecks,
  withAnswers,
} from '../../../src/tee/tdx/collateral-problems.js';
import { qeIdentityRequirement, tcbInfoRequirement } from '../../../src/tee/tdx/pcs.js';
import { QE_IDENTITY_DOCUMENTS, tcbInfoDocument } from '../../../src/tee/tdx/pcs-document.js';

const FMSPC = 'b0c06f000000';
const AT = new Date('2026-11-20T12:00:00Z');
const HOUR = 3_600_000;
const CODES: readonly ProblemCode[] = [
  'collateral_unavailable',
  'collateral_malformed',
  'collateral_not_found',
  'clock_skew',
  'stale_collateral',
  'tdx_crl_stale',
];
const INFO = tcbInfoRequirement(FMSPC, 'standard');
const IDENTITY = qeIdentityRequirement('standard');

const ofInfo = (code: ProblemCode, why = 'not at hand'): CollateralProblem => ({
  code,
  document: tcbInfoDocument(FMSPC, 'standard'),
  requirement: INFO,
  why,
});
const ofIdentity = (code: ProblemCode, why = 'not at hand'): CollateralProblem => ({
  code,
  document: QE_IDENTITY_DOCUMENTS.standard,
  requirement: IDENTITY,
  why,
});
/** Past its nextUpdate for so many hours. */
const late = (problem: CollateralProblem, hours: number): StaleProblem => ({
  ...problem,
  nextUpdate: new Date(AT.getTime() - hours * HOUR),
});

function checksOf(problems: readonly CollateralProblem[], staleHours = 0) {
  const checks = problemChecks(problems, AT, staleHours);
  expect(checks.map(({ id }) => id)).toEqual(CODES);
  return (code: ProblemCode) => checks.find(({ id }) => id === code);
}

describe('an entry for every code', () => {
  test('says that all is well where it is', () => {
    expect(problemChecks([], AT, 0).map(({ outcome, observed }) => [outcome, observed])).toEqual([
      ['pass', 'all at hand'],
      ['pass', 'all readable'],
      ['pass', 'nothing that Intel says it does not have'],
      ['pass', 'all begun'],
      ['pass', 'all in force'],
      ['pass', 'both lists in force'],
    ]);
    expect(problemChecks([], AT, 0).map(({ expected }) => expected)).toEqual([
      'root and PCK revocation lists, TCB info and QE identity with their signing chains',
      'documents in the form that Intel publishes',
      'TCB info that Intel publishes for the platform family (FMSPC)',
      'documents issued no later than 2026-11-20T12:00:00.000Z',
      'TCB info, QE identity and signing certificate in force at 2026-11-20T12:00:00.000Z',
      'nextUpdate not before 2026-11-20T12:00:00.000Z',
    ]);
  });

  test('names every document that has the problem, and how to get the first', () => {
    const entry = checksOf([ofInfo('collateral_unavailable'), ofIdentity('collateral_unavailable')]);
    expect(entry('collateral_unavailable')).toMatchObject({
      outcome: 'fail',
      observed: `the TDX TCB info of FMSPC ${FMSPC}: not at hand; the TD QE identity: not at hand`,
    });
    expect(entry('collateral_unavailable')?.remedy).toMatch(/^Download it with .*intel\/tcb_info\.json/u);
    expect(entry('clock_skew')?.outcome).toBe('pass');
  });

  test('offers no download of what Intel does not have', () => {
    const [notFound, malformed] = [ofInfo('collateral_not_found'), ofIdentity('collateral_malformed')];
    const entry = checksOf([notFound, malformed]);
    expect(entry('collateral_not_found')?.remedy).not.toContain('curl');
    expect(entry('collateral_malformed')?.remedy).toContain('curl');
  });

  test('of what is tolerated is a reservation, and a failure beside it fails', () => {
    const tolerated = [
      { ...ofInfo('collateral_unavailable'), tolerated: true },
      { ...ofIdentity('collateral_unavailable'), tolerated: true },
    ] as const;
    expect(checksOf(tolerated)('collateral_unavailable')).toMatchObject({
      outcome: 'not_run',
      observed: `the TDX TCB info of FMSPC ${FMSPC}: not at hand; the TD QE identity: not at hand, which best-effort tolerates`,
      remedy: expect.stringContaining('intel/tcb_info.json'),
    });
    expect(
      checksOf([tolerated[0], ofIdentity('collateral_unavailable')])('collateral_unavailable'),
    ).toMatchObject({ outcome: 'fail', observed: 'the TD QE identity: not at hand' });
  });

  test('is not run where nothing was looked at', () => {
    expect(
      problemsNotExamined('no chain').map(({ id, outcome, observed }) => [id, outcome, observed]),
    ).toEqual(CODES.map((code) => [code, 'not_run', 'no chain']));
  });
});

describe('a grace', () => {
  const info = late(ofInfo('stale_collateral', 'ended'), 5);
  const identity = late(ofIdentity('stale_collateral', 'ended'), 2);

  test('lifts what is late by no more than its hours', () => {
    expect([isStale(info), isStale(ofInfo('clock_skew'))]).toEqual([true, false]);
    expect([isInGrace(info, AT, 5), isInGrace(info, AT, 4)]).toEqual([true, false]);
    expect(isInGrace(ofInfo('stale_collateral'), AT, 99)).toBe(false);
    expect(checksOf([info, identity], 5)('stale_collateral')).toMatchObject({
      outcome: 'pass',
      observed:
        `the TDX TCB info of FMSPC ${FMSPC}: ended, in grace until 2026-11-20T12:00:00.000Z; ` +
        'the TD QE identity: ended, in grace until 2026-11-20T15:00:00.000Z',
      expected: expect.stringMatching(/, or at most 5 hours earlier by the grace of the policy$/u),
    });
  });

  test('that is too short for one of two names that one', () => {
    expect(checksOf([info, identity], 2)('stale_collateral')).toMatchObject({
      outcome: 'fail',
      observed: `the TDX TCB info of FMSPC ${FMSPC}: ended`,
    });
  });

  test('is told under the codes that are late alone', () => {
    expect(staleChecks([info, identity], AT, 5).map(({ id, outcome }) => [id, outcome])).toEqual([
      ['stale_collateral', 'pass'],
    ]);
    expect(staleChecks([], AT, 5)).toEqual([]);
  });
});

describe('what is worth asking for', () => {
  test('is what another document would cure, each once', () => {
    const codes = (problem: (code: ProblemCode) => CollateralProblem) =>
      CODES.map((code) => lackingFor([problem(code)]).length);
    expect(codes(ofInfo)).toEqual([1, 0, 1, 0, 1, 1]);
    expect(
      lackingFor([
        ofInfo('stale_collateral'),
        ofIdentity('collateral_unavailable'),
        ofInfo('collateral_unavailable'),
        ofIdentity('clock_skew'),
      ]),
    ).toEqual([INFO, IDENTITY]);
  });

  test('tells documents apart by kind and by subject', () => {
    const early = { ...ofInfo('stale_collateral'), requirement: tcbInfoRequirement(FMSPC, 'early') };
    const named = { ...ofInfo('stale_collateral'), requirement: { ...IDENTITY, subject: INFO.subject } };
    expect(lackingFor([ofInfo('stale_collateral'), early, named])).toEqual([
      INFO,
      early.requirement,
      named.requirement,
    ]);
  });
});

describe('an answer of Intel’s', () => {
  const said = (requirement: typeof INFO, reason: EndorsementAbsence['reason']): EndorsementAbsence => ({
    ...requirement,
    reason,
    why: `Intel said ${reason}`,
    retryAfter: 60,
  });
  const answered = (problem: CollateralProblem, ...absences: EndorsementAbsence[]) =>
    withAnswers([problem], absences).map(({ code, why }) => [code, why]);

  test('stands beside the problem that it is about', () => {
    expect(answered(ofInfo('stale_collateral', 'ended'), said(INFO, 'unavailable'))).toEqual([
      ['stale_collateral', 'ended; Intel said unavailable'],
    ]);
    expect(answered(ofInfo('stale_collateral', 'ended'), said(IDENTITY, 'unavailable'))).toEqual([
      ['stale_collateral', 'ended'],
    ]);
    expect(answered(ofInfo('clock_skew', 'too new'), said(INFO, 'unavailable'))).toEqual([
      ['clock_skew', 'too new'],
    ]);
  });

  test('that there is no such TCB info is a problem of its own, where none is at hand', () => {
    expect(answered(ofInfo('collateral_unavailable'), said(INFO, 'not-found'))).toEqual([
      ['collateral_not_found', 'not at hand; Intel said not-found'],
    ]);
    expect(answered(ofInfo('collateral_unavailable'), said(INFO, 'rate-limited'))).toEqual([
      ['collateral_unavailable', 'not at hand; Intel said rate-limited'],
    ]);
    expect(answered(ofInfo('stale_collateral', 'ended'), said(INFO, 'not-found'))).toEqual([
      ['stale_collateral', 'ended; Intel said not-found'],
    ]);
    expect(answered(ofIdentity('collateral_unavailable'), said(IDENTITY, 'not-found'))).toEqual([
      ['collateral_unavailable', 'not at hand; Intel said not-found'],
    ]);
  });
});
