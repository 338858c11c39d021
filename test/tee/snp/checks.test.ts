import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { hexOf } from '../../../src/bytes/encoding.js';
import { firstFailure } from '../../../src/rats/check.js';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import type { JsonObject, TcbAssessment } from '../../../src/rats/result.js';
import { assessTcb } from '../../../src/tee/snp/bulletins.js';
import { appraiseSnp } from '../../../src/tee/snp/checks.js';
import { PLATFORM_BIT, POLICY_BIT } from '../../../src/tee/snp/layout.js';
import type { SnpSigner } from '../../../src/tee/snp/signer.js';
import { bits, CHIP, NOW, productOf, type ReportOptions, sampleReport, VCEK, VLEK } from './sample-report.js';

interface Case {
  readonly report?: ReportOptions;
  readonly signer?: SnpSigner;
  readonly snp?: JsonObject;
  readonly at?: Date;
  readonly tcb?: Partial<TcbAssessment>;
}

function appraise({ report = {}, signer = VCEK, snp = {}, at = NOW, tcb = {} }: Case = {}) {
  const decoded = sampleReport(report);
  const product = productOf(report.processor ?? '19/01/1');
  const assessed = { ...assessTcb({ report: decoded, product, at }), ...tcb };
  const policy = parsePolicy({ name: 'test', snp });
  const appraisal = appraiseSnp({ report: decoded, product, signer, tcb: assessed, policy });
  const failures = appraisal.checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
  const entry = (id: RefusalCode) => {
    const found = appraisal.checks.find((check) => check.id === id);
    if (found === undefined) throw new TypeError(`no entry for ${id}`);
    return found;
  };
  return { ...appraisal, failures, entry };
}

/** Rows 11 to 15 of the procedure without measurement and HOST_DATA, which reference values answer. */
const CODES: readonly RefusalCode[] = [
  'snp_vmpl_not_allowed',
  'snp_report_version_not_allowed',
  'snp_product_not_allowed',
  'snp_policy_debug',
  'snp_policy_migration_agent',
  'snp_policy_smt',
  'snp_policy_cxl',
  'snp_policy_required_bit_missing',
  'snp_platform_alias_check_missing',
  'snp_platform_bit_forbidden',
  'snp_platform_bit_required',
  'snp_tcb_status_not_accepted',
  'snp_tcb_below_minimum',
  'snp_firmware_below_minimum',
  'snp_firmware_provisional',
  'snp_mitigation_missing',
  'snp_id_key_not_trusted',
  'snp_author_key_not_trusted',
  'snp_guest_svn_below_minimum',
  'snp_chip_id_masked',
  'snp_chip_denied',
  'snp_csp_id_not_allowed',
];

const guest = (...names: (keyof typeof POLICY_BIT)[]): bigint =>
  bits(POLICY_BIT.reserved_one, ...names.map((name) => POLICY_BIT[name]));
const platform = (...names: (keyof typeof PLATFORM_BIT)[]): bigint =>
  bits(...names.map((name) => PLATFORM_BIT[name]));
const KEY = new Uint8Array(48).fill(0x1d);
const OTHER_KEY = new Uint8Array(48).fill(0x2d);
const AUTHOR = { raw: 1, authorKeyEnabled: true, maskChipKey: false, signingKey: 0 };
const NO_CHIP = new Uint8Array(64);

/** Each code: the nearest case that passes, and one deliberate difference. */
const CASES: readonly (readonly [RefusalCode, string, Case, Case])[] = [
  ['snp_vmpl_not_allowed', 'VMPL 1', {}, { report: { vmpl: 1 } }],
  [
    'snp_report_version_not_allowed',
    'version 2 where 3 to 5 are wanted',
    { snp: { report_versions: [3, 4, 5] } },
    { snp: { report_versions: [3, 4, 5] }, report: { version: 2 } },
  ],
  ['snp_product_not_allowed', 'Milan excluded', {}, { snp: { products: ['Genoa', 'Turin'] } }],
  ['snp_policy_debug', 'the debug bit', {}, { report: { policy: guest('debug') } }],
  ['snp_policy_migration_agent', 'the bit', {}, { report: { policy: guest('migrate_ma') } }],
  ['snp_policy_migration_agent', 'an agent bound', {}, { report: { reportIdMa: new Uint8Array(32) } }],
  [
    'snp_policy_smt',
    'SMT permitted where forbidden',
    { snp: { policy_bits: { smt: 'forbidden' } } },
    { snp: { policy_bits: { smt: 'forbidden' } }, report: { policy: guest('smt') } },
  ],
  ['snp_policy_cxl', 'the bit', {}, { report: { policy: guest('cxl_allow') } }],
  [
    'snp_policy_required_bit_missing',
    'one of two required bits clear',
    {
      snp: { policy_bits: { single_socket: 'required', rapl_dis: 'required' } },
      report: { policy: guest('single_socket', 'rapl_dis') },
    },
    {
      snp: { policy_bits: { single_socket: 'required', rapl_dis: 'required' } },
      report: { policy: guest('single_socket') },
    },
  ],
  [
    'snp_platform_alias_check_missing',
    'the bit clear',
    { snp: { accepted_advisories: ['AMD-SB-3015'] } },
    { snp: { accepted_advisories: ['AMD-SB-3015'] }, report: { platformInfo: platform('ecc_en') } },
  ],
  [
    'snp_platform_bit_forbidden',
    'trusted I/O on',
    {},
    { report: { platformInfo: platform('alias_check_complete', 'tio_en') } },
  ],
  [
    'snp_platform_bit_forbidden',
    'an unknown bit',
    {},
    { report: { platformInfo: platform('alias_check_complete') | bits(8) } },
  ],
  [
    'snp_platform_bit_required',
    'no ECC',
    { snp: { platform_bits: { ecc_en: 'required' } } },
    {
      snp: { platform_bits: { ecc_en: 'required' } },
      report: { platformInfo: platform('alias_check_complete') },
    },
  ],
  ['snp_tcb_status_not_accepted', 'SNP one below', {}, { report: { tcb: { snp: 0x1a } } }],
  [
    'snp_tcb_below_minimum',
    'launch one below the floor',
    { snp: { tcb_floors: [{ cpuid: '19/01/1', tcb: { bootloader: 4 } }] } },
    {
      snp: { tcb_floors: [{ cpuid: '19/01/1', tcb: { bootloader: 4 } }] },
      report: { launch: { bootloader: 3 } },
    },
  ],
  [
    'snp_firmware_below_minimum',
    'committed one build below',
    { snp: { minimum_firmware: '1.58.2' } },
    { snp: { minimum_firmware: '1.58.2' }, report: { committedVersion: { major: 1, minor: 58, build: 1 } } },
  ],
  [
    'snp_firmware_provisional',
    'newer microcode running than committed',
    { snp: { allow_provisional_firmware: false } },
    { snp: { allow_provisional_firmware: false }, report: { current: { microcode: 0xdf } } },
  ],
  [
    'snp_firmware_provisional',
    'newer firmware running than committed',
    { snp: { allow_provisional_firmware: false } },
    {
      snp: { allow_provisional_firmware: false },
      report: { currentVersion: { major: 1, minor: 58, build: 3 } },
    },
  ],
  [
    'snp_mitigation_missing',
    'set now, not at launch',
    { snp: { mitigation_bits: [5] } },
    { snp: { mitigation_bits: [5] }, report: { launchMitVector: 0x1fn } },
  ],
  [
    'snp_id_key_not_trusted',
    'another ID key',
    { snp: { trusted_id_keys: [hexOf(KEY)] }, report: { idKeyDigest: KEY } },
    { snp: { trusted_id_keys: [hexOf(KEY)] }, report: { idKeyDigest: OTHER_KEY } },
  ],
  [
    'snp_author_key_not_trusted',
    'a trusted digest that is not enabled',
    { snp: { trusted_author_keys: [hexOf(KEY)] }, report: { authorKeyDigest: KEY, keyInfo: AUTHOR } },
    { snp: { trusted_author_keys: [hexOf(KEY)] }, report: { authorKeyDigest: KEY } },
  ],
  [
    'snp_guest_svn_below_minimum',
    'one below',
    { snp: { minimum_guest_svn: 3 }, report: { guestSvn: 3 } },
    { snp: { minimum_guest_svn: 3 }, report: { guestSvn: 2 } },
  ],
  ['snp_chip_id_masked', 'a zero chip id', {}, { report: { chipId: NO_CHIP } }],
  [
    'snp_chip_denied',
    'a denied chip',
    { snp: { chips_denied: ['ff'.repeat(64)] } },
    { snp: { chips_denied: ['ff'.repeat(64), hexOf(CHIP)] } },
  ],
  [
    'snp_csp_id_not_allowed',
    'another region',
    { signer: VLEK, report: { chipId: NO_CHIP }, snp: { csp_ids: ['CN=cc-us-east-2.amazonaws.com'] } },
    { signer: VLEK, report: { chipId: NO_CHIP }, snp: { csp_ids: ['CN=cc-eu-west-1.amazonaws.com'] } },
  ],
];

describe('every code of the policy group', () => {
  test('has one entry, passed or not or not run, in the order of the procedure', () => {
    expect(appraise().checks.map(({ id }) => id)).toEqual(CODES);
    expect(appraise({ signer: VLEK, report: { version: 2 } }).checks.map(({ id }) => id)).toEqual(CODES);
  });

  test('fails in one case at least', () => {
    expect(new Set(CASES.map(([code]) => code))).toEqual(new Set(CODES));
  });

  test.each(CASES)('%s: %s', (code, _, clean, faulty) => {
    expect(appraise(clean).failures).toEqual([]);
    const appraisal = appraise(faulty);
    expect(appraisal.failures).toEqual([code]);
    const { expected, observed, source, remedy } = appraisal.entry(code);
    for (const text of [expected, observed, source, remedy]) expect(text).toMatch(/\w/);
    expect(expected).not.toBe(observed);
  });

  test('a denial leaves all other checks made', () => {
    const both = appraise({ report: { vmpl: 2, policy: guest('debug', 'cxl_allow') } });
    expect(both.failures).toEqual(['snp_vmpl_not_allowed', 'snp_policy_debug', 'snp_policy_cxl']);
    expect(both.checks).toHaveLength(CODES.length);
    expect(firstFailure(both.checks)?.id).toBe('snp_vmpl_not_allowed');
  });
});

describe('guest and platform bits', () => {
  test('debug_bit_fails_under_every_policy', () => {
    const report = { policy: guest('debug') };
    const loose: JsonObject = {
      vmpl: [0, 1, 2, 3],
      policy_bits: { migrate_ma: 'any', cxl_allow: 'any' },
      platform_bits: { alias_check_complete: 'any', tio_en: 'any' },
      allow_unknown_platform_bits: true,
      accepted_tcb_statuses: ['UpToDate', 'NotShown', 'ConfigurationNeeded', 'Unknown', 'OutOfDate'],
      allow_masked_chip_id: true,
    };
    expect(appraise({ report, snp: loose }).failures).toEqual(['snp_policy_debug']);
    expect(() => parsePolicy({ name: 'x', snp: { policy_bits: { debug: 'any' } } })).toThrow(
      'policy_invalid',
    );
  });

  test('platform_bit_polarity_table', () => {
    const ruled = [
      'smt_en',
      'tsme_en',
      'ecc_en',
      'rapl_dis',
      'ciphertext_hiding_dram_en',
      'iommu_write_safe',
      'tio_en',
    ] as const;
    for (const bit of ruled) {
      const failures = (rule: string, ...set: (keyof typeof PLATFORM_BIT)[]) =>
        appraise({
          snp: { platform_bits: { [bit]: rule } },
          report: { platformInfo: platform('alias_check_complete', ...set) },
        }).failures;
      expect([bit, failures('any'), failures('any', bit)]).toEqual([bit, [], []]);
      expect([bit, failures('required', bit), failures('forbidden')]).toEqual([bit, [], []]);
      expect([bit, failures('required')]).toEqual([bit, ['snp_platform_bit_required']]);
      expect([bit, failures('forbidden', bit)]).toEqual([bit, ['snp_platform_bit_forbidden']]);
    }
  });

  test('lifting the rule on migration agents lifts both of its conditions', () => {
    const report = { policy: guest('migrate_ma'), reportIdMa: new Uint8Array(32) };
    expect(appraise({ report, snp: { policy_bits: { migrate_ma: 'any' } } }).failures).toEqual([]);
  });

  test('unknown platform bits can be let through, and are named', () => {
    const report = { platformInfo: platform('alias_check_complete') | bits(9, 40) };
    expect(appraise({ report }).entry('snp_platform_bit_forbidden').observed).toContain(
      'unknown bits 0x10000000200',
    );
    expect(appraise({ report, snp: { allow_unknown_platform_bits: true } }).failures).toEqual([]);
  });

  test('a version 2 report cannot be asked for the alias check', () => {
    const { entry, failures, vector } = appraise({ report: { version: 2, platformInfo: 1n } });
    expect(failures).toEqual([]);
    expect(entry('snp_platform_alias_check_missing').outcome).toBe('not_run');
    expect(vector.configuration).toBe(3);
  });

  test('the remedy for a privilege level says how the guest asks for VMPL 0', () => {
    const { remedy, observed } = appraise({ report: { vmpl: 1, chipId: NO_CHIP }, signer: VLEK }).entry(
      'snp_vmpl_not_allowed',
    );
    expect(observed).toBe('VMPL 1');
    expect(remedy).toContain('privlevel');
    expect(remedy).toContain('--vmpl 0');
  });
});

describe('TCB', () => {
  const SMT = { policy: guest('smt'), platformInfo: platform('smt_en', 'ecc_en', 'alias_check_complete') };
  const GENOA = { processor: '19/11/1' };

  test('out_of_date_default_policy_fails, and the entry names bulletin and component', () => {
    const { entry, vector } = appraise({ report: { ...GENOA, committed: { microcode: 0x55 } } });
    const check = entry('snp_tcb_status_not_accepted');
    expect(check.outcome).toBe('fail');
    expect(check.observed).toContain('OutOfDate');
    expect(check.observed).toContain('AMD-SB-3020 vulnerable (committed microcode 85 below 86)');
    expect(check.source).toContain('assay-amd-bulletins@');
    expect(`${check.expected} ${check.observed} ${check.source}`).not.toMatch(/AMD says/i);
    expect(vector.hardware).toBe(96);
  });

  test('shipped_default_not_below_any_active_row', async () => {
    const { BULLETINS } = await import('../../../src/tee/snp/bulletin-table.js');
    const rows = BULLETINS.rows.filter(({ state }) => state === 'active');
    for (const { cpuid, floor, bulletin } of rows) {
      for (const [component, least] of Object.entries(floor)) {
        const report = { processor: cpuid, tcb: { [component]: least - 1 } };
        expect([bulletin, cpuid, appraise({ report }).failures]).toEqual([
          bulletin,
          cpuid,
          ['snp_tcb_status_not_accepted'],
        ]);
      }
    }
  });

  test('accepted advisories decide acceptance and never the status', () => {
    const vulnerable = { ...GENOA, tcb: { microcode: 0x55 } };
    const advisories = ['AMD-SB-3020', 'AMD-SB-3023', 'AMD-SB-3027'];
    const accepted = appraise({ report: vulnerable, snp: { accepted_advisories: advisories } });
    expect(accepted.failures).toEqual([]);
    expect(accepted.entry('snp_tcb_status_not_accepted').observed).toContain('OutOfDate');
    expect(accepted.vector.hardware).toBe(32);
    const partly = { accepted_advisories: ['AMD-SB-3020', 'AMD-SB-3027'] };
    expect(appraise({ report: vulnerable, snp: partly }).failures).toEqual(['snp_tcb_status_not_accepted']);
  });

  test('SMT is accepted by default, and costs the configuration its approval', () => {
    const { failures, vector } = appraise({ report: { ...GENOA, ...SMT } });
    expect(failures).toEqual([]);
    expect(vector).toMatchObject({ hardware: 2, configuration: 3 });
    const strict = { accepted_advisories: [] };
    expect(appraise({ report: { ...GENOA, ...SMT }, snp: strict }).failures).toEqual([
      'snp_tcb_status_not_accepted',
    ]);
  });

  test('what an older report does not show stands in the way only of a policy that wants it shown', () => {
    const report = { ...GENOA, ...SMT, version: 3 };
    expect(appraise({ report }).failures).toEqual([]);
    const shown = { accepted_tcb_statuses: ['UpToDate'] };
    expect(appraise({ report, snp: shown }).failures).toEqual(['snp_tcb_status_not_accepted']);
    expect(appraise({ report: { ...GENOA, version: 5 }, snp: shown }).failures).toEqual([]);
  });

  test('a retracted bulletin stands in nobody’s way', () => {
    const { entry } = appraise({
      report: GENOA,
      snp: { accepted_tcb_statuses: ['UpToDate'], accepted_advisories: [] },
    });
    expect(entry('snp_tcb_status_not_accepted')).toMatchObject({ outcome: 'pass' });
    expect(entry('snp_tcb_status_not_accepted').observed).toContain('AMD-SB-3034 retracted');
  });

  test('no_tcb_policy_is_reported_as_unjudged, unknown processors are a warning', () => {
    const { entry, vector, failures } = appraise({ report: { processor: '19/01/3' } });
    expect(failures).toEqual([]);
    expect(entry('snp_tcb_status_not_accepted')).toMatchObject({ outcome: 'not_run' });
    expect(entry('snp_tcb_below_minimum')).toMatchObject({ outcome: 'not_run' });
    expect(vector.hardware).toBe(32);
    const listed = { accepted_tcb_statuses: ['UpToDate', 'Unknown'] };
    expect(appraise({ report: { processor: '19/01/3' }, snp: listed }).vector.hardware).toBe(32);
  });

  test('a status word that nobody knows is not accepted', () => {
    expect(appraise({ tcb: { status: 'Fine', advisories: [] } }).failures).toEqual([
      'snp_tcb_status_not_accepted',
    ]);
  });

  test('UpToDate itself has to be listed', () => {
    const snp = { accepted_tcb_statuses: ['NotShown'] };
    expect(appraise({ report: { processor: '1a/02/1' }, snp }).failures).toEqual([
      'snp_tcb_status_not_accepted',
    ]);
  });

  test('explicit_policy_below_table_is_flagged', () => {
    const snp = { tcb_floors: [{ cpuid: '19/01/1', tcb: { microcode: 0xa9, bootloader: 4 } }] };
    const { entry, failures } = appraise({ snp, report: { tcb: { microcode: 0xdb } } });
    expect(entry('snp_tcb_below_minimum').outcome).toBe('pass');
    expect(entry('snp_tcb_below_minimum').expected).toMatch(
      /below assay-amd-bulletins@.*asks for microcode 222\)/,
    );
    expect(failures).toEqual(['snp_tcb_status_not_accepted']);
  });

  test('svn_higher_passes_lower_fails, per component and TCB', () => {
    const level = fc.integer({ min: 1, max: 254 });
    const which = fc.constantFrom('reported', 'committed', 'launch');
    const component = fc.constantFrom('fmc', 'bootloader', 'tee', 'snp', 'microcode');
    fc.assert(
      fc.property(level, which, component, (least, tcb, name) => {
        const snp = { tcb_floors: [{ cpuid: '1a/02/1', tcb: { [name]: least } }] };
        const outcome = (value: number) =>
          appraise({
            snp,
            report: { processor: '1a/02/1', tcb: { [name]: 255 }, [tcb]: { [name]: value } },
          }).entry('snp_tcb_below_minimum').outcome;
        expect([outcome(least - 1), outcome(least), outcome(least + 1)]).toEqual(['fail', 'pass', 'pass']);
      }),
    );
  });

  test('a floor for the line cannot be dodged with a report that names no processor', () => {
    const snp = { tcb_floors: [{ cpuid: '19/01/1', tcb: { snp: 1 } }] };
    const { entry } = appraise({ snp, report: { version: 2 } });
    expect(entry('snp_tcb_below_minimum')).toMatchObject({ outcome: 'fail' });
    expect(appraise({ snp, report: { processor: '19/11/1', version: 2 } }).failures).toEqual([]);
  });

  test('range_boundaries_both_sides of the firmware floor', () => {
    const outcome = (major: number, minor: number, build: number) =>
      appraise({
        snp: { minimum_firmware: '1.55.40' },
        report: { committedVersion: { major, minor, build } },
      }).entry('snp_firmware_below_minimum').outcome;
    expect([outcome(1, 55, 39), outcome(1, 54, 255), outcome(0, 255, 255)]).toEqual(['fail', 'fail', 'fail']);
    expect([outcome(1, 55, 40), outcome(1, 56, 0), outcome(2, 0, 0)]).toEqual(['pass', 'pass', 'pass']);
  });

  test('mitigations that the policy wants are not assumed of a report without vectors', () => {
    const { entry } = appraise({ snp: { mitigation_bits: [1] }, report: { version: 4 } });
    expect(entry('snp_mitigation_missing')).toMatchObject({ outcome: 'fail' });
    expect(entry('snp_mitigation_missing').observed).toContain('unknown');
  });
});

describe('who the guest and its chip are', () => {
  test('chip_not_in_allowlist_fails', () => {
    const others = { chips_allowed: ['ff'.repeat(64)] };
    expect(appraise({ snp: others })).toMatchObject({
      failures: ['snp_chip_denied'],
      vector: { 'instance-identity': 97 },
    });
    expect(appraise({ snp: others }).entry('snp_chip_denied').observed).toBe(hexOf(CHIP));
    expect(appraise({ snp: { chips_allowed: [] } }).failures).toEqual(['snp_chip_denied']);
    const listed = appraise({ snp: { chips_allowed: [hexOf(CHIP)] } });
    expect(listed).toMatchObject({ failures: [], vector: { 'instance-identity': 2 } });
  });

  test('Turin’s eight bytes name a chip as well as its sixty-four', () => {
    const report = { processor: '1a/02/1' };
    const signer = { ...VCEK, hwid: CHIP.subarray(0, 8) };
    for (const chip of [hexOf(CHIP), hexOf(CHIP.subarray(0, 8))]) {
      expect(appraise({ report, signer, snp: { chips_allowed: [chip] } }).failures).toEqual([]);
      expect(appraise({ report, signer, snp: { chips_denied: [chip] } }).failures).toEqual([
        'snp_chip_denied',
      ]);
    }
  });

  test('masking the chip id does not hide a chip from the lists: its certificate names it', () => {
    const report = { chipId: NO_CHIP };
    const masked = { allow_masked_chip_id: true };
    expect(appraise({ report, snp: { ...masked, chips_denied: [hexOf(CHIP)] } })).toMatchObject({
      failures: ['snp_chip_denied'],
      vector: { 'instance-identity': 96 },
    });
    expect(appraise({ report, snp: { ...masked, chips_allowed: [hexOf(CHIP)] } }).failures).toEqual([]);
    expect(appraise({ report, snp: masked }).failures).toEqual([]);
  });

  test('a VLEK names no chip: an allow list refuses it, masking is not asked', () => {
    const report = { chipId: NO_CHIP };
    expect(appraise({ report, signer: VLEK }).entry('snp_chip_id_masked').outcome).toBe('not_run');
    expect(appraise({ report, signer: VLEK, snp: { chips_allowed: [hexOf(CHIP)] } }).failures).toEqual([
      'snp_chip_denied',
    ]);
    expect(appraise({ report, signer: VLEK, snp: { chips_allowed: ['00'.repeat(64)] } }).failures).toEqual([
      'snp_chip_denied',
    ]);
  });

  test('a provider is compared whole, and a VLEK without one is none of the listed', () => {
    const report = { chipId: NO_CHIP };
    const snp = { csp_ids: ['CN=cc-us-east-2.amazonaws.com'] };
    const longer = { ...VLEK, cspId: 'CN=cc-us-east-2.amazonaws.com.example' };
    expect(appraise({ report, signer: longer, snp }).failures).toEqual(['snp_csp_id_not_allowed']);
    expect(appraise({ report, signer: { ...VLEK, cspId: null }, snp }).failures).toEqual([
      'snp_csp_id_not_allowed',
    ]);
    expect(appraise({ signer: VCEK, snp }).entry('snp_csp_id_not_allowed').outcome).toBe('not_run');
  });

  test('a digest of zeros is no key, even where zeros are listed', () => {
    const zeros = '00'.repeat(48);
    expect(appraise({ snp: { trusted_id_keys: [zeros] } }).failures).toEqual(['snp_id_key_not_trusted']);
    expect(appraise({ snp: { trusted_author_keys: [zeros] } }).failures).toEqual([
      'snp_author_key_not_trusted',
    ]);
  });
});

describe('the vector', () => {
  const vector = (change: Case) => appraise(change).vector;

  test('of a guest with nothing wrong', () => {
    expect(vector({})).toEqual({ hardware: 2, configuration: 2, 'runtime-opaque': 2 });
  });

  test('says hardware 32 where revocation was not looked at', () => {
    expect(vector({ signer: { ...VCEK, revocationChecked: false } }).hardware).toBe(32);
  });

  test.each(CASES)('of %s (%s) is contraindicated in one claim at least', (_code, _name, clean, faulty) => {
    const worst = (change: Case) => Math.max(...Object.values(vector(change)));
    expect(worst(clean)).toBeLessThan(96);
    expect(worst(faulty)).toBeGreaterThanOrEqual(96);
  });

  test('makes no statement on memory that may be read', () => {
    expect(vector({ report: { policy: guest('debug') } })).toEqual({ hardware: 2, configuration: 96 });
  });
});
