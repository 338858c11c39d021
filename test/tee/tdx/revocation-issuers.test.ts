import { beforeAll, describe, expect, test } from '@jest/globals';
import type { EndorsementSet } from '../../../src/rats/endorsement.js';
import type { CrlPlan } from '../../../src/simulator/crl.js';
import type { SimulatedTd } from '../../../src/simulator/index.js';
import { chainOf, type IntelAuthorities } from '../../../src/simulator/intel/authorities.js';
import { serialOf } from '../../../src/simulator/intel/collateral.js';
import { planPckCrl } from '../../../src/simulator/intel/documents.js';
import { mintCrl } from '../../../src/simulator/intel/form.js';
import { makeEcKey } from '../../../src/simulator/key-pair.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import {
  AT,
  expectInBothModes,
  judge,
  lacking,
  replacing,
  seconds,
  tdOf,
  textBytes,
  verdictOf,
} from './judged.js';
import { issueOf } from './minted-chain.js';
import { type ListKind, listOf, pckSerialOf, revoking } from './minted-list.js';

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

describe('what the root’s list names', () => {
  const listing = async (...serials: readonly bigint[]): Promise<EndorsementSet> =>
    withLists('tdx-root-crl', await listOf('tdx-root-crl', revoking(...serials)));

  test('intermediate_revoked_by_root_crl_fails', async () => {
    await expectInBothModes(td, await listing(serialOf(authorities.platform)), 'tdx_pck_ca_revoked');
    expect(await verdictOf(td, { endorsements: await listing(serialOf(authorities.processor)) })).toBe(
      'authentic',
    );
  });

  test('a TCB signing certificate: its documents count no more, which says nothing about the evidence', async () => {
    const endorsements = await listing(serialOf(authorities.tcbSigning));
    const { kind, failures } = await judge(td, { endorsements });
    expect([kind, failures]).toEqual(['undecided', ['tdx_tcb_signing_revoked']]);
    await expectInBothModes(td, endorsements, 'tdx_tcb_signing_revoked');
  });

  test.each([
    ['no level', { level: 'none' }],
    ['a revoked level', { level: 'Revoked' }],
    ['another platform family', { fault: 'tdx_tcb_info_mismatch' }],
    ['another TDX module', { fault: 'tdx_module_mismatch' }],
    ['another quoting enclave', { fault: 'tdx_qe_identity_mismatch' }],
  ] as const)(
    'a TCB signing certificate: %s is not taken from its documents either',
    async (_what, options) => {
      const denied = await tdOf(options);
      expect((await judge(denied)).kind).toBe('refused');
      const list = await listOf('tdx-root-crl', revoking(serialOf(authorities.tcbSigning)));
      const { kind, failures } = await judge(denied, {
        endorsements: replacing(denied, 'tdx-root-crl', list),
      });
      expect([kind, failures]).toEqual(['undecided', ['tdx_tcb_signing_revoked']]);
    },
  );

  test('revoked_pck_fails, and the root’s list is not where PCK certificates stand', async () => {
    expect(await verdictOf(await tdOf({ revoked: true }))).toBe('tdx_pck_revoked');
    expect(await verdictOf(td, { endorsements: await listing(serialNumber) })).toBe('authentic');
    const onPckList = withLists(
      'tdx-pck-crl',
      await listOf('tdx-pck-crl', revoking(serialOf(authorities.platform))),
    );
    expect(await verdictOf(td, { endorsements: onPckList })).toBe('authentic');
  });
});

describe('the list of another authority', () => {
  test('is no list of this one, and each TD has its own', async () => {
    const { der } = await mintCrl(planPckCrl(authorities, 'processor', AT));
    await expectInBothModes(td, withLists('tdx-pck-crl', der), 'tdx_crl_signature_invalid');
    const processor = await tdOf({ ca: 'processor' });
    expect(await verdictOf(processor, { endorsements: replacing(processor, 'tdx-pck-crl', der) })).toBe(
      'authentic',
    );
    const endorsements = replacing(processor, 'tdx-pck-crl', await listOf('tdx-pck-crl'));
    expect(await verdictOf(processor, { endorsements })).toBe('tdx_crl_signature_invalid');
  });
});

describe('the list under another key of the authority', () => {
  /** The Platform CA under a new key: a list of its own, and the chain file that came with it. */
  async function renewed(list: Partial<CrlPlan> = {}): Promise<EndorsementSet> {
    const key = await makeEcKey('P-256');
    const { certificate } = await issueOf('platform', { key });
    const bytes = await listOf('tdx-pck-crl', { issuerKey: key, signingKey: key, ...list });
    const chain = textBytes(chainOf(certificate, authorities.root.certificate));
    return [
      { kind: 'tdx-pck-crl', subject: 'platform', bytes },
      { kind: 'tdx-pck-ca', subject: 'platform', bytes: chain },
    ];
  }

  test('is about the certificates of that key, and no word on this PCK', async () => {
    const others = lacking(td, 'tdx-pck-crl', 'tdx-pck-ca');
    await expectInBothModes(td, [...others, ...(await renewed())], 'tdx_crl_signature_invalid');
    const revokes = await renewed(revoking(serialNumber));
    await expectInBothModes(td, [...others, ...revokes], 'tdx_crl_signature_invalid');
  });

  test('beside the list of the right key changes nothing, whichever is newer', async () => {
    const newer = await renewed({ thisUpdate: AT, number: 99n });
    expect(await verdictOf(td, { endorsements: [...newer, ...td.endorsements] })).toBe('authentic');
    const revoked = await tdOf({ revoked: true });
    expect(await verdictOf(revoked, { endorsements: [...newer, ...revoked.endorsements] })).toBe(
      'tdx_pck_revoked',
    );
  });

  test('beside a list of the right key that has not begun leaves nothing to rest on', async () => {
    const early = await listOf('tdx-pck-crl', { thisUpdate: seconds(60) });
    const endorsements = [
      ...lacking(td, 'tdx-pck-crl', 'tdx-pck-ca'),
      ...(await renewed()),
      { kind: 'tdx-pck-crl', subject: 'platform', bytes: early },
    ];
    await expectInBothModes(td, endorsements, 'clock_skew');
  });
});
