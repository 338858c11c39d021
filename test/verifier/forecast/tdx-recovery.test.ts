/** A TCB recovery foreseen, and judged by the verifier once it is there. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { STANDARD_POLICY } from '../../../src/appraisal/standard-policy.js';
import type { EndorsementSet } from '../../../src/rats/endorsement.js';
import { LEVEL_STATUSES, type LevelStatus, type SimulatedTd } from '../../../src/simulator/index.js';
import { MODULE_IDENTITIES, PLATFORM_LEVELS, QE_LEVELS } from '../../../src/simulator/intel/tcb-levels.js';
import { type Subject, standingOf } from '../../../src/verifier/forecast/standing.js';
import { type Timeline, timelineOf } from '../../../src/verifier/forecast/timeline.js';
import {
  AT,
  daysLater,
  documentsBy,
  numbersBy,
  REFERENCE,
  remembered,
  tdOf,
  verified,
} from './td-platform.js';

const HORIZON = { now: AT, until: daysLater(90) };

async function subjectOf(td: SimulatedTd, policy = STANDARD_POLICY) {
  const { authenticated } = await verified(td, await documentsBy(), policy);
  return {
    platform: remembered(authenticated),
    policy,
    references: [REFERENCE],
    fields: {},
    registered: null,
  };
}

interface Tracks {
  readonly present: EndorsementSet;
  readonly early: EndorsementSet;
}

/** Nothing of Intel's is dated ahead. */
function foreseenBy(subject: Subject, { present, early }: Tracks): Timeline | null {
  return timelineOf(subject, { present, early, later: present }, HORIZON);
}

function present(timeline: Timeline | null): Timeline {
  if (timeline === null) throw new Error('the documents that decide are at hand');
  return timeline;
}

/** One component more than the platform has, from evaluation 19 on. */
const RAISED = {
  tcbInfo: {
    evaluationNumber: 19,
    levels: PLATFORM_LEVELS.map((level) => ({
      ...level,
      sgx: level.sgx.map((svn, index) => (index === 0 ? svn + 1 : svn)),
    })),
  },
  qeIdentity: { evaluationNumber: 19 },
};

describe('early documents that are ahead of the standard ones', () => {
  test('are foreseen for the day twelve months after the event that the signed list names', async () => {
    const subject = await subjectOf(await tdOf());
    const numbers = await numbersBy({ 19: '2025-12-09', 18: '2024-11-12' });
    const documents = {
      present: [...(await documentsBy()), numbers],
      early: await documentsBy(RAISED),
    };
    const { standing, transitions } = present(foreseenBy(subject, documents));
    expect(standing).toMatchObject({ tier: 'affirming', tcbStatus: 'UpToDate', code: null });
    expect(transitions).toHaveLength(1);
    expect(transitions[0]).toMatchObject({
      at: new Date('2026-12-09T00:00:00Z'),
      cause: 'tcb-recovery',
      presumes: null,
      to: { tier: 'contraindicated', code: 'tdx_tcb_status_not_accepted' },
    });
    expect(transitions[0]?.what).toContain('evaluation 19');
    expect(transitions[0]?.to.remedy).not.toBeNull();
  });

  test('have no date where the list is not at hand, or has not the number, or is overdue', async () => {
    const subject = await subjectOf(await tdOf());
    const early = await documentsBy(RAISED);
    const standard = await documentsBy();
    for (const list of [
      [],
      [await numbersBy({ 18: '2024-11-12' })],
      [await numbersBy({ 19: '2025-11-11' })],
    ]) {
      const documents = { present: [...standard, ...list], early };
      const { transitions } = present(foreseenBy(subject, documents));
      expect(transitions.map(({ at, cause }) => ({ at, cause }))).toEqual([
        { at: null, cause: 'tcb-recovery' },
      ]);
    }
  });

  test('beyond the horizon, of the same evaluation, or not at hand say nothing', async () => {
    const subject = await subjectOf(await tdOf());
    const standard = await documentsBy();
    const later = await numbersBy({ 19: '2026-11-11' });
    const none = [
      { present: [...standard, later], early: await documentsBy(RAISED) },
      { present: standard, early: standard },
      { present: standard, early: [] },
    ];
    for (const documents of none) {
      expect(present(foreseenBy(subject, documents)).transitions).toEqual([]);
    }
  });

  test('count for as long as a grace lasts, and the end of the grace is told under the condition', async () => {
    const policy = parsePolicy({
      name: 'patient',
      common: {
        grace: {
          statuses: ['SWHardeningNeeded', 'OutOfDate'],
          advisories: [],
          until: '2026-12-31T00:00:00Z',
        },
      },
    });
    const subject = await subjectOf(await tdOf(), policy);
    const documents = { present: await documentsBy(), early: await documentsBy(lowered('OutOfDate')) };
    const { transitions } = present(foreseenBy(subject, documents));
    expect(transitions.map(({ at, cause, to, presumes }) => [at, cause, to.tier, presumes !== null])).toEqual(
      [
        [null, 'tcb-recovery', 'warning', false],
        [new Date('2026-12-31T00:00:00Z'), 'policy-grace', 'contraindicated', true],
      ],
    );
  });

  test('are unknown where there is no standard to compare with', async () => {
    const subject = await subjectOf(await tdOf());
    expect(foreseenBy(subject, { present: [], early: await documentsBy(RAISED) })).toBeNull();
  });
});

/** Evaluation 19 in which the platform as it is reaches a level of the status. */
function lowered(status: string) {
  const [first] = PLATFORM_LEVELS;
  if (first === undefined) throw new Error('there are levels');
  return {
    tcbInfo: { evaluationNumber: 19, levels: [{ ...first, status }] },
    qeIdentity: { evaluationNumber: 19 },
  };
}

const status = fc.constantFrom(...LEVEL_STATUSES);
const SVN_STATUSES = ['UpToDate', 'OutOfDate', 'Revoked'] as const;
type SvnStatus = (typeof SVN_STATUSES)[number];
const svnStatus = fc.constantFrom(...SVN_STATUSES);
/** Around what the TD has: nine, nine, and the rest. */
const level = fc.record({
  first: fc.integer({ min: 7, max: 10 }),
  second: fc.integer({ min: 7, max: 10 }),
  pceSvn: fc.constantFrom(13, 15, 16),
  microcode: fc.integer({ min: 6, max: 9 }),
  status,
});
const table = fc.record({
  levels: fc.uniqueArray(level, {
    minLength: 1,
    maxLength: 5,
    selector: (one) => `${one.first} ${one.second} ${one.pceSvn} ${one.microcode}`,
  }),
  module: fc.tuple(fc.integer({ min: 3, max: 6 }), svnStatus),
  qe: fc.tuple(fc.integer({ min: 2, max: 5 }), svnStatus),
});

const reached = { first: 7, second: 7, pceSvn: 13, microcode: 6 } as const;

/** A table that asks for little, but for what is said. */
function lenient(
  of: LevelStatus,
  changes: { readonly module?: SvnStatus; readonly qe?: SvnStatus; readonly first?: number } = {},
): Table {
  const { module = 'UpToDate', qe = 'UpToDate', first = 7 } = changes;
  return { levels: [{ ...reached, first, status: of }], module: [3, module], qe: [2, qe] };
}

type Table = typeof table extends fc.Arbitrary<infer T> ? T : never;

function requirementsOf({ levels, module, qe }: Table) {
  const [first] = PLATFORM_LEVELS;
  const [qeLevel] = QE_LEVELS;
  if (first === undefined || qeLevel === undefined) throw new Error('there are levels');
  return {
    tcbInfo: {
      evaluationNumber: 19,
      levels: levels.map((one) => ({
        ...first,
        sgx: first.sgx.map((svn, index) => (index === 0 ? one.first : index === 1 ? one.second : svn)),
        pceSvn: one.pceSvn,
        tdx: first.tdx.map((svn, index) => (index === 2 ? one.microcode : svn)),
        status: one.status,
        advisories: one.status === 'UpToDate' ? [] : ['INTEL-SA-99899'],
      })),
      moduleIdentities: MODULE_IDENTITIES.map((identity) =>
        identity.id === 'TDX_01'
          ? {
              ...identity,
              levels: [{ isvSvn: module[0], date: '2024-03-13', status: module[1], advisories: [] }],
            }
          : identity,
      ),
    },
    qeIdentity: {
      evaluationNumber: 19,
      levels: [{ ...qeLevel, isvSvn: qe[0], status: qe[1] }],
    },
  };
}

describe('what is foreseen', () => {
  test('is what the verifier says once the documents count, over random tables', async () => {
    const standard = STANDARD_POLICY;
    const wide = parsePolicy({
      name: 'wide',
      common: { accepted_tcb_statuses: ['UpToDate', 'SWHardeningNeeded', 'OutOfDate'] },
      tdx: { module_floors: [{ major: 1, isvsvn: 5 }] },
    });
    const numbered = parsePolicy({ name: 'numbered', common: { minimum_evaluation_number: 19 } });
    const seen = new Set<string>();
    const plain = await tdOf();
    const updated = await tdOf({ quoteVersion: 5, runningModule: { isvSvn: 4 } });
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(plain, updated),
        fc.constantFrom(standard, wide, numbered),
        async (drawn, td, policy) => {
          const early = await documentsBy(requirementsOf(drawn));
          const subject = await subjectOf(td, STANDARD_POLICY);
          const foreseen = standingOf({ ...subject, policy }, early, AT);
          const { verdict } = await verified(td, early, policy);
          expect(foreseen).not.toBeNull();
          expect(foreseen?.tier).toBe(verdict.status);
          expect(foreseen?.code).toBe(verdict.code);
          if (verdict.tcb !== null) expect(foreseen?.tcbStatus).toBe(verdict.tcb.status);
          seen.add(`${verdict.status} ${verdict.code}`);
        },
      ),
      {
        numRuns: 150,
        examples: [
          [lenient('UpToDate'), plain, standard],
          [lenient('OutOfDate'), plain, standard],
          [lenient('OutOfDate'), plain, wide],
          [lenient('UpToDate', { first: 10 }), plain, standard],
          [lenient('UpToDate', { qe: 'Revoked' }), plain, standard],
          [lenient('UpToDate', { module: 'Revoked' }), updated, standard],
          [lenient('UpToDate'), updated, wide],
        ],
      },
    );
    // The tables were of every kind, or the agreement would say little.
    expect([...seen]).toEqual(
      expect.arrayContaining([
        'affirming null',
        'warning null',
        'none tdx_tcb_not_supported',
        'none tdx_tcb_revoked',
        'contraindicated tdx_tcb_status_not_accepted',
        'contraindicated tdx_module_below_minimum',
      ]),
    );
  });
});
