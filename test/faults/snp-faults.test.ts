/** Each fault of an SNP guest earns its refusal code and no other, and the same guest without it is accepted. */
import { describe, expect, test } from '@jest/globals';
import type { RefusalCode } from '../../src/rats/refusal.js';
import {
  FAULTS,
  faultOf,
  mintGuest,
  mintVendor,
  PRODUCTS,
  type SimulatedGuest,
} from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';
import { authenticAfter, failuresOf, idsOf, judge, mintPair, referencesOf, SAME } from './judgement.js';

/** One fact of a report that two checks see. */
const ALSO_FAILS: Readonly<Partial<Record<RefusalCode, (guest: SimulatedGuest) => readonly RefusalCode[]>>> =
  {
    // AMD-SB-3015 asks for the same bit on every line but Turin.
    snp_platform_alias_check_missing: ({ expected }) =>
      expected.product === 'Turin' ? [] : ['snp_tcb_status_not_accepted'],
  };

/** Freshness of this envelope comes from a vTPM quote that is no part of it. */
const twinStatus = ({ expected }: SimulatedGuest) =>
  expected.envelope === 'azure-hcl' ? 'warning' : 'affirming';

async function expectFault(fault: RefusalCode, options: Parameters<typeof mintPair>[2]): Promise<void> {
  const vendor = await simulatedVendor();
  const { faulted, twin } = await mintPair(vendor, fault, options);
  expect(twin.expected).toEqual(faulted.expected);
  const { policy } = faulted;

  const accepted = await judge(vendor, twin, { policy });
  expect(accepted).toMatchObject({ authentic: true, status: twinStatus(twin), code: null, simulated: true });
  expect(failuresOf(accepted)).toEqual([]);

  const verdict = await judge(vendor, faulted, { policy });
  const authentic = authenticAfter(fault);
  expect(verdict).toMatchObject({
    authentic,
    status: authentic === true ? 'contraindicated' : 'none',
    code: fault,
  });
  const wanted = [fault, ...(ALSO_FAILS[fault]?.(faulted) ?? [])].sort();
  expect(failuresOf(verdict)).toEqual(wanted);
  expect(verdict.claims === null).toBe(authentic !== true);
  // Whatever the verdict: every row of the procedure has its entry, passed or not or not run.
  if (verdict.stage !== 'parse') expect(idsOf(verdict)).toEqual(idsOf(accepted));
}

describe.each(PRODUCTS)('on %s', (product) => {
  test.each(FAULTS)('%s is earned by its fault alone', (fault) => expectFault(fault, { product }));
});

describe('under a VLEK', () => {
  const either = FAULTS.filter((code) => faultOf(code).clean?.signingKey === undefined);
  test.each(either)('%s is earned by its fault alone', (fault) =>
    expectFault(fault, { product: 'Genoa', signingKey: 'VLEK' }),
  );
});

describe('a guest without a fault', () => {
  const cases = PRODUCTS.flatMap((product) =>
    (['VCEK', 'VLEK'] as const).flatMap((signingKey) =>
      ([2, 3, 4, 5] as const)
        // Turin’s firmware never made version 2.
        .filter((reportVersion) => product !== 'Turin' || reportVersion > 2)
        .map((reportVersion) => ({ product, signingKey, reportVersion })),
    ),
  );

  test.each(cases)(
    'is affirming: $product, $signingKey, report version $reportVersion (2: warning)',
    async (options) => {
      const vendor = await simulatedVendor();
      const guest = await mintGuest(vendor, { ...SAME, ...options });
      // A version 2 report names no processor, so nobody can tell the status of its firmware.
      const status = options.reportVersion === 2 ? 'warning' : 'affirming';
      expect(await judge(vendor, guest)).toMatchObject({ authentic: true, status, code: null });
    },
  );

  test.each(['raw', 'extended', 'configfs-tsm', 'azure-hcl'] as const)(
    'is accepted in the envelope %s',
    async (envelope) => {
      const vendor = await simulatedVendor();
      const guest = await mintGuest(vendor, { ...SAME, envelope });
      const verdict = await judge(vendor, guest);
      expect(verdict).toMatchObject({ status: twinStatus(guest), envelope, code: null });
      expect(failuresOf(verdict)).toEqual([]);
    },
  );

  // AMD-SB-3030’s number for Milan is disputed, so the table never calls one UpToDate.
  test.each([
    ['Milan', 'NotShown'],
    ['Genoa', 'UpToDate'],
    ['Turin', 'UpToDate'],
  ] as const)('runs firmware that the bulletins have nothing against: %s, %s', async (product, status) => {
    const vendor = await simulatedVendor();
    const verdict = await judge(vendor, await mintGuest(vendor, { ...SAME, product }));
    expect(verdict.tcb?.status).toBe(status);
  });

  test.each(PRODUCTS)('runs vulnerable firmware where asked to: %s', async (product) => {
    const vendor = await simulatedVendor();
    const guest = await mintGuest(vendor, { ...SAME, product, vulnerable: true });
    const verdict = await judge(vendor, guest);
    expect(verdict).toMatchObject({ authentic: true, status: 'contraindicated' });
    expect(verdict.code).toBe('snp_tcb_status_not_accepted');
    expect(verdict.tcb?.status).toBe('OutOfDate');
    expect(failuresOf(verdict)).toEqual(['snp_tcb_status_not_accepted']);
  });

  test('is judged by the root that vouches for it, and by no other', async () => {
    const vendor = await simulatedVendor();
    const guest = await mintGuest(vendor, SAME);
    const strangers = { simulated: true, vendors: {} };
    const verdict = await judge(vendor, guest, { anchors: strangers });
    expect(verdict).toMatchObject({ authentic: false, code: 'snp_chain_untrusted' });
  });

  test('of a vendor of the same names is nobody’s: the key counts', async () => {
    const genuine = await simulatedVendor();
    const lookalike = await mintVendor({ at: SIMULATED_AT, products: ['Milan'], rsaBits: 2048 });
    const guest = await mintGuest(lookalike, SAME);
    expect(await judge(lookalike, guest)).toMatchObject({ status: 'affirming' });
    const verdict = await judge(genuine, guest);
    expect(verdict).toMatchObject({ authentic: false, code: 'snp_chain_untrusted' });
  });

  test('of two workloads at once is ambiguous', async () => {
    const vendor = await simulatedVendor();
    const guest = await mintGuest(vendor, { ...SAME, at: SIMULATED_AT });
    const { candidates } = referencesOf(guest);
    const shared = ['llm-serving', 'llm-training'].flatMap((workload) =>
      candidates.map((value) => ({ ...value, workload, version: 1 })),
    );
    const verdict = await judge(vendor, guest, { references: { given: true, candidates: shared } });
    expect(verdict).toMatchObject({ status: 'contraindicated', code: 'workload_ambiguous' });
    expect(failuresOf(verdict)).toEqual(['workload_ambiguous']);
    const [first] = shared;
    const one = { given: true, candidates: first === undefined ? [] : [first] };
    expect(await judge(vendor, guest, { references: one })).toMatchObject({ status: 'affirming' });
  });
});
