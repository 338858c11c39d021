/** Odd in a way of which the sound policy beside it shows nothing more: bounds, lists, several things at once. */
import type { JsonObject } from '../../../src/rats/result.js';

const [CHIP, KEY] = ['ab'.repeat(64), 'cd'.repeat(48)];
const UNTIL = '2026-12-31T00:00:00Z';
const grace = (until: string) => ({ common: { grace: { statuses: ['OutOfDate'], until } } });
const snp = (section: JsonObject) => ({ snp: section });

export const MORE_ODD_POLICIES: readonly (readonly [what: string, policy: JsonObject])[] = [
  ['Unknown before all others', { common: { accepted_tcb_statuses: ['Unknown', 'UpToDate'] } }],
  ['a grace of a year to the second', grace('2027-11-21T12:00:00Z')],
  ['a grace of a year and a second', grace('2027-11-21T12:00:01Z')],
  [
    'bulletins that nothing answers',
    { common: { accepted_advisories: ['AMD-SB-3007', 'AMD-SB-7033', 'AMD-SB-3034'] } },
  ],
  [
    'bulletins of both lists',
    { common: { accepted_advisories: ['AMD-SB-0001'], denied_advisories: ['AMD-SB-0002'] } },
  ],
  ['the date of today', { common: { minimum_tcb_date: '2026-11-20' } }],
  ['the date of the newest bulletin', { common: { minimum_tcb_date: '2026-05-12' } }],
  ['Intel’s advisory denied', { common: { denied_advisories: ['INTEL-SA-00960'] } }],
  [
    'a grace for a denied bulletin',
    {
      common: {
        denied_advisories: ['AMD-SB-3020'],
        grace: { advisories: ['AMD-SB-3020', 'AMD-SB-3027'], until: UNTIL },
      },
    },
  ],
  ['denied chips alone', snp({ chips_allowed: [CHIP], chips_denied: [CHIP], csp_ids: ['CN=cloud'] })],
  ['no provider', snp({ csp_ids: [] })],
  ['no keys', snp({ trusted_id_keys: [], trusted_author_keys: [] })],
  ['keys', snp({ trusted_id_keys: [KEY], trusted_author_keys: [KEY] })],
  ['hiding in the platform on Milan', snp({ platform_bits: { ciphertext_hiding_dram_en: 'required' } })],
  [
    'hiding in the platform on Milan alone',
    snp({
      platform_bits: { ciphertext_hiding_dram_en: 'required' },
      products: ['Milan'],
    }),
  ],
  [
    'hiding asked of the guest and forbidden to the platform',
    snp({
      policy_bits: { ciphertext_hiding_dram: 'required' },
      platform_bits: { ciphertext_hiding_dram_en: 'forbidden' },
      products: ['Turin'],
    }),
  ],
  [
    'bits forbidden to the platform alone',
    snp({
      platform_bits: { ciphertext_hiding_dram_en: 'forbidden', rapl_dis: 'forbidden', smt_en: 'required' },
    }),
  ],
  [
    'no alias check asked of version 2',
    snp({
      platform_bits: { alias_check_complete: 'any' },
      report_versions: [2],
    }),
  ],
  [
    'mitigations of some versions',
    snp({
      mitigation_bits: [1],
      mitigation_floors: [
        { product: 'Turin', bits: [2] },
        { cpuid: '19/11/1', bits: [0] },
      ],
    }),
  ],
  ['mitigations of no version', snp({ mitigation_bits: [1], report_versions: [3, 4] })],
  [
    'a mitigation floor for nobody',
    snp({ mitigation_floors: [{ cpuid: 'ff/ff/1', bits: [1] }], report_versions: [5] }),
  ],
  [
    'a floor for a product left out',
    snp({
      products: ['Milan'],
      mitigation_floors: [{ product: 'Turin', bits: [1] }],
      report_versions: [5],
    }),
  ],
  [
    'floors for nobody with every component',
    snp({ tcb_floors: [{ cpuid: 'ff/ff/1', tcb: { fmc: 1, snp: 0 } }] }),
  ],
  [
    'floors below the table',
    snp({
      tcb_floors: [
        { product: 'Turin', tcb: { fmc: 0, bootloader: 0, tee: 0, snp: 0 } },
        { product: 'Genoa', tcb: { bootloader: 0, tee: 0, snp: 0 } },
        { cpuid: '19/01/1', tcb: { microcode: 0, fmc: 9 } },
      ],
    }),
  ],
  [
    'firmware floors at, below and above the general one',
    snp({
      minimum_firmware: '1.55.9',
      firmware_floors: [
        { product: 'Milan', minimum: '0.99.99' },
        { product: 'Genoa', minimum: '1.54.200' },
        { product: 'Turin', minimum: '1.55.9' },
        { cpuid: '19/11/1', minimum: '1.55.10' },
        { cpuid: '19/01/1', minimum: '2.0.0' },
      ],
    }),
  ],
  ['no platform instance', { tdx: { platform_instances_allowed: [] } }],
  [
    'an instance denied',
    { tdx: { platform_instances_allowed: null, platform_instances_denied: ['1f'.repeat(16)] } },
  ],
  [
    'no platform instance, and one denied',
    {
      tdx: { platform_instances_allowed: [], platform_instances_denied: ['1f'.repeat(16)] },
    },
  ],
  ['bits of XFAM', { tdx: { xfam: { required: [0, 3, 5, 63], forbidden: [0, 1, 5, 9, 62] } } }],
  [
    'reasons for nothing',
    {
      reasons: {
        'snp.vmpl': 'w',
        'snp.vmpl.0': 'w',
        'snp.minimum_firmware.major': 'w',
        'snp.csp_ids.length': 'w',
        'common.accepted_tcb_statuses.length': 'w',
        'tdx.xfam.required': 'w',
        'snp.nothing': 'w',
        rules: 'w',
        'rules.first': 'w',
        'rules.second': 'w',
        'rules.third': 'w',
        'snp.products.0.x': 'w',
      },
      rules: ['first', 'second'].map((name) => ({ name, expression: 'claims.vmpl == 0', message: 'm' })),
    },
  ],
  [
    'rules that never pass and never fail',
    {
      rules: ['false', 'true', 'debug'].map((expression, place) => ({
        name: `r${place}`,
        expression,
        message: 'm',
      })),
    },
  ],
];
