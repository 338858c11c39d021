/** A list past its nextUpdate, where a policy is patient: every instant of the grace and none beyond it. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { refusalFrom } from '../../../src/rats/authentication.js';
import type { Endorsement } from '../../../src/rats/endorsement.js';
import type { Authentication, RevocationMode } from '../../../src/rats/evidence.js';
import { crlPlanOf } from '../../../src/simulator/amd/authorities.js';
import { mintCrl } from '../../../src/simulator/amd/crl.js';
import { authoritiesOf } from '../../../src/simulator/amd/vendor.js';
import type { SimulatedGuest } from '../../../src/simulator/index.js';
import { simulatedVendor } from '../../simulated-vendor.js';
import { NO_DEMANDS } from '../context.js';
import { AT, anchors, guestOf, parse } from './judged.js';

const HOUR = 3_600_000;
const END = new Date(AT.getTime() + HOUR);
const at = (late: number): Date => new Date(END.getTime() + late);

let guest: SimulatedGuest;
let list: Endorsement;
let listing: Endorsement;
beforeAll(async () => {
  guest = await guestOf();
  const authorities = authoritiesOf(await simulatedVendor(), 'Milan');
  const plan = { ...crlPlanOf('Milan', authorities.ark, 'VCEK'), thisUpdate: AT, nextUpdate: END };
  const minted = async (change: Partial<typeof plan>) => ({
    kind: 'snp-vcek-crl',
    subject: 'Milan',
    bytes: (await mintCrl({ ...plan, ...change })).der,
  });
  list = await minted({});
  listing = await minted({ revoked: [{ serialNumber: 0x10001n, revokedAt: AT }] });
});

async function judge(
  late: number,
  staleHours: number,
  endorsement: Endorsement = list,
  revocation: RevocationMode = 'required',
): Promise<Authentication> {
  return parse(guest).authenticate({
    endorsements: [endorsement],
    anchors: await anchors(),
    at: at(late),
    revocation,
    demands: { ...NO_DEMANDS, staleHours },
  });
}

const codeOf = (judged: Authentication): string =>
  judged.kind === 'authentic' ? 'authentic' : judged.refusal.code;

describe('an outdated list of AMD’s', () => {
  test('counts to the last instant of the grace', async () => {
    expect(codeOf(await judge(48 * HOUR, 48))).toBe('authentic');
    expect(codeOf(await judge(48 * HOUR + 1, 48))).toBe('snp_crl_stale');
    expect(codeOf(await judge(1, 0))).toBe('snp_crl_stale');
    expect(codeOf(await judge(0, 0))).toBe('authentic');
  });

  test('counts in no mode without one', async () => {
    expect(codeOf(await judge(1000, 0, list, 'best-effort'))).toBe('snp_crl_stale');
    expect(codeOf(await judge(1000, 1, list, 'best-effort'))).toBe('authentic');
  });

  test('is accepted exactly within the grace, whatever the offset', async () => {
    const seconds = fc.integer({ min: -3600, max: 80 * 3600 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 72 }), seconds, async (hours, late) => {
        const judged = await judge(late * 1000, hours);
        expect(judged.kind === 'authentic').toBe(late <= hours * 3600);
        if (judged.kind !== 'authentic') return;
        expect(judged.evidence.stale.length).toBe(late > 0 ? 1 : 0);
        expect(judged.evidence.trustUntil.getTime()).toBeGreaterThan(at(late).getTime() - 1);
      }),
      { numRuns: 60 },
    );
  });

  test('still revokes whom it lists, in its grace and beyond', async () => {
    for (const late of [1000, 100 * HOUR])
      expect(codeOf(await judge(late, 48, listing))).toBe('snp_ca_revoked');
  });

  test('is told with its end and that of the grace', async () => {
    const judged = await judge(HOUR, 48);
    const entry = judged.checks.find(({ id }) => id === 'snp_crl_stale');
    const until = at(48 * HOUR).toISOString();
    expect(entry).toMatchObject({ outcome: 'pass', remedy: null });
    expect(entry?.expected).toMatch(/at most 48 hours earlier by the grace of the policy$/);
    expect(entry?.observed).toMatch(
      new RegExp(`nextUpdate ${END.toISOString()}, in grace until ${until}$`, 'u'),
    );
    if (judged.kind !== 'authentic') throw new Error('must be authentic');
    expect(judged.evidence.stale).toEqual([
      {
        kind: 'snp-vcek-crl',
        sha256: judged.evidence.endorsementsUsed.find(({ kind }) => kind === 'snp-vcek-crl')?.sha256,
        name: 'the VCEK revocation list of Milan',
        nextUpdate: END,
      },
    ]);
    expect(judged.evidence.tierCap).toBe('affirming');
    // Worth asking for again, although the verdict does not wait for it.
    expect(judged.lacking).toEqual([{ kind: 'snp-vcek-crl', subject: 'Milan' }]);
  });
});

describe('asked again by the policy that applies', () => {
  test('a list within its grace passes in its words, one beyond it as if there had been none', async () => {
    const tolerant = await judge(30 * HOUR, 720);
    const strict = await judge(30 * HOUR, 0);
    if (tolerant.kind !== 'authentic' || strict.kind !== 'undecided') throw new Error('as above');
    const asked = (staleHours: number) => tolerant.evidence.demandChecks({ ...NO_DEMANDS, staleHours });
    for (const hours of [0, 1, 29]) {
      expect(asked(hours)).toEqual(strict.checks);
      expect(refusalFrom(asked(hours), 'undecided')?.code).toBe('snp_crl_stale');
    }
    const [granted, ...others] = asked(30);
    expect([granted?.outcome, others]).toEqual(['pass', []]);
    expect(granted?.observed).toContain(`in grace until ${at(30 * HOUR).toISOString()}`);
  });

  test('a list in force needs no answer', async () => {
    const judged = await judge(0, 720);
    if (judged.kind !== 'authentic') throw new Error('must be authentic');
    expect(judged.evidence.demandChecks(NO_DEMANDS)).toEqual([]);
  });
});
