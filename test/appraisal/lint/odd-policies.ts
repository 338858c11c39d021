/** Policies in which something is odd, each with what the linter finds there. */
import type { JsonObject } from '../../../src/rats/result.js';

const CHIP = 'ab'.repeat(64);
const OTHER_CHIP = 'cd'.repeat(64);
const INSTANCE = '1f'.repeat(16);
const UNTIL = '2026-12-31T00:00:00Z';

/** What is odd, beside it the nearest policy that is not. */
export const ODD_POLICIES: readonly (readonly [
  what: string,
  odd: JsonObject,
  finding: string,
  plain: JsonObject,
])[] = [
  [
    'UpToDate left out',
    { common: { accepted_tcb_statuses: ['NotShown'] } },
    'warning common.accepted_tcb_statuses',
    { common: { accepted_tcb_statuses: ['UpToDate'] } },
  ],
  [
    'Unknown listed',
    { common: { accepted_tcb_statuses: ['UpToDate', 'Unknown'] } },
    'warning common.accepted_tcb_statuses.1',
    { common: { accepted_tcb_statuses: ['UpToDate', 'OutOfDate'] } },
  ],
  [
    'a grace for what is accepted',
    { common: { grace: { statuses: ['OutOfDate', 'UpToDate'], until: UNTIL } } },
    'warning common.grace.statuses.1',
    { common: { grace: { statuses: ['OutOfDate'], until: UNTIL } } },
  ],
  [
    'a grace for an accepted bulletin',
    { common: { grace: { advisories: ['AMD-SB-3027'], until: UNTIL } } },
    'warning common.grace.advisories.0',
    { common: { grace: { advisories: ['AMD-SB-3020'], until: UNTIL } } },
  ],
  [
    'a grace that is over',
    { common: { grace: { statuses: ['OutOfDate'], until: '2026-11-20T12:00:00Z' } } },
    'warning common.grace.until',
    { common: { grace: { statuses: ['OutOfDate'], until: '2026-11-20T12:00:01Z' } } },
  ],
  [
    'a grace of years',
    { common: { grace: { statuses: ['OutOfDate'], until: '2028-01-01T00:00:00Z' } } },
    'warning common.grace.until',
    { common: { grace: { statuses: ['OutOfDate'], until: UNTIL } } },
  ],
  [
    'documents that count for more than a week past their end',
    { common: { stale_endorsements: { hours: 169 } } },
    'warning common.stale_endorsements.hours',
    { common: { stale_endorsements: { hours: 168 } } },
  ],
  [
    'early requirements that deny nobody',
    { common: { tcb_track: 'early', accepted_tcb_statuses: ['UpToDate', 'OutOfDate'] } },
    'warning common.tcb_track',
    { common: { tcb_track: 'early' } },
  ],
  [
    'a bulletin accepted and denied',
    { common: { denied_advisories: ['AMD-SB-3027'] } },
    'error common.denied_advisories.0',
    { common: { denied_advisories: ['AMD-SB-3020'] } },
  ],
  [
    'a bulletin spared and denied',
    { common: { denied_advisories: ['AMD-SB-3020'], grace: { advisories: ['AMD-SB-3020'], until: UNTIL } } },
    'error common.denied_advisories.0',
    { common: { denied_advisories: ['AMD-SB-3020'], grace: { advisories: ['AMD-SB-3019'], until: UNTIL } } },
  ],
  [
    'a bulletin that nobody knows',
    { common: { denied_advisories: ['AMD-SB-0001'] } },
    'warning common.denied_advisories.0',
    { common: { denied_advisories: ['INTEL-SA-00001'] } },
  ],
  [
    'a withdrawn bulletin',
    { common: { accepted_advisories: ['AMD-SB-3034'] } },
    'warning common.accepted_advisories.0',
    { common: { accepted_advisories: ['AMD-SB-3027'] } },
  ],
  [
    'a date to come',
    { common: { minimum_tcb_date: '2026-11-21' } },
    'error common.minimum_tcb_date',
    { common: { minimum_tcb_date: '2026-02-01' } },
  ],
  [
    'a date after every bulletin',
    { common: { minimum_tcb_date: '2026-11-20' } },
    'warning common.minimum_tcb_date',
    { common: { minimum_tcb_date: '2026-02-01' } },
  ],
  [
    'a chip allowed and denied',
    { snp: { chips_allowed: [CHIP, OTHER_CHIP], chips_denied: [CHIP] } },
    'error snp.chips_denied.0',
    { snp: { chips_allowed: [OTHER_CHIP], chips_denied: [CHIP] } },
  ],
  [
    'no chip at all',
    { snp: { chips_allowed: [] } },
    'warning snp.chips_allowed',
    { snp: { chips_allowed: [CHIP] } },
  ],
  [
    'providers beside chips',
    { snp: { chips_allowed: [CHIP], csp_ids: ['CN=cloud'] } },
    'warning snp.csp_ids',
    { snp: { csp_ids: ['CN=cloud'] } },
  ],
  [
    'ciphertext hiding on Milan',
    { snp: { policy_bits: { ciphertext_hiding_dram: 'required' } } },
    'warning snp.policy_bits.ciphertext_hiding_dram',
    { snp: { policy_bits: { ciphertext_hiding_dram: 'required' }, products: ['Genoa', 'Turin'] } },
  ],
  [
    'ciphertext hiding on Milan alone',
    { snp: { policy_bits: { page_swap_disable: 'required' }, products: ['Milan'] } },
    'error snp.policy_bits.page_swap_disable',
    { snp: { policy_bits: { page_swap_disable: 'required' }, products: ['Turin'] } },
  ],
  [
    'SMT needed and forbidden',
    { snp: { policy_bits: { smt: 'forbidden' }, platform_bits: { smt_en: 'required' } } },
    'error snp.platform_bits.smt_en',
    { snp: { policy_bits: { smt: 'forbidden' }, platform_bits: { smt_en: 'forbidden' } } },
  ],
  [
    'RAPL off and on',
    { snp: { policy_bits: { rapl_dis: 'required' }, platform_bits: { rapl_dis: 'forbidden' } } },
    'error snp.platform_bits.rapl_dis',
    { snp: { policy_bits: { rapl_dis: 'required' }, platform_bits: { rapl_dis: 'required' } } },
  ],
  [
    'the alias check of version 2',
    { snp: { report_versions: [2] } },
    'warning snp.platform_bits.alias_check_complete',
    { snp: { report_versions: [3] } },
  ],
  [
    'mitigation bits of versions without vectors',
    { snp: { mitigation_bits: [1] } },
    'warning snp.mitigation_bits',
    { snp: { mitigation_bits: [1], report_versions: [5] } },
  ],
  [
    'mitigation bits that no accepted version has',
    { snp: { mitigation_floors: [{ product: 'Genoa', bits: [1] }], report_versions: [2, 3, 4] } },
    'error snp.mitigation_floors.0',
    { snp: { mitigation_floors: [{ product: 'Genoa', bits: [1] }], report_versions: [5] } },
  ],
  [
    'a floor for a product that is not accepted',
    { snp: { products: ['Turin'], tcb_floors: [{ product: 'Milan', tcb: { snp: 255 } }] } },
    'warning snp.tcb_floors.0.product',
    { snp: { products: ['Milan'], tcb_floors: [{ product: 'Milan', tcb: { snp: 255 } }] } },
  ],
  [
    'a floor for a processor of such a product',
    { snp: { products: ['Turin'], firmware_floors: [{ cpuid: '19/01/1', minimum: '1.55.1' }] } },
    'warning snp.firmware_floors.0.cpuid',
    { snp: { firmware_floors: [{ cpuid: '19/01/1', minimum: '1.55.1' }] } },
  ],
  [
    'a floor for no known processor',
    { snp: { tcb_floors: [{ cpuid: '19/01/7', tcb: { snp: 255 } }] } },
    'warning snp.tcb_floors.0.cpuid',
    { snp: { tcb_floors: [{ cpuid: '19/01/1', tcb: { snp: 255 } }] } },
  ],
  [
    'explicit_policy_below_table_is_flagged, by cpuid',
    { snp: { tcb_floors: [{ cpuid: '19/11/1', tcb: { microcode: 0x55 } }] } },
    'warning snp.tcb_floors.0.tcb.microcode',
    { snp: { tcb_floors: [{ cpuid: '19/11/1', tcb: { microcode: 0x56 } }] } },
  ],
  [
    'explicit_policy_below_table_is_flagged, by product',
    { snp: { tcb_floors: [{ product: 'Genoa', tcb: { snp: 26 } }] } },
    'warning snp.tcb_floors.0.tcb.snp',
    { snp: { tcb_floors: [{ product: 'Genoa', tcb: { snp: 27 } }] } },
  ],
  [
    'fmc of a product without',
    { snp: { tcb_floors: [{ product: 'Genoa', tcb: { fmc: 1 } }] } },
    'warning snp.tcb_floors.0.tcb.fmc',
    { snp: { tcb_floors: [{ product: 'Turin', tcb: { fmc: 1 } }] } },
  ],
  [
    'a firmware floor below the general one',
    { snp: { minimum_firmware: '1.55.9', firmware_floors: [{ product: 'Genoa', minimum: '1.55.9' }] } },
    'warning snp.firmware_floors.0',
    { snp: { minimum_firmware: '1.55.9', firmware_floors: [{ product: 'Genoa', minimum: '1.55.10' }] } },
  ],
  ['no family', { tdx: { fmspcs: [] } }, 'warning tdx.fmspcs', { tdx: { fmspcs: ['00806f050000'] } }],
  [
    'no module',
    { tdx: { module_floors: [] } },
    'warning tdx.module_floors',
    { tdx: { module_floors: [{ major: 1, isvsvn: 6 }] } },
  ],
  [
    'a platform allowed and denied',
    {
      tdx: { platform_instances_allowed: [INSTANCE, '2f'.repeat(16)], platform_instances_denied: [INSTANCE] },
    },
    'error tdx.platform_instances_denied.0',
    { tdx: { platform_instances_allowed: ['2f'.repeat(16)], platform_instances_denied: [INSTANCE] } },
  ],
  [
    'a bit required and forbidden',
    { tdx: { xfam: { required: [9], forbidden: [9] } } },
    'error tdx.xfam.forbidden.0',
    { tdx: { xfam: { required: [9], forbidden: [17] } } },
  ],
  [
    'a bit that no TD may have',
    { tdx: { xfam: { required: [3] } } },
    'error tdx.xfam.required.0',
    { tdx: { xfam: { required: [2] } } },
  ],
  [
    'a bit that every TD has',
    { tdx: { xfam: { forbidden: [0] } } },
    'error tdx.xfam.forbidden.0',
    { tdx: { xfam: { forbidden: [2] } } },
  ],
  [
    'a bit forbidden anyway',
    { tdx: { xfam: { forbidden: [63] } } },
    'warning tdx.xfam.forbidden.0',
    { tdx: { xfam: { forbidden: [2] } } },
  ],
  [
    'a reason for nothing',
    { reasons: { 'snp.vmpls': 'why' } },
    'warning reasons.snp.vmpls',
    { reasons: { 'snp.vmpl': 'why', common: 'why', rules: 'why' } },
  ],
];
