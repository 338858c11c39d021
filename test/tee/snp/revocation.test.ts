import { describe, expect, test } from '@jest/globals';
import type { Endorsement } from '../../../src/rats/endorsement.js';
import { crlPlanOf, type ProductAuthorities } from '../../../src/simulator/amd/authorities.js';
import { mintCrl } from '../../../src/simulator/amd/crl.js';
import { authoritiesOf } from '../../../src/simulator/amd/vendor.js';
import type { CrlPlan } from '../../../src/simulator/crl.js';
import { simulatedVendor } from '../../simulated-vendor.js';
import { AT, authenticate, guestOf, verdictOf } from './judged.js';

const DAY = 86_400_000;
const days = (count: number): Date => new Date(AT.getTime() + count * DAY);

/** A list of Milan's, thirty days old and good for as many, unless it is changed. */
async function listOf(
  change: (plan: CrlPlan, authorities: ProductAuthorities) => Partial<CrlPlan> = () => ({}),
  kind: 'VCEK' | 'VLEK' = 'VCEK',
): Promise<Endorsement> {
  const authorities = authoritiesOf(await simulatedVendor(), 'Milan');
  const plan = {
    ...crlPlanOf('Milan', authorities.ark, kind),
    thisUpdate: days(-30),
    nextUpdate: days(30),
  };
  const { der } = await mintCrl({ ...plan, ...change(plan, authorities) });
  return { kind: kind === 'VCEK' ? 'snp-vcek-crl' : 'snp-vlek-crl', subject: 'Milan', bytes: der };
}

const revokingAsk = { revoked: [{ serialNumber: 0x10001n, revokedAt: days(-2) }] };

describe('revocation lists', () => {
  test('a good one lets a clean guest pass', async () => {
    expect(await verdictOf(await guestOf(), { endorsements: [await listOf()] })).toBe('authentic');
  });

  test('both ends of its window belong to it', async () => {
    const guest = await guestOf();
    const first = await listOf(() => ({ thisUpdate: AT }));
    const last = await listOf(() => ({ nextUpdate: AT }));
    for (const list of [first, last])
      expect(await verdictOf(guest, { endorsements: [list] })).toBe('authentic');
  });

  test('crl_past_next_update_fails', async () => {
    const list = await listOf(() => ({ nextUpdate: new Date(AT.getTime() - 1000) }));
    for (const revocation of ['required', 'best-effort'] as const) {
      expect(await verdictOf(await guestOf(), { endorsements: [list], revocation })).toBe('snp_crl_stale');
    }
  });

  test('crl_without_next_update_fails', async () => {
    const list = await listOf(() => ({ nextUpdate: null }));
    for (const revocation of ['required', 'best-effort'] as const) {
      const outcome = await authenticate(await guestOf(), { endorsements: [list], revocation });
      if (!outcome.ok || outcome.value.kind !== 'undecided') throw new Error('must be undecided');
      expect(outcome.value.refusal.code).toBe('collateral_malformed');
      expect(outcome.value.refusal.detail).toContain('no nextUpdate');
    }
  });

  test('crl_from_future_fails', async () => {
    const list = await listOf(() => ({ thisUpdate: new Date(AT.getTime() + 1000) }));
    for (const revocation of ['required', 'best-effort'] as const) {
      expect(await verdictOf(await guestOf(), { endorsements: [list], revocation })).toBe('clock_skew');
    }
  });

  test('crl_signed_by_other_key_fails', async () => {
    const list = await listOf((_plan, { ask }) => ({ signingKey: ask.key }));
    for (const revocation of ['required', 'best-effort'] as const) {
      expect(await verdictOf(await guestOf(), { endorsements: [list], revocation })).toBe(
        'snp_crl_signature_invalid',
      );
    }
  });

  test('crl_aki_mismatch_fails', async () => {
    const list = await listOf((plan, { ask }) => ({ issuerKey: ask.key, signingKey: plan.signingKey }));
    expect(await verdictOf(await guestOf(), { endorsements: [list] })).toBe('snp_crl_signature_invalid');
  });

  test('intermediate_revoked_by_root_crl_fails', async () => {
    const list = await listOf(() => revokingAsk);
    for (const revocation of ['required', 'best-effort'] as const) {
      expect(await verdictOf(await guestOf(), { endorsements: [list], revocation })).toBe('snp_ca_revoked');
    }
  });

  test('a listed authority is revoked even by a stale list', async () => {
    const list = await listOf(() => ({ ...revokingAsk, nextUpdate: days(-1) }));
    expect(await verdictOf(await guestOf(), { endorsements: [list] })).toBe('snp_ca_revoked');
  });

  test('other serial numbers, the leaf’s zero too, revoke nobody here', async () => {
    const others = [0n, 1n, 0x10101n].map((serialNumber) => ({ serialNumber, revokedAt: days(-2) }));
    const list = await listOf(() => ({ revoked: others }));
    expect(await verdictOf(await guestOf(), { endorsements: [list] })).toBe('authentic');
  });

  test('an old list replayed beside a newer one does not count, in either order', async () => {
    const old = await listOf(() => ({ thisUpdate: days(-20) }));
    const newer = await listOf(() => ({ ...revokingAsk, thisUpdate: days(-1) }));
    for (const endorsements of [
      [old, newer],
      [newer, old],
    ]) {
      expect(await verdictOf(await guestOf(), { endorsements })).toBe('snp_ca_revoked');
    }
  });

  test('of two with one number and one date, the one that revokes counts, in either order', async () => {
    const clean = await listOf(() => ({ number: 7n }));
    const revoking = await listOf(() => ({ ...revokingAsk, number: 7n }));
    for (const endorsements of [
      [clean, revoking],
      [revoking, clean],
    ]) {
      expect(await verdictOf(await guestOf(), { endorsements })).toBe('snp_ca_revoked');
    }
    const later = await listOf(() => ({ number: 7n, thisUpdate: days(-29) }));
    for (const endorsements of [
      [later, revoking],
      [revoking, later],
    ]) {
      expect(await verdictOf(await guestOf(), { endorsements })).toBe('authentic');
    }
  });

  test('a bad list beside a good one changes nothing', async () => {
    const good = await listOf();
    const forged = await listOf((_plan, { ask }) => ({ ...revokingAsk, signingKey: ask.key }));
    const garbage = { ...good, bytes: new Uint8Array(10) };
    const future = await listOf(() => ({ ...revokingAsk, thisUpdate: days(1) }));
    for (const bad of [forged, garbage, future]) {
      expect(await verdictOf(await guestOf(), { endorsements: [bad, good] })).toBe('authentic');
    }
  });

  test('lists of the other kind, of another line, are no lists', async () => {
    const vlekList = await listOf(undefined, 'VLEK');
    const ofGenoa = { ...(await listOf()), subject: 'Genoa' };
    for (const list of [vlekList, ofGenoa]) {
      expect(await verdictOf(await guestOf(), { endorsements: [list] })).toBe('collateral_unavailable');
    }
    const guest = await guestOf({ signingKey: 'VLEK' });
    expect(await verdictOf(guest, { endorsements: [vlekList] })).toBe('authentic');
    expect(await verdictOf(guest, { endorsements: [await listOf()] })).toBe('collateral_unavailable');
  });
});

describe('an absent list', () => {
  test('leaves required evidence undecided and names the two commands that cure it', async () => {
    const outcome = await authenticate(await guestOf({ signingKey: 'VLEK' }), { endorsements: [] });
    if (!outcome.ok || outcome.value.kind !== 'undecided') throw new Error('must be undecided');
    const check = outcome.value.checks.find(({ id }) => id === 'collateral_unavailable');
    expect(check?.outcome).toBe('fail');
    expect(check?.remedy).toContain('https://kdsintf.amd.com/vlek/v1/Milan/crl');
    expect(check?.remedy).toContain('assay endorsements import');
    expect(outcome.value.refusal.retryAfter).toBeGreaterThan(0);
  });

  test('is tolerated by best-effort: not run, and at most a warning', async () => {
    const outcome = await authenticate(await guestOf(), { endorsements: [], revocation: 'best-effort' });
    if (!outcome.ok || outcome.value.kind !== 'authentic') throw new Error('must be authentic');
    const { checks, evidence } = outcome.value;
    const unrun = checks.filter((check) => check.outcome === 'not_run').map(({ id }) => id);
    expect(unrun).toEqual([
      'collateral_unavailable',
      'collateral_malformed',
      'snp_crl_signature_invalid',
      'clock_skew',
      'snp_crl_stale',
      'snp_ca_revoked',
    ]);
    expect(evidence.tierCap).toBe('warning');
    expect(evidence.endorsementsUsed.map(({ kind }) => kind)).toEqual([
      'snp-vek',
      'snp-ask',
      'snp-ark',
      'snp-bulletins',
    ]);
  });
});
