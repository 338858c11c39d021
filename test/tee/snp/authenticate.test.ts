import { describe, expect, test } from '@jest/globals';
import { SNP_MATCH_FIELDS } from '../../../src/rats/reference-value.js';
import { type RefusalCode, refusalEntry } from '../../../src/rats/refusal.js';
import { FAULTS, type GuestOptions } from '../../../src/simulator/index.js';
import { authenticate, guestOf, parse, verdictOf } from './judged.js';

const PRODUCTS = ['Milan', 'Genoa', 'Turin'] as const;
const KINDS: readonly (readonly [(typeof PRODUCTS)[number], 'VCEK' | 'VLEK'])[] = PRODUCTS.flatMap(
  (product) => [[product, 'VCEK'] as const, [product, 'VLEK'] as const],
);

/** Faults that a genuine and bound report can have: those are for policy, or for the binding. */
const notOurs = (code: RefusalCode): boolean =>
  refusalEntry(code).class === 'denied' || code === 'report_data_mismatch';

/** Each code of the procedure's authenticity group, in its order. */
const PROCEDURE: readonly RefusalCode[] = [
  'snp_signature_algo_unsupported',
  'snp_report_unsigned',
  'snp_signing_key_unknown',
  'snp_product_unsupported',
  'snp_vek_missing',
  'collateral_not_found',
  'snp_kds_unavailable',
  'snp_kds_rate_limited',
  'snp_chain_untrusted',
  'snp_chain_signature_invalid',
  'snp_cert_expired',
  'snp_cert_not_yet_valid',
  'collateral_unavailable',
  'collateral_malformed',
  'snp_crl_signature_invalid',
  'clock_skew',
  'snp_crl_stale',
  'snp_ca_revoked',
  'snp_vek_key_invalid',
  'snp_vek_extension_invalid',
  'snp_vek_kind_mismatch',
  'snp_tcb_cert_mismatch',
  'snp_chip_id_mismatch',
  'snp_product_mismatch',
  'snp_signature_invalid',
  'snp_tcb_inconsistent',
  'snp_host_requested_report',
];

async function evidenceOf(options: Omit<GuestOptions, 'at'> = {}) {
  const outcome = await authenticate(await guestOf(options));
  if (!outcome.ok || outcome.value.kind !== 'authentic') throw new Error('a clean guest must be authentic');
  return outcome.value;
}

describe('clean guests', () => {
  test.each(KINDS)('%s with a %s is authentic in every form', async (product, signingKey) => {
    for (const reportVersion of product === 'Turin' ? [3, 4, 5] : [2, 3, 4, 5]) {
      for (const envelope of ['raw', 'extended', 'azure-hcl', 'configfs-tsm'] as const) {
        const guest = await guestOf({ product, signingKey, reportVersion, envelope });
        const travels = envelope === 'extended' || envelope === 'configfs-tsm';
        expect([
          envelope,
          reportVersion,
          await verdictOf(guest, travels ? { certificates: [] } : {}),
        ]).toEqual([envelope, reportVersion, 'authentic']);
      }
    }
  });

  test('every row of the procedure leaves one check, and says what it saw', async () => {
    const { checks } = await evidenceOf();
    expect(checks.map(({ id }) => id)).toEqual(PROCEDURE);
    for (const check of checks) {
      expect([check.id, check.outcome]).toEqual([check.id, 'pass']);
      expect(check.expected).toBeTruthy();
      expect(check.observed).toBeTruthy();
      expect(check.source).toMatch(/AMD|RFC/);
    }
  });

  test('what is sealed is what the certificate and the report say', async () => {
    const { evidence } = await evidenceOf({ product: 'Genoa', signingKey: 'VLEK', cspId: 'CN=cc.example' });
    expect(evidence).toMatchObject({
      tee: 'sev-snp',
      referenceTee: 'sev-snp',
      generation: 'genoa',
      debug: false,
      simulated: true,
      tierCap: 'affirming',
    });
    expect(Object.keys(evidence.referenceFields)).toEqual([...SNP_MATCH_FIELDS]);
    expect(evidence.claims).toMatchObject({ product: 'Genoa', signing_key: 'VLEK', csp_id: 'CN=cc.example' });
    expect(evidence.endorsementsUsed.map(({ kind }) => kind)).toEqual([
      'snp-vek',
      'snp-asvk',
      'snp-ark',
      'snp-vlek-crl',
      'snp-bulletins',
    ]);
    const ends = evidence.endorsementsUsed.map(({ not_after }) => Date.parse(not_after));
    expect(evidence.trustUntil.getTime()).toBe(Math.min(...ends));
  });

  test('Azure’s envelope is another TEE, bound through the vTPM, and at most a warning', async () => {
    const guest = await guestOf({ envelope: 'azure-hcl' });
    expect(parse(guest)).toMatchObject({ tee: 'az-sev-snp', envelope: 'azure-hcl', binding: 'vtpm' });
    const { evidence } = await evidenceOf({ envelope: 'azure-hcl' });
    expect(evidence).toMatchObject({ tee: 'az-sev-snp', referenceTee: 'sev-snp', tierCap: 'warning' });
  });

  test('Azure’s claims need a report of the paravisor’s own level', async () => {
    const guest = await guestOf({ envelope: 'azure-hcl', vmpl: 2 });
    expect(await verdictOf(guest)).toBe('vtpm_claims_binding_mismatch');
  });
});

describe('faults', () => {
  const faults = FAULTS.filter((code) => !notOurs(code));

  test.each(KINDS)('on %s with a %s each earns its own code', async (product, signingKey) => {
    for (const fault of faults) {
      const guest = await guestOf({ product, signingKey, fault });
      expect([fault, await verdictOf(guest)]).toEqual([fault, fault]);
    }
  });

  test('what policy denies is authentic', async () => {
    for (const fault of FAULTS.filter(notOurs)) {
      expect([fault, await verdictOf(await guestOf({ fault }))]).toEqual([fault, 'authentic']);
    }
  });

  test('a refusal names its check, which has a remedy', async () => {
    const outcome = await authenticate(await guestOf({ fault: 'snp_tcb_cert_mismatch' }));
    if (!outcome.ok || outcome.value.kind !== 'refused') throw new Error('must be refused');
    const { refusal, checks } = outcome.value;
    expect(refusal).toMatchObject({ code: 'snp_tcb_cert_mismatch', stage: 'authenticate' });
    expect(checks.filter(({ outcome: found }) => found === 'fail').map(({ id }) => id)).toEqual([
      refusal.code,
    ]);
    expect(checks.find(({ id }) => id === refusal.code)?.remedy).toBeTruthy();
    expect(checks.map(({ id }) => id)).toEqual(PROCEDURE);
  });

  test('a refusal found beats a missing list', async () => {
    const guest = await guestOf({ fault: 'snp_host_requested_report' });
    expect(await verdictOf(guest, { endorsements: [] })).toBe('snp_host_requested_report');
  });

  test('a refusal found beats a missing certificate', async () => {
    const guest = await guestOf({ fault: 'snp_tcb_inconsistent' });
    expect(await verdictOf(guest, { certificates: [] })).toBe('snp_tcb_inconsistent');
  });
});
