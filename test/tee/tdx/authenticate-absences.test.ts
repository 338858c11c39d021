/** What is said of a quote whose documents Intel was asked for in vain, and what is worth asking for. */
import { describe, expect, test } from '@jest/globals';
import type { EndorsementAbsence, EndorsementRequirement } from '../../../src/rats/endorsement.js';
import { mistakesIn } from '../../faults/explained-checks.js';
import { NO_DEMANDS } from '../context.js';
import { authenticate, days, lacking, parse, type Submission, tdOf } from './judged.js';

async function scene() {
  const td = await tdOf();
  const wanted = parse(td).requirements;
  const of = (kind: string): EndorsementRequirement => {
    const found = wanted.find((requirement) => requirement.kind === kind);
    if (found === undefined) throw new Error(`a quote needs ${kind}`);
    return found;
  };
  const judge = async (changes: Submission) => {
    const outcome = await authenticate(td, changes);
    if (!outcome.ok) throw new Error(`refused when it was parsed: ${outcome.refusal.code}`);
    expect(outcome.value.checks.flatMap(mistakesIn)).toEqual([]);
    const { kind } = outcome.value;
    const refusal = outcome.value.kind === 'authentic' ? null : outcome.value.refusal;
    return { kind, refusal, lacking: outcome.value.lacking };
  };
  return { td, of, judge };
}

function absent(
  { kind, subject }: EndorsementRequirement,
  reason: EndorsementAbsence['reason'],
): EndorsementAbsence {
  return { kind, subject, reason, retryAfter: 25, why: `Intel said ${reason}` };
}

describe('a quote', () => {
  test('of a family that Intel has no TCB info for is refused, once its PCK chain was verified', async () => {
    const { td, of, judge } = await scene();
    const info = of('tdx-tcb-info');
    const endorsements = lacking(td, info.kind);
    expect(await judge({ endorsements })).toMatchObject({
      kind: 'undecided',
      lacking: [info],
      refusal: { code: 'collateral_unavailable', retryAfter: 60 },
    });
    const absences = [absent(info, 'not-found')];
    const refused = await judge({ endorsements, absences });
    expect(refused).toMatchObject({
      kind: 'refused',
      lacking: [],
      refusal: { code: 'collateral_not_found' },
    });
    expect(refused.refusal?.detail).toContain('Intel said not-found');
    // Without a root that vouches for the FMSPC nothing is said about it.
    const untrusted = { simulated: true, vendors: {} };
    expect(await judge({ endorsements, absences, anchors: untrusted })).toMatchObject({
      refusal: { code: 'tdx_pck_chain_untrusted' },
      lacking: [],
    });
  });

  test('lacks the documents of the track that the policy goes by, whichever was asked for before', async () => {
    const { td, judge } = await scene();
    const endorsements = lacking(td, 'tdx-tcb-info', 'tdx-qe-identity');
    for (const track of ['standard', 'early', 'standard'] as const) {
      const judged = await judge({ endorsements, demands: { ...NO_DEMANDS, track } });
      expect(judged.lacking).toEqual([
        { kind: 'tdx-tcb-info', subject: `${td.actual.fmspc}/${track}` },
        { kind: 'tdx-qe-identity', subject: track },
      ]);
    }
  });

  test.each(['tdx-root-crl', 'tdx-pck-crl', 'tdx-qe-identity'])(
    'stays undecided without %s, whatever Intel said',
    async (kind) => {
      const { td, of, judge } = await scene();
      for (const reason of ['not-found', 'rate-limited', 'unavailable'] as const) {
        const absences = [absent(of(kind), reason)];
        const judged = await judge({ endorsements: lacking(td, kind), absences });
        expect(judged).toMatchObject({
          kind: 'undecided',
          lacking: [of(kind)],
          refusal: { code: 'collateral_unavailable', retryAfter: 25 },
        });
        expect(judged.refusal?.detail).toContain(`Intel said ${reason}`);
      }
    },
  );

  test.each(['tdx-tcb-info', 'tdx-qe-identity'])(
    'judged by the early documents is told to get that %s',
    async (kind) => {
      const td = await tdOf();
      const demands = { ...NO_DEMANDS, track: 'early' } as const;
      const outcome = await authenticate(td, { endorsements: lacking(td, kind), demands });
      if (!outcome.ok) throw new Error(outcome.refusal.code);
      const check = outcome.value.checks.find(({ id }) => id === 'collateral_unavailable');
      expect(check?.observed).toMatch(/^the early T/);
      expect(check?.remedy).toContain('update=early"');
      expect(check?.remedy).toContain('`assay endorsements import --track early intel`');
    },
  );

  test('judged by early documents past their ends names them so', async () => {
    const demands = { ...NO_DEMANDS, track: 'early', staleHours: 48 } as const;
    const outcome = await authenticate(await tdOf(), { at: days(31), demands });
    if (!outcome.ok || outcome.value.kind !== 'authentic') throw new Error('must be authentic');
    const names = outcome.value.evidence.stale.map(({ name }) => name);
    expect(names).toContain('the early TD QE identity');
    expect(names).toContainEqual(expect.stringMatching(/^the early TDX TCB info of FMSPC [0-9a-f]{12}$/));
  });

  test('without a signing chain lacks the documents that it comes beside', async () => {
    const { td, of, judge } = await scene();
    const judged = await judge({ endorsements: lacking(td, 'tdx-tcb-signing') });
    expect(judged.lacking).toEqual([of('tdx-tcb-info'), of('tdx-qe-identity')]);
  });

  test('lacks every document that is past its end, and says since when and what Intel said', async () => {
    const { of, judge } = await scene();
    const absences = [absent(of('tdx-tcb-info'), 'not-found'), absent(of('tdx-pck-crl'), 'unavailable')];
    const judged = await judge({ at: days(31), absences });
    expect(judged).toMatchObject({
      kind: 'undecided',
      refusal: { code: 'stale_collateral', retryAfter: 25 },
    });
    expect(judged.lacking).toEqual(
      expect.arrayContaining([of('tdx-tcb-info'), of('tdx-qe-identity'), of('tdx-pck-crl')]),
    );
    expect(judged.refusal?.detail).toMatch(/nextUpdate 2026-12-\S+; Intel said not-found/);
    const stale = judged.refusal?.checks.find(({ id }) => id === 'tdx_crl_stale');
    expect(stale?.observed).toMatch(/nextUpdate 2026-12-\S+; Intel said unavailable/);
  });

  test('of which nothing lacks asks for nothing', async () => {
    const { judge } = await scene();
    expect(await judge({})).toMatchObject({ kind: 'authentic', lacking: [] });
  });
});
