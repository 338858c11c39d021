import { beforeAll, describe, expect, test } from '@jest/globals';
import type { EndorsementSet } from '../../../src/rats/endorsement.js';
import type { SimulatedTd } from '../../../src/simulator/index.js';
import type { IntelAuthorities } from '../../../src/simulator/intel/authorities.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import {
  AT,
  days,
  evidenceOf,
  expectInBothModes,
  flipped,
  judge,
  lacking,
  replacing,
  seconds,
  tdOf,
  textBytes,
  verdictOf,
} from './judged.js';
import { LIST_KINDS, type ListKind, listOf, pckSerialOf, revoking, revokingList } from './minted-list.js';

const REVOKED = { 'tdx-pck-crl': 'tdx_pck_revoked', 'tdx-root-crl': 'tdx_pck_ca_revoked' } as const;

let td: SimulatedTd;
let authorities: IntelAuthorities;
let serialNumber: bigint;

beforeAll(async () => {
  td = await tdOf();
  ({ authorities } = await simulatedIntel());
  serialNumber = pckSerialOf(td);
});

const withLists = (kind: ListKind, ...lists: readonly Uint8Array[]): EndorsementSet =>
  replacing(td, kind, ...lists);

describe.each(LIST_KINDS)('a list (%s)', (which) => {
  test('that is good lets a clean TD pass, on both ends of its window too', async () => {
    for (const change of [{}, { thisUpdate: AT }, { nextUpdate: AT }]) {
      const endorsements = withLists(which, await listOf(which, change));
      expect(await verdictOf(td, { endorsements })).toBe('authentic');
    }
  });

  test('crl_past_next_update_fails', async () => {
    await expectInBothModes(
      td,
      withLists(which, await listOf(which, { nextUpdate: seconds(-1) })),
      'tdx_crl_stale',
    );
  });

  test('crl_without_next_update_fails', async () => {
    const endorsements = withLists(which, await listOf(which, { nextUpdate: null }));
    await expectInBothModes(td, endorsements, 'collateral_malformed');
    expect((await judge(td, { endorsements })).entry('collateral_malformed').observed).toContain(
      'no nextUpdate',
    );
  });

  test('crl_from_future_fails', async () => {
    await expectInBothModes(
      td,
      withLists(which, await listOf(which, { thisUpdate: seconds(1) })),
      'clock_skew',
    );
  });

  test('crl_signed_by_other_key_fails', async () => {
    const other = which === 'tdx-pck-crl' ? authorities.processor : authorities.platform;
    const endorsements = withLists(which, await listOf(which, { signingKey: other.key }));
    await expectInBothModes(td, endorsements, 'tdx_crl_signature_invalid');
    const { entry } = await judge(td, { endorsements });
    expect(entry('tdx_crl_signature_invalid').observed).toContain('is not signed by its issuer');
    expect(entry(REVOKED[which]).outcome).toBe('not_run');
  });

  test('crl_aki_mismatch_fails', async () => {
    const { key } = which === 'tdx-pck-crl' ? authorities.platform : authorities.root;
    const list = await listOf(which, { issuerKey: authorities.tcbSigning.key, signingKey: key });
    await expectInBothModes(td, withLists(which, list), 'tdx_crl_signature_invalid');
  });

  test('of another issuer’s name is not its list', async () => {
    for (const issuer of ['Intel SGX PCK Processor CA', 'Intel SGX Root CA 2', '']) {
      const list = await listOf(which, { issuer });
      await expectInBothModes(td, withLists(which, list), 'tdx_crl_signature_invalid');
    }
  });

  test.each([
    ['number', 'has no number'],
    ['authorityKey', 'does not name its key'],
  ] as const)('without its %s is not taken for Intel’s', async (extension, words) => {
    const endorsements = withLists(which, await listOf(which, { without: [extension] }));
    await expectInBothModes(td, endorsements, 'tdx_crl_signature_invalid');
    expect((await judge(td, { endorsements })).entry('tdx_crl_signature_invalid').observed).toContain(words);
  });

  test('that cannot be read is malformed', async () => {
    const list = await listOf(which);
    for (const bytes of [list.subarray(1), list.subarray(0, -1), new Uint8Array(), textBytes('-----BEGIN')]) {
      await expectInBothModes(td, withLists(which, bytes), 'collateral_malformed');
    }
  });

  test('that names the certificate revokes it, however old it is', async () => {
    for (const change of [
      {},
      { thisUpdate: days(-90), nextUpdate: days(-60) },
      { nextUpdate: seconds(-1) },
    ]) {
      await expectInBothModes(td, withLists(which, await revokingList(td, which, change)), REVOKED[which]);
    }
  });

  test('does not revoke ahead of its time, nor in another’s name', async () => {
    const early = withLists(which, await revokingList(td, which, { thisUpdate: seconds(1) }));
    expect((await judge(td, { endorsements: early })).failures).toEqual(['clock_skew']);
    const forged = withLists(
      which,
      await revokingList(td, which, { signingKey: authorities.tcbSigning.key }),
    );
    expect((await judge(td, { endorsements: forged })).failures).toEqual(['tdx_crl_signature_invalid']);
  });

  test('of other serial numbers revokes nobody here', async () => {
    for (const serial of [0n, serialNumber + 1n, serialNumber << 8n, -serialNumber]) {
      const endorsements = withLists(which, await listOf(which, revoking(serial)));
      expect(await verdictOf(td, { endorsements })).toBe('authentic');
    }
  });

  test('of two the later counts, though all have number 1, in either order', async () => {
    const old = await listOf(which, { thisUpdate: days(-9) });
    const later = await revokingList(td, which, { thisUpdate: days(-8) });
    const clean = await listOf(which, { thisUpdate: days(-7) });
    for (const [lists, verdict] of [
      [[old, later], REVOKED[which]],
      [[later, old], REVOKED[which]],
      [[later, clean], 'authentic'],
      [[clean, later], 'authentic'],
      [[old, later, clean], 'authentic'],
      [[clean, old, later], 'authentic'],
    ] as const) {
      expect(await verdictOf(td, { endorsements: withLists(which, ...lists) })).toBe(verdict);
    }
  });

  test('with a higher number comes after one with a later date', async () => {
    const second = await revokingList(td, which, { number: 2n, thisUpdate: days(-9) });
    const first = await listOf(which, { thisUpdate: days(-1) });
    for (const lists of [
      [first, second],
      [second, first],
    ]) {
      expect(await verdictOf(td, { endorsements: withLists(which, ...lists) })).toBe(REVOKED[which]);
    }
  });

  test('that is bad changes nothing beside a good one', async () => {
    const good = await listOf(which);
    for (const bad of [
      flipped(good, good.length - 1),
      await revokingList(td, which, { signingKey: authorities.tcbSigning.key }),
      await revokingList(td, which, { without: ['number'] }),
      await revokingList(td, which, { thisUpdate: seconds(1) }),
      new Uint8Array(10),
    ]) {
      for (const lists of [
        [bad, good],
        [good, bad],
      ]) {
        expect(await verdictOf(td, { endorsements: withLists(which, ...lists) })).toBe('authentic');
      }
    }
  });

  test('that is absent leaves required evidence undecided, and says how to get one', async () => {
    const { kind, failures, entry } = await judge(td, { endorsements: lacking(td, which) });
    expect([kind, failures]).toEqual(['undecided', ['collateral_unavailable']]);
    const { remedy } = entry('collateral_unavailable');
    expect(remedy).toContain(
      which === 'tdx-pck-crl' ? 'pckcrl?ca=platform&encoding=der' : 'IntelSGXRootCA.der',
    );
    expect(remedy).toContain('assay endorsements import');
  });
});

describe('best-effort', () => {
  test('tolerates absent lists: not run, a reservation, and at most a warning', async () => {
    const endorsements = lacking(td, ...LIST_KINDS, 'tdx-pck-ca');
    const { kind, unrun, entry } = await judge(td, { endorsements, revocation: 'best-effort' });
    expect([kind, unrun]).toEqual([
      'authentic',
      [
        'collateral_unavailable',
        'tdx_crl_signature_invalid',
        'tdx_pck_revoked',
        'tdx_pck_ca_revoked',
        'tdx_tcb_signing_revoked',
      ],
    ]);
    expect(entry('collateral_unavailable').remedy).toContain('assay endorsements import');
    const { evidence } = await evidenceOf(td, { endorsements, revocation: 'best-effort' });
    expect(evidence.tierCap).toBe('warning');
    expect(evidence.endorsementsUsed.map(({ kind: used }) => used)).toEqual([
      'tdx-pck',
      'tdx-pck-ca',
      'tdx-root-ca',
      'tdx-tcb-info',
      'tdx-tcb-signing',
      'tdx-qe-identity',
    ]);
  });

  test.each(LIST_KINDS)('without %s is no full yes either', async (which) => {
    const { evidence } = await evidenceOf(td, {
      endorsements: lacking(td, which),
      revocation: 'best-effort',
    });
    expect(evidence.tierCap).toBe('warning');
  });

  test('tolerates no other document’s absence', async () => {
    for (const kind of ['tdx-tcb-info', 'tdx-qe-identity', 'tdx-tcb-signing']) {
      const endorsements = lacking(td, kind);
      expect(await verdictOf(td, { endorsements, revocation: 'best-effort' })).toBe('collateral_unavailable');
    }
  });
});
