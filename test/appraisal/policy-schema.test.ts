import { describe, expect, test } from '@jest/globals';
import { parsePolicy } from '../../src/appraisal/policy-schema.js';
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import { type Refusal, RefusalError } from '../../src/rats/refusal.js';

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
      accepted_tcb_statuses: ['UpToDate', 'NotShown'],
      accepted_advisories: ['AMD-SB-3027'],
      allow_provisional_firmware: true,
      allow_masked_chip_id: false,
      csp_ids: null,
      minimum_firmware: null,
    });
  });

  test('is what a document that says nothing gets, under its own name', () => {
    expect(parsePolicy({ name: 'mine' }).snp).toEqual(STANDARD_POLICY.snp);
    expect(parsePolicy({ name: 'mine', snp: { policy_bits: {} } }).snp).toEqual(STANDARD_POLICY.snp);
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
    ].map((document) => parsePolicy(document).digest);
    expect(new Set(digests).size).toBe(digests.length);
  });
});

describe('a policy that is not one', () => {
  const snp = (section: object) => ({ name: 'mine', snp: section });

  test.each<[string, unknown, string]>([
    ['no object', null, 'the document'],
    ['no name', {}, 'name'],
    ['a name with a line end', { name: 'mine\n' }, 'name'],
    ['an unknown member', { name: 'mine', tdx: {} }, 'tdx: unknown member'],
    ['an unknown rule', snp({ vmpls: [0] }), 'snp.vmpls: unknown member'],
    ['a rule on debugging', snp({ policy_bits: { debug: 'any' } }), 'snp.policy_bits.debug: unknown member'],
    [
      'a demand for a migration agent',
      snp({ policy_bits: { migrate_ma: 'required' } }),
      'snp.policy_bits.migrate_ma',
    ],
    [
      'a ban on the alias check',
      snp({ platform_bits: { alias_check_complete: 'forbidden' } }),
      'alias_check_complete',
    ],
    ['a word that is no rule', snp({ platform_bits: { ecc_en: 'on' } }), 'snp.platform_bits.ecc_en'],
    ['a number where a list belongs', snp({ vmpl: 0 }), 'snp.vmpl'],
    ['no privilege level at all', snp({ vmpl: [] }), 'snp.vmpl'],
    ['a privilege level of the host', snp({ vmpl: [4] }), 'snp.vmpl.0'],
    ['a report version not verified', snp({ report_versions: [6] }), 'snp.report_versions.0'],
    ['a product without root', snp({ products: ['Venice'] }), 'snp.products.0'],
    [
      'a status word of another vendor',
      snp({ accepted_tcb_statuses: ['Revoked'] }),
      'snp.accepted_tcb_statuses.0',
    ],
    ['a pattern for bulletins', snp({ accepted_advisories: ['AMD-SB-.*'] }), 'snp.accepted_advisories.0'],
    [
      'a bulletin with a line end',
      snp({ accepted_advisories: ['AMD-SB-3027\n'] }),
      'snp.accepted_advisories.0',
    ],
    [
      'a floor above a byte',
      snp({ tcb_floors: [{ cpuid: '19/01/1', tcb: { snp: 256 } }] }),
      'snp.tcb_floors.0.tcb.snp',
    ],
    ['an empty floor', snp({ tcb_floors: [{ cpuid: '19/01/1', tcb: {} }] }), 'snp.tcb_floors.0.tcb'],
    [
      'a processor written otherwise',
      snp({ tcb_floors: [{ cpuid: '19/1/1', tcb: { snp: 1 } }] }),
      'snp.tcb_floors.0.cpuid',
    ],
    [
      'two floors for one processor',
      snp({
        tcb_floors: [
          { cpuid: '19/01/1', tcb: { snp: 1 } },
          { cpuid: '19/01/1', tcb: { snp: 2 } },
        ],
      }),
      'snp.tcb_floors',
    ],
    ['a firmware version in hex', snp({ minimum_firmware: '1.37.1f' }), 'snp.minimum_firmware'],
    ['a firmware version above a byte', snp({ minimum_firmware: '1.55.256' }), 'snp.minimum_firmware'],
    ['a bit that no vector has', snp({ mitigation_bits: [64] }), 'snp.mitigation_bits.0'],
    ['a chip in capitals', snp({ chips_denied: ['AB'.repeat(64)] }), 'snp.chips_denied.0'],
    ['half a key digest', snp({ trusted_id_keys: ['ab'.repeat(24)] }), 'snp.trusted_id_keys.0'],
    ['an SVN above 32 bits', snp({ minimum_guest_svn: 2 ** 32 }), 'snp.minimum_guest_svn'],
  ])('%s', (_, document, path) => {
    const { code, stage, detail } = refusalOf(document);
    expect([code, stage]).toEqual(['policy_invalid', 'request']);
    expect(detail).toContain(path);
  });

  test('is told everything that is wrong at once', () => {
    const { detail } = refusalOf({ name: 'mine', version: 0, snp: { vmpl: [9], extra: 1 } });
    for (const path of ['version', 'snp.vmpl.0', 'snp.extra']) expect(detail).toContain(path);
  });
});
