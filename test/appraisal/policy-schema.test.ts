import { describe, expect, test } from '@jest/globals';
import { parsePolicy } from '../../src/appraisal/policy-schema.js';
import { PROFILES } from '../../src/appraisal/profiles.js';
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import { demandsOf } from '../../src/rats/policy.js';
import { type Refusal, RefusalError } from '../../src/rats/refusal.js';
import { REFUSED_DOCUMENTS } from './policy/refused-documents.js';

function refusalOf(json: unknown): Refusal {
  try {
    parsePolicy(json);
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal;
    throw error;
  }
  throw new TypeError('the policy was accepted');
}

describe('policy standard', () => {
  test('is version 1, and what the documentation says of it', () => {
    const { name, version, snp } = STANDARD_POLICY;
    expect([name, version]).toEqual(['standard', 1]);
    expect(snp).toMatchObject({
      report_versions: [2, 3, 4, 5],
      products: ['Milan', 'Genoa', 'Turin'],
      vmpl: [0],
      policy_bits: { smt: 'any', migrate_ma: 'forbidden', cxl_allow: 'forbidden' },
      platform_bits: {
        smt_en: 'any',
        alias_check_complete: 'required',
        iommu_write_safe: 'any',
        tio_en: 'forbidden',
      },
      allow_unknown_platform_bits: false,
      allow_provisional_firmware: true,
      allow_masked_chip_id: false,
      csp_ids: null,
      minimum_firmware: null,
    });
  });

  test('accepts what Intel’s own default policy accepts, and the findings that no cloud is without', () => {
    expect(STANDARD_POLICY.common).toEqual({
      accepted_tcb_statuses: ['UpToDate', 'NotShown'],
      accepted_advisories: ['AMD-SB-3027'],
      denied_advisories: [],
      grace: null,
      minimum_tcb_date: null,
      minimum_evaluation_number: 0,
      stale_endorsements: null,
      tcb_track: 'standard',
      platforms: 'any',
    });
  });

  test('asks of TDX what Intel’s own default policy accepts', () => {
    expect(STANDARD_POLICY.tdx).toEqual({
      fmspcs: null,
      module_floors: null,
      attributes: {
        icssd: 'any',
        servtd_ext: 'forbidden',
        lass: 'any',
        sept_ve_disable: 'required',
        migratable: 'forbidden',
        pks: 'any',
        kl: 'any',
        tpa: 'any',
        perfmon: 'any',
      },
      xfam: { required: [], forbidden: [] },
      service_tds: [],
      platform: { dynamic_platform: 'any', cached_keys: 'any', smt_enabled: 'any' },
      platform_instances_allowed: null,
      platform_instances_denied: [],
    });
  });

  test('is what a document that says nothing gets, under its own name', () => {
    expect(parsePolicy({ name: 'mine' }).snp).toEqual(STANDARD_POLICY.snp);
    expect(parsePolicy({ name: 'mine', snp: { policy_bits: {} } }).snp).toEqual(STANDARD_POLICY.snp);
    const tdx = { attributes: {}, platform: {} };
    expect(parsePolicy({ name: 'mine', tdx }).tdx).toEqual(STANDARD_POLICY.tdx);
  });
});

describe('the digest', () => {
  test('names the whole policy, defaults written out, in whatever order it was written', () => {
    const short = parsePolicy({ snp: { vmpl: [0, 1], minimum_guest_svn: 2 }, name: 'mine' });
    const long = parsePolicy({
      name: 'mine',
      version: 1,
      snp: { ...STANDARD_POLICY.snp, minimum_guest_svn: 2, vmpl: [0, 1] },
    });
    expect(short.digest).toBe(long.digest);
    expect(short.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('changes with name, version and every rule', () => {
    const digests = [
      { name: 'mine' },
      { name: 'other' },
      { name: 'mine', version: 2 },
      { name: 'mine', snp: { vmpl: [1] } },
      { name: 'mine', snp: { platform_bits: { ecc_en: 'required' } } },
      { name: 'mine', snp: { tcb_floors: [{ cpuid: '19/01/1', tcb: { snp: 1 } }] } },
      { name: 'mine', common: { minimum_evaluation_number: 1 } },
      { name: 'mine', common: { stale_endorsements: { hours: 1 } } },
      { name: 'mine', common: { stale_endorsements: { hours: 2 } } },
      { name: 'mine', common: { platforms: 'registered' } },
      { name: 'mine', description: 'why' },
      { name: 'mine', tdx: { xfam: { forbidden: [9] } } },
      { name: 'mine', tdx: { attributes: { migratable: 'any' } } },
      { name: 'mine', tdx: { platform_instances_denied: ['ab'.repeat(16)] } },
    ].map((document) => parsePolicy(document).digest);
    expect(new Set(digests).size).toBe(digests.length);
  });
});

describe('a policy that is not one', () => {
  test.each(REFUSED_DOCUMENTS)('%s', (_, document, path) => {
    const { code, stage, detail } = refusalOf(document);
    expect([code, stage]).toEqual(['policy_invalid', 'request']);
    expect(detail).toContain(path);
  });

  test('is told everything that is wrong at once', () => {
    const { detail } = refusalOf({ name: 'mine', version: 0, snp: { vmpl: [9], extra: 1, more: 2 } });
    expect(detail).toBe(
      'The policy is not valid: version: must be at least 1; snp.vmpl.0: must be at most 3; snp.extra: unknown member; snp.more: unknown member.',
    );
  });
});

test('what a policy asks of vendor documents is the evaluation number, and that they are not too old', () => {
  expect(demandsOf(STANDARD_POLICY)).toEqual({
    minimumEvaluationNumber: 0,
    staleHours: 0,
    track: 'standard',
  });
  const strict = parsePolicy({ name: 'mine', common: { minimum_evaluation_number: 17 } });
  expect(demandsOf(strict)).toEqual({ minimumEvaluationNumber: 17, staleHours: 0, track: 'standard' });
  const patient = parsePolicy({ name: 'mine', common: { stale_endorsements: { hours: 720 } } });
  expect(demandsOf(patient)).toEqual({ minimumEvaluationNumber: 0, staleHours: 720, track: 'standard' });
  const early = parsePolicy({ name: 'mine', common: { tcb_track: 'early' } });
  expect(demandsOf(early)).toEqual({ minimumEvaluationNumber: 0, staleHours: 0, track: 'early' });
});

test('no policy that ships is patient with outdated documents', () => {
  for (const policy of PROFILES.values()) expect(policy.common.stale_endorsements).toBeNull();
});
