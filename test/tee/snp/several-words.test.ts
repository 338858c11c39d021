/** Where a policy names several, or a guest breaks several: each is told, and told apart from the next. */
import { describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import { appraise } from './appraised.js';
import { bits, CHIP, guest, NO_CHIP, platform, VLEK } from './sample-report.js';

const KEYS = ['1d'.repeat(48), '2d'.repeat(48)] as const;
const CSPS = ['CN=cc-one.example', 'CN=cc-two.example'];

describe('what a policy allows', () => {
  test('of levels, versions and products', () => {
    const { entry } = appraise({
      snp: { vmpl: [0, 1], report_versions: [3, 5], products: ['Milan', 'Turin'] },
    });
    expect(entry('snp_vmpl_not_allowed')).toMatchObject({ expected: 'VMPL 0 or 1', observed: 'VMPL 0' });
    expect(entry('snp_report_version_not_allowed')).toMatchObject({
      expected: 'version 3 or 5',
      observed: 'version 5',
    });
    expect(entry('snp_product_not_allowed')).toMatchObject({ expected: 'Milan or Turin', observed: 'Milan' });
  });

  test('of ID keys, of author keys, and of none', () => {
    const told = (snp: Readonly<Record<string, readonly string[]>>) =>
      appraise({ snp, report: { idKeyDigest: new Uint8Array(48).fill(0x1d) } });
    expect(told({ trusted_id_keys: KEYS }).entry('snp_id_key_not_trusted')).toMatchObject({
      outcome: 'pass',
      expected: `${KEYS[0]} or ${KEYS[1]}`,
      observed: KEYS[0],
    });
    expect(told({ trusted_author_keys: KEYS }).entry('snp_author_key_not_trusted')).toMatchObject({
      outcome: 'fail',
      expected: `${KEYS[0]} or ${KEYS[1]}`,
      observed: 'no author key',
    });
    expect(told({ trusted_id_keys: [] }).entry('snp_id_key_not_trusted')).toMatchObject({
      outcome: 'fail',
      expected: 'none',
    });
  });

  test('of providers, and a VLEK that names none', () => {
    const told = (csp_ids: readonly string[] | null, cspId: string | null = 'CN=cc-one.example') =>
      appraise({ signer: { ...VLEK, cspId }, report: { chipId: NO_CHIP }, snp: { csp_ids } }).entry(
        'snp_csp_id_not_allowed',
      );
    expect(told(CSPS)).toMatchObject({
      outcome: 'pass',
      expected: 'CN=cc-one.example or CN=cc-two.example',
      observed: 'CN=cc-one.example',
    });
    expect(told(CSPS, null)).toMatchObject({ outcome: 'fail', observed: 'none' });
    expect(told(null)).toMatchObject({ outcome: 'pass', expected: 'any' });
  });

  test('of chips: one list or both, each with its length', () => {
    const others = ['ee'.repeat(64), 'ff'.repeat(64)];
    const told = (snp: Readonly<Record<string, readonly string[]>>) =>
      appraise({ snp }).entry('snp_chip_denied');
    expect(told({ chips_allowed: [...others, hexOf(CHIP)] })).toMatchObject({
      outcome: 'pass',
      expected: 'one of 3 allowed chips',
      observed: hexOf(CHIP),
    });
    expect(told({ chips_denied: others })).toMatchObject({
      outcome: 'pass',
      expected: 'none of 2 denied chips',
    });
    expect(told({ chips_allowed: [hexOf(CHIP)], chips_denied: others }).expected).toBe(
      'one of 1 allowed chips, none of 2 denied chips',
    );
    const nameless = appraise({ signer: VLEK, report: { chipId: NO_CHIP }, snp: { chips_denied: others } });
    expect(nameless.entry('snp_chip_denied')).toMatchObject({
      outcome: 'pass',
      observed: 'no chip is named',
    });
  });

  test('of firmware: the general floor and that of the processor, both of which have to be met', () => {
    const snp = (first: string, second: string) => ({
      minimum_firmware: first,
      firmware_floors: [{ cpuid: '19/01/1', minimum: second }],
    });
    const told = (first: string, second: string) =>
      appraise({ snp: snp(first, second) }).entry('snp_firmware_below_minimum');
    expect(told('1.55.29', '1.58.2')).toMatchObject({
      outcome: 'pass',
      expected: 'at least 1.55.29 and 1.58.2',
      observed: '1.58.2',
    });
    expect(told('1.55.29', '1.58.3').outcome).toBe('fail');
    expect(told('1.58.3', '1.55.29').outcome).toBe('fail');
  });

  test('anything of: masked chips, bits, agents', () => {
    const snp = {
      allow_masked_chip_id: true,
      allow_unknown_platform_bits: true,
      policy_bits: { migrate_ma: 'any', cxl_allow: 'any', smt: 'any' },
      platform_bits: { tio_en: 'any', alias_check_complete: 'any' },
    };
    const report = {
      chipId: NO_CHIP,
      policy: guest('migrate_ma', 'cxl_allow', 'smt'),
      reportIdMa: new Uint8Array(32),
      platformInfo: platform('ecc_en', 'tio_en') | bits(9),
    };
    const { failures, entry } = appraise({ snp, report, common: { accepted_advisories: ['AMD-SB-3015'] } });
    expect(failures).toEqual([]);
    expect(entry('snp_chip_id_masked').expected).toBe('masked or not');
    expect(entry('snp_policy_migration_agent')).toMatchObject({
      expected: 'any',
      observed: `migrate_ma set, POLICY 0x${report.policy.toString(16)}, an agent bound`,
    });
    expect(entry('snp_policy_cxl').expected).toBe('any');
    expect(entry('snp_policy_smt').expected).toBe('any');
    expect(entry('snp_platform_alias_check_missing').expected).toBe('any');
    expect(entry('snp_platform_bit_forbidden').expected).toBe('any');
  });
});

describe('bits', () => {
  test('of POLICY that have to be set: all of them, and those that are clear', () => {
    const policy_bits = { single_socket: 'required', rapl_dis: 'required', page_swap_disable: 'required' };
    const told = (...set: ('single_socket' | 'rapl_dis' | 'page_swap_disable')[]) =>
      appraise({ snp: { policy_bits }, report: { policy: guest(...set) } }).entry(
        'snp_policy_required_bit_missing',
      );
    expect(told('rapl_dis')).toMatchObject({
      outcome: 'fail',
      expected: 'single_socket, rapl_dis, page_swap_disable set',
      observed: 'single_socket, page_swap_disable clear, POLICY 0x820000',
    });
    expect(told('single_socket', 'rapl_dis', 'page_swap_disable')).toMatchObject({
      outcome: 'pass',
      observed: 'POLICY 0x2920000',
    });
  });

  test('of PLATFORM_INFO that must not be: all of them, those that are set, and unknown ones', () => {
    const snp = { platform_bits: { smt_en: 'forbidden', tsme_en: 'forbidden', rapl_dis: 'forbidden' } };
    const told = (platformInfo: bigint, changes = {}) =>
      appraise({ snp: { ...snp, ...changes }, report: { platformInfo } }).entry('snp_platform_bit_forbidden');
    const broken = platform('alias_check_complete', 'smt_en', 'rapl_dis') | bits(8, 10);
    expect(told(broken)).toMatchObject({
      outcome: 'fail',
      expected: 'smt_en, tsme_en, rapl_dis, tio_en, unknown bits clear',
      observed: 'smt_en, rapl_dis, unknown bits 0x500 set, PLATFORM_INFO 0x529',
    });
    expect(told(platform('alias_check_complete'))).toMatchObject({
      outcome: 'pass',
      observed: 'PLATFORM_INFO 0x20',
    });
  });

  test('of PLATFORM_INFO that have to be set: all of them, and those that are clear', () => {
    const platform_bits = { ecc_en: 'required', tsme_en: 'required', rapl_dis: 'required' };
    const told = (platformInfo: bigint) =>
      appraise({ snp: { platform_bits }, report: { platformInfo } }).entry('snp_platform_bit_required');
    expect(told(platform('alias_check_complete', 'ecc_en'))).toMatchObject({
      outcome: 'fail',
      expected: 'tsme_en, ecc_en, rapl_dis set',
      observed: 'tsme_en, rapl_dis clear, PLATFORM_INFO 0x24',
    });
    expect(told(platform('alias_check_complete', 'ecc_en', 'tsme_en', 'rapl_dis'))).toMatchObject({
      outcome: 'pass',
      observed: 'PLATFORM_INFO 0x2e',
    });
  });

  test('of mitigations, in both vectors', () => {
    const told = (report: object) =>
      appraise({ snp: { mitigation_bits: [1, 5] }, report }).entry('snp_mitigation_missing');
    expect(told({ launchMitVector: 0x1fn })).toMatchObject({
      outcome: 'fail',
      expected: 'bits 1, 5 set at launch and now',
      observed: 'launch 0x1f, current 0x3f',
    });
    for (const one of [{ launchMitVector: null }, { currentMitVector: null }]) {
      expect(told(one)).toMatchObject({
        outcome: 'fail',
        observed: 'unknown: a version 5 report has no mitigation vectors',
      });
    }
  });

  test('an agent is bound unless every byte says none', () => {
    const reportIdMa = new Uint8Array(32).fill(0xff);
    reportIdMa[31] = 0xfe;
    expect(appraise({ report: { reportIdMa } }).entry('snp_policy_migration_agent')).toMatchObject({
      outcome: 'fail',
      observed: 'migrate_ma clear, POLICY 0x20000, an agent bound',
    });
  });
});

describe('levels', () => {
  const FLOOR = { bootloader: 4, snp: 0x1e, microcode: 0xdf };
  const told = (tcb: Readonly<Record<string, number>>, report: object = {}) =>
    appraise({ snp: { tcb_floors: [{ cpuid: '19/01/1', tcb }] }, report }).entry('snp_tcb_below_minimum');

  test('below a floor: each of the three TCBs with each of its components', () => {
    expect(told(FLOOR, { launch: { bootloader: 3 } })).toMatchObject({
      outcome: 'fail',
      expected: 'at least bootloader 4, snp 30, microcode 223',
      observed:
        'reported snp 29, reported microcode 222, committed snp 29, committed microcode 222, launch bootloader 3, launch snp 29, launch microcode 222',
    });
  });

  test('at a floor, and a floor that is below the table', () => {
    expect(told({ snp: 0x1d })).toMatchObject({
      outcome: 'pass',
      observed: 'bootloader 4, tee 0, snp 29, microcode 222',
    });
    expect(told({ snp: 0x1d }).expected).toBe('at least snp 29');
    const low = told({ bootloader: 1, tee: 0, snp: 1 }).expected;
    expect(low).toMatch(
      /^at least bootloader 1, tee 0, snp 1 \(this floor is below assay-amd-bulletins@\d{4}-\d\d, which asks for bootloader \d+, snp \d+\)$/u,
    );
  });

  test('of a floor that asks for what the table asks for: it is not below it', () => {
    const floor = (snp: number) =>
      appraise({
        report: { processor: '19/11/1' },
        snp: { tcb_floors: [{ cpuid: '19/11/1', tcb: { snp } }] },
      }).entry('snp_tcb_below_minimum').expected;
    expect(floor(27)).toBe('at least snp 27');
    expect(floor(26)).toMatch(/^at least snp 26 \(this floor is below .*, which asks for snp 27\)$/u);
  });

  test('of processors that a version 2 report may be: each is named', () => {
    const tcb_floors = [
      { cpuid: '19/01/1', tcb: { snp: 1 } },
      { cpuid: '19/01/2', tcb: { snp: 2 } },
    ];
    const entry = appraise({ snp: { tcb_floors }, report: { version: 2 } }).entry('snp_tcb_below_minimum');
    expect(entry).toMatchObject({
      outcome: 'fail',
      expected: 'a processor that is named, to be held to what the policy asks of 19/01/1, 19/01/2',
      observed: 'a version 2 report does not name its processor',
    });
  });
});
