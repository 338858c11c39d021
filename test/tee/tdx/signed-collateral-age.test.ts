import { describe, expect, test } from '@jest/globals';
import type { EndorsementUsed } from '../../../src/rats/result.js';
import type { SimulatedTd } from '../../../src/simulator/index.js';
import { NO_DEMANDS } from '../context.js';
import { changedTd, days, evidenceOf, judge, present, seconds, tdOf, verdictOf } from './judged.js';

const MINUTE = 60_000;

/** What the verdict says of the document of a kind. */
async function usedAt(td: SimulatedTd, kind: string, at: Date): Promise<EndorsementUsed> {
  const { evidence } = await evidenceOf(td, { at });
  const used = evidence.endorsementsUsed.find((one) => one.kind === kind);
  if (used === undefined) throw new Error(`no ${kind} was used`);
  return used;
}

function datesIn(document: Uint8Array | null): { issueDate: string; nextUpdate: string } {
  const outer = JSON.parse(Buffer.from(present(document)).toString('utf8'));
  return outer.tcbInfo ?? outer.enclaveIdentity;
}

/** One of the two signed documents fetched long ago: issued 29 days before the instant, ends a day after it. */
const OLD = { issueDate: days(-29), nextUpdate: days(1) };
const OLD_DOCUMENTS = [
  ['tdx-tcb-info', () => changedTd({ tcbInfo: (plan) => ({ ...plan, ...OLD }) })],
  ['tdx-qe-identity', () => changedTd({ qeIdentity: (plan) => ({ ...plan, ...OLD }) })],
] as const;

describe('collateral_age_reported_and_bounded', () => {
  test('every verdict says when its documents were issued and when they end, whenever it is given', async () => {
    const td = await tdOf();
    for (const [kind, document] of [
      ['tdx-tcb-info', td.documents.tcbInfo],
      ['tdx-qe-identity', td.documents.qeIdentity],
    ] as const) {
      const { issueDate, nextUpdate } = datesIn(document);
      for (const at of [days(0), days(1), days(15), days(29)]) {
        const { not_before, not_after } = await usedAt(td, kind, at);
        expect([Date.parse(not_before), Date.parse(not_after)]).toEqual(
          [issueDate, nextUpdate].map((text) => Date.parse(text)),
        );
      }
    }
  });

  test.each(OLD_DOCUMENTS)('an old %s is told by its date, and trust ends with it', async (kind, mint) => {
    const td = await mint();
    for (const at of [days(0), days(0.5), OLD.nextUpdate]) {
      expect(await usedAt(td, kind, at)).toMatchObject({
        not_before: OLD.issueDate.toISOString(),
        not_after: OLD.nextUpdate.toISOString(),
      });
      // Judged later, it is trusted no longer: the end moves with no use.
      expect((await evidenceOf(td, { at })).evidence.trustUntil).toEqual(OLD.nextUpdate);
    }
  });

  test.each(OLD_DOCUMENTS)('past its end an old %s decides nothing, in any mode', async (_kind, mint) => {
    const td = await mint();
    for (const late of [1000, MINUTE, 3 * 24 * 60 * MINUTE]) {
      const at = new Date(OLD.nextUpdate.getTime() + late);
      for (const revocation of ['required', 'best-effort'] as const) {
        const { kind, failures, entry } = await judge(td, { at, revocation });
        expect([kind, failures]).toEqual(['undecided', ['stale_collateral']]);
        expect(entry('stale_collateral').observed).toContain(OLD.nextUpdate.toISOString());
        expect(entry('tdx_tcb_not_supported').outcome).toBe('not_run');
      }
    }
  });

  test('lists end too: of all documents the first to end bounds the trust', async () => {
    const td = await changedTd({ pckCrl: (plan) => ({ ...plan, nextUpdate: seconds(3600) }) });
    const { not_after } = await usedAt(td, 'tdx-pck-crl', days(0));
    expect(not_after).toBe(seconds(3600).toISOString());
    expect((await evidenceOf(td)).evidence.trustUntil).toEqual(seconds(3600));
    expect(await verdictOf(td, { at: seconds(3601) })).toBe('tdx_crl_stale');
  });

  test('a generation too old for the policy is refused while its dates still hold', async () => {
    const td = await changedTd({ tcbInfo: (plan) => ({ ...plan, ...OLD, evaluationNumber: 17 }) });
    expect(await verdictOf(td, { demands: { ...NO_DEMANDS, minimumEvaluationNumber: 17 } })).toBe(
      'authentic',
    );
    expect(await verdictOf(td, { demands: { ...NO_DEMANDS, minimumEvaluationNumber: 18 } })).toBe(
      'tdx_tcb_evaluation_number_too_low',
    );
  });
});
