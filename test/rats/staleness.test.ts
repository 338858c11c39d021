import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { passed } from '../../src/rats/check.js';
import type { Authentication } from '../../src/rats/evidence.js';
import { refusal } from '../../src/rats/refusal.js';
import {
  authenticateInGrace,
  countsAt,
  graceEnd,
  LONGEST_GRACE_HOURS,
  type Pass,
  type Tolerance,
} from '../../src/rats/staleness.js';
import { sampleEvidence } from '../appraisal/sample-evidence.js';

const END = new Date('2026-11-20T12:00:00Z');
const HOUR = 3_600_000;

describe('a grace', () => {
  test('lasts as many hours, its last instant included', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: LONGEST_GRACE_HOURS }),
        fc.integer({ min: -10 * HOUR, max: 800 * HOUR }),
        (hours, late) => {
          const at = new Date(END.getTime() + late);
          expect(countsAt(at, END, hours)).toBe(late <= hours * HOUR);
          expect(at.getTime() <= graceEnd(END, hours).getTime()).toBe(late <= hours * HOUR);
        },
      ),
    );
  });
});

const authentic: Authentication = { kind: 'authentic', evidence: sampleEvidence(), checks: [], lacking: [] };
const ended = (kind: 'refused' | 'undecided'): Authentication => ({
  kind,
  refusal: refusal('snp_crl_stale', 'authenticate', kind),
  checks: [],
  lacking: [],
});

/** Two passes as they are told to end, and which were asked for. */
function passes(strict: Pass, lenient: Pass) {
  const asked: Tolerance[] = [];
  return {
    asked,
    run: (tolerance: Tolerance): Promise<Pass> => {
      asked.push(tolerance);
      return Promise.resolve(tolerance.hours === 0 ? strict : lenient);
    },
  };
}

describe('authentication in grace', () => {
  test.each([
    ['authentic', { authentication: authentic, stale: false }],
    ['refused, whatever is stale', { authentication: ended('refused'), stale: true }],
    ['undecided for another reason', { authentication: ended('undecided'), stale: false }],
  ])('has one pass where the first ends %s', async (_how, strict) => {
    const { asked, run } = passes(strict, { authentication: authentic, stale: true });
    expect(await authenticateInGrace(48, run)).toBe(strict.authentication);
    expect(asked.map(({ hours }) => hours)).toEqual([0]);
  });

  test('has one pass where no grace is asked for', async () => {
    const strict = { authentication: ended('undecided'), stale: true };
    const { asked, run } = passes(strict, { authentication: authentic, stale: true });
    expect(await authenticateInGrace(0, run)).toBe(strict.authentication);
    expect(asked).toHaveLength(1);
  });

  test('takes a yes of old documents, and says what would hold without', async () => {
    const checks = [passed('snp_crl_stale', 'manual')];
    const undecided = { ...ended('undecided'), checks };
    const { asked, run } = passes(
      { authentication: undecided, stale: true },
      { authentication: authentic, stale: true },
    );
    expect(await authenticateInGrace(48, run)).toBe(authentic);
    expect(asked).toEqual([
      { hours: 0, otherwise: [] },
      { hours: 48, otherwise: checks },
    ]);
  });

  test.each(['refused', 'undecided'] as const)('takes no %s of them', async (kind) => {
    const undecided = ended('undecided');
    const { run } = passes(
      { authentication: undecided, stale: true },
      { authentication: ended(kind), stale: true },
    );
    expect(await authenticateInGrace(48, run)).toBe(undecided);
  });
});
