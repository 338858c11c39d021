/** Each of Intel's documents past its nextUpdate, where a policy is patient: every instant of the grace, none beyond. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { refusalFrom } from '../../../src/rats/authentication.js';
import type { AuthenticatedEvidence, Authentication } from '../../../src/rats/evidence.js';
import type { SimulatedTd, TdChanges } from '../../../src/simulator/index.js';
import { serialOf } from '../../../src/simulator/intel/collateral.js';
import { NO_DEMANDS } from '../context.js';
import { AT, anchors, changedTd, parse, seconds, tdOf } from './judged.js';

const HOURS = 3600;
/** The one document that ends after an hour; the others last for weeks. */
const END = seconds(HOURS);
const ends = <Plan>(plan: Plan): Plan => ({ ...plan, nextUpdate: END });

const KINDS = [
  ['tdx-root-crl', 'tdx_crl_stale', { rootCrl: ends }],
  ['tdx-pck-crl', 'tdx_crl_stale', { pckCrl: ends }],
  ['tdx-tcb-info', 'stale_collateral', { tcbInfo: ends }],
  ['tdx-qe-identity', 'stale_collateral', { qeIdentity: ends }],
] as const satisfies readonly (readonly [string, string, TdChanges])[];

const minted = new Map<string, SimulatedTd>();
beforeAll(async () => {
  for (const [kind, , changes] of KINDS) minted.set(kind, await changedTd(changes));
});

async function judge(td: SimulatedTd | undefined, late: number, staleHours: number): Promise<Authentication> {
  if (td === undefined) throw new TypeError('not minted');
  return parse(td).authenticate({
    endorsements: td.endorsements,
    anchors: await anchors(),
    at: seconds(HOURS + late),
    revocation: 'required',
    demands: { ...NO_DEMANDS, staleHours },
  });
}

const codeOf = (judged: Authentication): string =>
  judged.kind === 'authentic' ? 'authentic' : judged.refusal.code;

function authentic(judged: Authentication): AuthenticatedEvidence {
  if (judged.kind !== 'authentic') throw new Error(`must be authentic, not ${judged.refusal.code}`);
  return judged.evidence;
}

describe.each(KINDS)('an outdated %s', (kind, code, _changes) => {
  test('counts to the last second of the grace', async () => {
    const td = minted.get(kind);
    expect(codeOf(await judge(td, 0, 0))).toBe('authentic');
    expect(codeOf(await judge(td, 1, 0))).toBe(code);
    expect(codeOf(await judge(td, 1, 1))).toBe('authentic');
    expect(codeOf(await judge(td, 48 * HOURS, 48))).toBe('authentic');
    expect(codeOf(await judge(td, 48 * HOURS + 1, 48))).toBe(code);
  });

  test('is accepted exactly within the grace, whatever the offset', async () => {
    const offset = fc.integer({ min: -3600, max: 80 * HOURS });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 72 }), offset, async (hours, late) => {
        const judged = await judge(minted.get(kind), late, hours);
        expect(judged.kind === 'authentic').toBe(late <= hours * HOURS);
      }),
      { numRuns: 25 },
    );
  });

  test('is handed on with its end, and bounds the trust no more', async () => {
    const evidence = authentic(await judge(minted.get(kind), 60, 48));
    const [stale, ...others] = evidence.stale;
    expect([stale?.kind, stale?.nextUpdate, others]).toEqual([kind, END, []]);
    expect(evidence.endorsementsUsed.map(({ sha256 }) => sha256)).toContain(stale?.sha256);
    expect(evidence.trustUntil.getTime()).toBeGreaterThan(seconds(HOURS + 60).getTime());
    expect(evidence.tierCap).toBe('affirming');
  });

  test('is told with the end of the grace, without a reservation', async () => {
    const { checks, lacking } = await judge(minted.get(kind), 60, 48);
    expect(lacking.map((wanted) => wanted.kind)).toEqual([kind]);
    const entry = checks.find(({ id }) => id === code);
    expect(entry).toMatchObject({ outcome: 'pass', remedy: null });
    expect(entry?.observed).toContain(`nextUpdate ${END.toISOString()}, in grace until`);
    expect(entry?.expected).toContain('at most 48 hours earlier by the grace of the policy');
  });

  test('asked again by a policy that grants less decides nothing', async () => {
    const td = minted.get(kind);
    const evidence = authentic(await judge(td, 30 * HOURS, 720));
    const strict = await judge(td, 30 * HOURS, 0);
    for (const staleHours of [0, 29]) {
      const answers = evidence.demandChecks({ ...NO_DEMANDS, staleHours });
      expect(answers).toEqual(strict.checks);
      expect(refusalFrom(answers, 'undecided')?.code).toBe(code);
    }
    const granted = evidence.demandChecks({ ...NO_DEMANDS, staleHours: 30 });
    expect(granted.map(({ id, outcome }) => [id, outcome])).toEqual([
      [code, 'pass'],
      ['tdx_tcb_evaluation_number_too_low', 'pass'],
    ]);
  });
});

describe('what no grace lifts', () => {
  test('the end of the certificate that signed the documents', async () => {
    const td = await changedTd({ tcbSigning: (plan) => ({ ...plan, notAfter: END }) });
    expect(codeOf(await judge(td, 1, 720))).toBe('stale_collateral');
  });

  test('a revocation, however old the list', async () => {
    const td = await changedTd({
      rootCrl: (plan, { authorities, td: { ca } }) => ({
        ...ends(plan),
        revoked: [{ serialNumber: serialOf(authorities[ca]), revokedAt: AT }],
      }),
    });
    for (const late of [1, 800 * HOURS])
      expect(codeOf(await judge(td, late, 720))).toBe('tdx_pck_ca_revoked');
  });

  test('one document beyond it, where another is within', async () => {
    const td = await changedTd({
      pckCrl: ends,
      tcbInfo: (plan) => ({ ...plan, nextUpdate: seconds(HOURS - 1) }),
    });
    expect(codeOf(await judge(td, HOURS, 1))).toBe('stale_collateral');
    expect(authentic(await judge(td, HOURS - 1, 1)).stale).toHaveLength(2);
  });
});

describe('what an old document says against evidence', () => {
  test('leaves it undecided: a newer one may know a level', async () => {
    for (const fault of ['tdx_tcb_not_supported', 'tdx_tcb_revoked'] as const) {
      const td = await tdOf({ fault, changes: { tcbInfo: ends } });
      expect(codeOf(await judge(td, 0, 48))).toBe(fault);
      expect(codeOf(await judge(td, 1, 48))).toBe('stale_collateral');
    }
  });
});
