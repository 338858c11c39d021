/** What is said of a report whose certificate or list AMD was asked for in vain, and what is worth asking for. */
import { describe, expect, test } from '@jest/globals';
import type { EndorsementAbsence, EndorsementRequirement } from '../../../src/rats/endorsement.js';
import type { GuestOptions } from '../../../src/simulator/index.js';
import { mistakesIn } from '../../faults/explained-checks.js';
import { AT, authenticate, guestOf, parse, type Submission } from './judged.js';

const LIST = { kind: 'snp-vcek-crl', subject: 'Milan' };
const DAY = 86_400_000;

function absent(
  requirement: EndorsementRequirement,
  reason: EndorsementAbsence['reason'],
  retryAfter = 40,
): EndorsementAbsence {
  return { ...requirement, reason, retryAfter, why: `AMD said ${reason}` };
}

/** A guest whose VCEK did not come with it, the leaves that it may have, and what is made of it. */
async function bareGuest(options: Omit<GuestOptions, 'at'> = {}) {
  const guest = await guestOf({ signingKey: 'VCEK', ...options });
  const certificates = [guest.caDer, guest.arkDer];
  const leaves = parse(guest, { certificates }).requirements.filter(({ kind }) => kind === 'snp-vek');
  const judge = async (changes: Submission) => {
    const outcome = await authenticate(guest, { certificates, ...changes });
    if (!outcome.ok) throw new Error(`refused when it was parsed: ${outcome.refusal.code}`);
    const { kind, checks, lacking } = outcome.value;
    const refusal = outcome.value.kind === 'authentic' ? null : outcome.value.refusal;
    expect(checks.flatMap(mistakesIn)).toEqual([]);
    return { kind, lacking, code: refusal?.code ?? null, retryAfter: refusal?.retryAfter ?? null, refusal };
  };
  return { guest, leaves, judge };
}

describe('a report without its VCEK', () => {
  test('lacks it, whoever was asked', async () => {
    const { leaves, judge } = await bareGuest();
    expect(leaves).toHaveLength(1);
    expect(await judge({})).toMatchObject({
      kind: 'undecided',
      code: 'snp_kds_unavailable',
      retryAfter: 60,
      lacking: leaves,
    });
    expect(await judge({ endorsements: [] })).toMatchObject({ lacking: [...leaves, LIST] });
  });

  test.each([
    ['not-found', 'refused', 'collateral_not_found', null],
    ['rate-limited', 'undecided', 'snp_kds_rate_limited', 40],
    ['unavailable', 'undecided', 'snp_kds_unavailable', 40],
  ] as const)('and AMD said %s: %s', async (reason, kind, code, retryAfter) => {
    const { leaves, judge } = await bareGuest();
    const [leaf] = leaves;
    if (leaf === undefined) throw new Error('a bare report needs its leaf');
    const judged = await judge({ absences: [absent(leaf, reason)] });
    expect(judged).toMatchObject({ kind, code, retryAfter });
    expect(judged.refusal?.detail).toContain(`AMD said ${reason}`);
    expect(judged.lacking).toEqual(kind === 'refused' ? [] : leaves);
  });

  test('says the longest wait of all that it needs', async () => {
    const { leaves, judge } = await bareGuest();
    const [leaf] = leaves;
    if (leaf === undefined) throw new Error('a bare report needs its leaf');
    const absences = [absent(leaf, 'rate-limited', 30), absent(LIST, 'unavailable', 90)];
    const judged = await judge({ absences, endorsements: [] });
    expect(judged).toMatchObject({ code: 'snp_kds_rate_limited', retryAfter: 90 });
  });

  test('what AMD says of another chip is about another chip', async () => {
    const { judge } = await bareGuest();
    const stranger = { kind: 'snp-vek', subject: `Milan/${'00'.repeat(64)}/${'00'.repeat(8)}` };
    expect(await judge({ absences: [absent(stranger, 'not-found')] })).toMatchObject({
      kind: 'undecided',
      code: 'snp_kds_unavailable',
      retryAfter: 60,
    });
  });
});

describe('a report that does not say its product line', () => {
  test('is unknown to AMD only when each line that it may be of was asked for', async () => {
    const { leaves, judge } = await bareGuest({ reportVersion: 2 });
    const [milan, genoa] = leaves;
    if (milan === undefined || genoa === undefined) throw new Error('two lines made such reports');
    const first = absent(milan, 'not-found', 3600);
    expect(await judge({ absences: [first] })).toMatchObject({ code: 'snp_kds_unavailable', retryAfter: 60 });
    expect(await judge({ absences: [first, absent(genoa, 'rate-limited', 20)] })).toMatchObject({
      code: 'snp_kds_rate_limited',
      retryAfter: 20,
    });
    expect(await judge({ absences: [first, absent(genoa, 'not-found')] })).toMatchObject({
      kind: 'refused',
      code: 'collateral_not_found',
    });
  });

  test('once the leaf is there, the other line is no matter', async () => {
    const { guest, leaves, judge } = await bareGuest({ reportVersion: 2 });
    const [milan, genoa] = leaves;
    if (milan === undefined || genoa === undefined || guest.leafDer === null) throw new Error('no leaf');
    const endorsements = [...guest.endorsements, { ...milan, bytes: guest.leafDer }];
    expect(await judge({ endorsements, absences: [absent(genoa, 'not-found')] })).toMatchObject({
      kind: 'authentic',
      lacking: [],
    });
  });
});

describe('a list', () => {
  test('that AMD did not give leaves the report undecided, never refused', async () => {
    const guest = await guestOf();
    for (const reason of ['not-found', 'unavailable', 'rate-limited'] as const) {
      const outcome = await authenticate(guest, { endorsements: [], absences: [absent(LIST, reason)] });
      if (!outcome.ok || outcome.value.kind === 'authentic') throw new Error('must not be authentic');
      expect(outcome.value).toMatchObject({
        kind: 'undecided',
        lacking: [LIST],
        refusal: { code: 'collateral_unavailable', retryAfter: 40 },
      });
      expect(outcome.value.refusal.detail).toContain(`AMD said ${reason}`);
    }
  });

  test('past its end is worth asking for, and the answer stands beside since when', async () => {
    const guest = await guestOf();
    const at = new Date(AT.getTime() + 400 * DAY);
    const outcome = await authenticate(guest, { at, absences: [absent(LIST, 'unavailable')] });
    if (!outcome.ok || outcome.value.kind === 'authentic') throw new Error('must not be authentic');
    expect(outcome.value).toMatchObject({
      kind: 'undecided',
      lacking: [LIST],
      refusal: { code: 'snp_crl_stale', retryAfter: 40 },
    });
    expect(outcome.value.refusal.detail).toMatch(/nextUpdate 2027-\S+; AMD said unavailable/);
  });

  test('in force is not worth asking for, whatever AMD said before', async () => {
    const outcome = await authenticate(await guestOf(), { absences: [absent(LIST, 'unavailable')] });
    expect(outcome).toMatchObject({ ok: true, value: { kind: 'authentic', lacking: [] } });
  });
});

describe('a list of another line', () => {
  test('is about other machines', async () => {
    const guest = await guestOf();
    const endorsements = guest.endorsements.map((one) => ({ ...one, subject: 'Genoa' }));
    const outcome = await authenticate(guest, { endorsements });
    expect(outcome).toMatchObject({
      ok: true,
      value: { kind: 'undecided', refusal: { code: 'collateral_unavailable' }, lacking: [LIST] },
    });
  });

  test('does not stand in for one that is worth asking for with the leaf', async () => {
    const { guest, leaves, judge } = await bareGuest({ reportVersion: 2 });
    const genoa = { kind: 'snp-vcek-crl', subject: 'Genoa' };
    expect(leaves).toHaveLength(2);
    expect((await judge({})).lacking).toEqual([...leaves, genoa]);
    const endorsements = [...guest.endorsements, { ...genoa, bytes: new Uint8Array(1) }];
    expect((await judge({ endorsements })).lacking).toEqual(leaves);
  });
});

describe('without a chain', () => {
  test('no list is looked at, and the verdict says why', async () => {
    const outcome = await authenticate(await guestOf({ fault: 'snp_chain_untrusted' }));
    if (!outcome.ok || outcome.value.kind !== 'refused') throw new Error('must be refused');
    const { checks, lacking } = outcome.value;
    expect(lacking).toEqual([]);
    expect(checks.find(({ id }) => id === 'snp_crl_stale')).toMatchObject({
      outcome: 'not_run',
      observed: 'no chain to a pinned root',
    });
  });

  test('a key that nobody knows asks for nothing', async () => {
    const outcome = await authenticate(await guestOf({ fault: 'snp_signing_key_unknown' }), {
      certificates: [],
      endorsements: [],
    });
    expect(outcome).toMatchObject({ ok: true, value: { kind: 'refused', lacking: [] } });
  });
});
