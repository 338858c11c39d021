import { beforeAll, describe, expect, test } from '@jest/globals';
import type { EndorsementSet } from '../../../src/rats/endorsement.js';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import type { SimulatedTd } from '../../../src/simulator/index.js';
import {
  chainOf,
  type IntelAuthorities,
  mintIntelAuthorities,
} from '../../../src/simulator/intel/authorities.js';
import { makeEcKey } from '../../../src/simulator/key-pair.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import { NO_DEMANDS } from '../context.js';
import {
  AT,
  changedTd,
  days,
  evidenceOf,
  judge,
  lacking,
  seconds,
  tdOf,
  textBytes,
  verdictOf,
} from './judged.js';
import { issueOf } from './minted-chain.js';

let td: SimulatedTd;
let genuine: IntelAuthorities;
let stranger: IntelAuthorities;

beforeAll(async () => {
  td = await tdOf();
  genuine = (await simulatedIntel()).authorities;
  stranger = await mintIntelAuthorities(AT);
});

const signing = (chain: Uint8Array) => ({ kind: 'tdx-tcb-signing', subject: 'intel', bytes: chain });
const withSigners = (...chains: readonly Uint8Array[]): EndorsementSet => [
  ...lacking(td, 'tdx-tcb-signing'),
  ...chains.map(signing),
];

describe('the signing certificate', () => {
  const both: readonly RefusalCode[] = [
    'tdx_tcb_info_signature_invalid',
    'tdx_qe_identity_signature_invalid',
  ];

  test('is taken from a chain in any of the subjects, alone in DER too', async () => {
    const { certificate } = genuine.tcbSigning;
    expect(await verdictOf(td, { endorsements: withSigners(certificate) })).toBe('authentic');
    expect(await verdictOf(td, { endorsements: withSigners(textBytes(chainOf(certificate))) })).toBe(
      'authentic',
    );
  });

  test('that is absent is what lacks', async () => {
    const { kind, failures, entry } = await judge(td, { endorsements: withSigners() });
    expect([kind, failures]).toEqual(['undecided', ['collateral_unavailable']]);
    expect(entry('collateral_unavailable').observed).toMatch(
      /no signing chain beside it.*no signing chain beside it/,
    );
  });

  test('under another root, of another name, or unreadable signs nothing', async () => {
    const { tcbSigning, root } = stranger;
    const renamed = await issueOf('tcbSigning', { subject: 'Intel SGX TCB Signing 2' });
    for (const [chain, words] of [
      [textBytes(chainOf(tcbSigning.certificate, root.certificate)), 'another key than the pinned one'],
      [tcbSigning.certificate, 'is not signed with the key of Intel SGX Root CA'],
      [renamed.certificate, 'not a certificate of Intel SGX TCB Signing'],
      [genuine.platform.certificate, 'not a certificate of Intel SGX TCB Signing'],
      [textBytes('none'), 'unreadable'],
    ] as const) {
      const { kind, failures, entry } = await judge(td, { endorsements: withSigners(chain) });
      expect([kind, failures]).toEqual(['undecided', both]);
      expect(entry('tdx_tcb_info_signature_invalid').observed).toContain(words);
      expect(entry('tdx_tcb_signing_revoked').outcome).toBe('not_run');
      // Beside a good one it does no harm.
      expect(await verdictOf(td, { endorsements: withSigners(chain, genuine.tcbSigning.certificate) })).toBe(
        'authentic',
      );
    }
  });

  test('with a key on another curve signs nothing', async () => {
    const { certificate } = await issueOf('tcbSigning', { key: await makeEcKey('P-384') });
    expect((await judge(td, { endorsements: withSigners(certificate) })).failures).toEqual(both);
  });

  test.each([
    ['past its end', { notAfter: seconds(-1) }, 'stale_collateral'],
    ['not begun', { notBefore: seconds(1) }, 'clock_skew'],
  ] as const)('%s signs no more or not yet', async (_what, window, code) => {
    const { certificate } = await issueOf('tcbSigning', window);
    const { kind, failures, entry } = await judge(td, { endorsements: withSigners(certificate) });
    expect([kind, failures]).toEqual(['undecided', [code]]);
    expect(entry(code).observed).toMatch(/its signing certificate .*its signing certificate /);
    expect(entry('tdx_tcb_info_signature_invalid').outcome).toBe('pass');
  });

  test('was issued again with the same key: one in force counts, of two the longer one', async () => {
    const [old, short, long] = (await Promise.all(
      [days(-1), days(3), days(7)].map(
        async (notAfter) => (await issueOf('tcbSigning', { notAfter })).certificate,
      ),
    )) as [Uint8Array, Uint8Array, Uint8Array];
    for (const [chains, until] of [
      [[old, short], days(3)],
      [[short, old], days(3)],
      [[long, short, old], days(7)],
      [[short, old, long], days(7)],
    ] as const) {
      const { evidence } = await evidenceOf(td, { endorsements: withSigners(...chains) });
      expect(evidence.trustUntil).toEqual(until);
    }
    expect(await verdictOf(td, { endorsements: withSigners(old, old) })).toBe('stale_collateral');
  });

  test('may be another one for each document', async () => {
    const key = await makeEcKey('P-256');
    const other = await issueOf('tcbSigning', { key });
    const mixed = await changedTd({ qeIdentity: (plan) => ({ ...plan, signingKey: key }) });
    expect(await verdictOf(mixed)).toBe('tdx_qe_identity_signature_invalid');
    const { evidence } = await evidenceOf(mixed, {
      endorsements: [...mixed.endorsements, signing(other.certificate)],
    });
    const used = evidence.endorsementsUsed.filter(({ kind }) => kind === 'tdx-tcb-signing');
    expect(used).toHaveLength(2);
  });
});

describe('what is remembered of documents', () => {
  test('is no answer: levels are judged for each platform', async () => {
    for (const round of [1, 2]) {
      for (const level of ['UpToDate', 'OutOfDate'] as const) {
        const { evidence } = await evidenceOf(await tdOf({ level }));
        expect([round, evidence.tcb.status]).toEqual([round, level]);
      }
      expect(await verdictOf(await tdOf({ level: 'Revoked' }))).toBe('tdx_tcb_revoked');
      expect(await verdictOf(await tdOf({ level: 'none' }))).toBe('tdx_tcb_not_supported');
    }
  });

  test('is no answer: dates are judged at each instant', async () => {
    expect(await verdictOf(td)).toBe('authentic');
    const late = await judge(td, { at: days(31) });
    expect(late.failures).toEqual(['stale_collateral', 'tdx_crl_stale']);
    expect(late.entry('stale_collateral').observed).toMatch(/TCB info.*QE identity/);
    const early = await judge(td, { at: days(-5) });
    expect(early.failures).toEqual(['clock_skew']);
    expect(await verdictOf(td)).toBe('authentic');
  });

  test('is no answer: signer, family and number are asked for each time', async () => {
    expect(await verdictOf(td)).toBe('authentic');
    expect(await verdictOf(td, { endorsements: withSigners() })).toBe('collateral_unavailable');
    expect(await verdictOf(td, { endorsements: withSigners(stranger.tcbSigning.certificate) })).toBe(
      'tdx_tcb_info_signature_invalid',
    );
    expect(await verdictOf(td, { demands: { ...NO_DEMANDS, minimumEvaluationNumber: 19 } })).toBe(
      'tdx_tcb_evaluation_number_too_low',
    );
    const other = await tdOf({ fmspc: 'a55a7f000000' });
    expect(await verdictOf(other, { endorsements: td.endorsements })).toBe('tdx_tcb_info_mismatch');
    const intel = { roots: [stranger.root.certificate], intermediates: [] } as const;
    expect(await verdictOf(td, { anchors: { simulated: true, vendors: { intel } } })).toBe(
      'tdx_pck_chain_untrusted',
    );
  });
});
