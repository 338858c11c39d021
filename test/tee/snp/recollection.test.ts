/** What is kept of a genuine report, member by member, and what of it is not. */
import { describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import type { GuestOptions } from '../../../src/simulator/index.js';
import { authenticate, guestOf } from './judged.js';

const CHIP = Uint8Array.from({ length: 64 }, (_, index) => index + 1);

async function recollected(options: Omit<GuestOptions, 'at'> = {}) {
  const outcome = await authenticate(await guestOf(options));
  if (!outcome.ok || outcome.value.kind !== 'authentic') throw new Error('a clean guest must be authentic');
  const { recollection, claims } = outcome.value.evidence;
  return { ...recollection, facts: recollection.facts(), claims };
}

describe('the machine', () => {
  test('is the chip that the report names', async () => {
    expect((await recollected({ chipId: CHIP })).machine).toBe(hexOf(CHIP));
  });

  test('is the chip that the certificate names, where the report does not', async () => {
    expect((await recollected({ chipId: CHIP, maskChipId: true })).machine).toBe(hexOf(CHIP));
  });

  test('of a provider is one of those that are alike', async () => {
    const { machine, state } = await recollected({ signingKey: 'VLEK', cspId: 'CN=cc-here.example' });
    expect(machine).toBe(`CN=cc-here.example/${state}`);
  });
});

test('the state is all four TCBs, PLATFORM_INFO and the mitigations of now', async () => {
  const tcb = (snp: number) => ({ bootloader: 4, tee: 0, snp, microcode: 0xde });
  const options = {
    reportedTcb: tcb(0x1d),
    committedTcb: tcb(0x1e),
    launchTcb: tcb(0x1f),
    currentTcb: tcb(0x20),
    currentMitVector: 0x1fn,
    launchMitVector: 0x3fn,
  } as const;
  const tcbs = '0400000000001dde.0400000000001ede.0400000000001fde.04000000000020de';
  expect((await recollected(options)).state).toBe(`${tcbs}.0x24.0x1f`);
  // Version 4 has no vectors, and unknown is not zero.
  expect((await recollected({ ...options, reportVersion: 4 })).state).toBe(`${tcbs}.0x24.`);
});

describe('the facts', () => {
  test('are the claims but for the request, and when the certificates end', async () => {
    const { facts, claims } = await recollected({ chipId: CHIP });
    const { report_data, report_id, ...others } = claims;
    expect([typeof report_data, typeof report_id]).toEqual(['string', 'string']);
    expect(facts).toEqual({
      tee: 'sev-snp',
      claims: others,
      hwid: hexOf(CHIP),
      revocation_checked: true,
      tier_cap: 'affirming',
      certificates: ['snp-vek', 'snp-ask', 'snp-ark'].map((kind) => ({
        kind,
        not_after: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      })),
    });
  });

  test('of a VLEK name no chip, and the authority that signed it', async () => {
    const { facts } = await recollected({ signingKey: 'VLEK' });
    expect(facts).toMatchObject({
      hwid: null,
      certificates: [{ kind: 'snp-vek' }, { kind: 'snp-asvk' }, { kind: 'snp-ark' }],
    });
  });

  test('say when each certificate ends', async () => {
    const guest = await guestOf();
    const outcome = await authenticate(guest);
    if (!outcome.ok || outcome.value.kind !== 'authentic') throw new Error('a clean guest must be authentic');
    const { endorsementsUsed, recollection } = outcome.value.evidence;
    const ends = endorsementsUsed
      .filter(({ kind }) => ['snp-vek', 'snp-ask', 'snp-ark'].includes(kind))
      .map(({ kind, not_after }) => ({ kind, not_after }));
    expect(ends).toHaveLength(3);
    expect(recollection.facts().certificates).toEqual(ends);
  });
});
