/** The policies that ship, with their reasons. What a profile leaves out is as in `standard`. */
import type { AppraisalPolicy } from '../rats/policy.js';
import type { JsonObject } from '../rats/result.js';
import { parsePolicy } from './policy-schema.js';

const STANDARD: JsonObject = {
  name: 'standard',
  description:
    'What genuine cloud machines can meet, and nothing that is known to be broken. Applies where nobody chose another policy.',
  reasons: {
    'common.accepted_tcb_statuses':
      'UpToDate is what Intel’s own default policy accepts. NotShown is AMD alone: every number is met, and this report version cannot show a mitigation.',
    'common.accepted_advisories':
      'The whole fix of AMD-SB-3027 is SMT off, and nearly every cloud runs SMT; it costs the configuration its full approval.',
    'common.platforms':
      'Tenants of a cloud have no machines of their own. Whoever has should ask for them: nothing else answers an attacker with hands on the hardware.',
    'snp.vmpl': 'Code at a higher level shares the measurement of VMPL 0 and not its trust.',
    'snp.policy_bits.migrate_ma':
      'A migration agent may move the state of a guest through code that nobody verified.',
    'snp.policy_bits.cxl_allow': 'Memory on a CXL device is out of the processor’s package.',
    'snp.platform_bits.alias_check_complete':
      'BadRAM (AMD-SB-3015): memory that answers under two addresses.',
    'snp.platform_bits.tio_en': 'Trusted devices would need evidence of their own, which is not verified.',
    'snp.allow_provisional_firmware': 'Genuine AWS and Azure hosts run firmware that is not committed yet.',
    'snp.allow_masked_chip_id': 'A masked chip can neither be pinned nor denied.',
    'tdx.attributes.sept_ve_disable': 'With it clear, the host can inject #VE at memory accesses of the TD.',
    'tdx.attributes.migratable': 'The quote of a migrated TD does not tell where it came from.',
    'tdx.attributes.servtd_ext': 'A service TD can act on the TD after it was measured.',
  },
};

const STRICT: JsonObject = {
  name: 'strict',
  description:
    'Everything that hardware of today can be asked for. Milan, SMT and most clouds do not meet it. Add `"platforms": "registered"` where the machines are your own.',
  reasons: {
    'common.accepted_tcb_statuses': 'A mitigation that the report cannot show is not taken for granted.',
    'common.accepted_advisories': 'No known finding is accepted, AMD-SB-3027 (SMT) neither.',
    'snp.report_versions': 'Version 2 names no processor and has no alias check.',
    'snp.products':
      'Milan has neither ciphertext hiding nor a defence against page swapping, and the root seed of its keys has been extracted by software (arXiv 2605.12990).',
    'snp.policy_bits.smt': 'A sibling thread shares caches and predictors (AMD-SB-3027, StackWarp).',
    'snp.policy_bits.rapl_dis': 'Power measured by the host tells what the guest computes.',
    'snp.policy_bits.ciphertext_hiding_dram':
      'Ciphertext that the host can read leaks which blocks repeat (CipherLeaks, Heracles).',
    'snp.policy_bits.page_swap_disable': 'Pages that the host moves are re-encrypted on demand (Heracles).',
    'snp.platform_bits.iommu_write_safe':
      'Left to the table of bulletins, which asks for it on Turin (AMD-SB-3016): reports of Genoa do not have it set.',
    'snp.allow_provisional_firmware': 'Firmware that is not committed can be rolled back.',
    'tdx.attributes.perfmon': 'Performance counters are a side channel into and out of the TD.',
    'tdx.attributes.kl': 'Key Locker keys are not part of what is measured.',
  },
  common: { accepted_tcb_statuses: ['UpToDate'], accepted_advisories: [] },
  snp: {
    report_versions: [3, 4, 5],
    products: ['Genoa', 'Turin'],
    policy_bits: {
      smt: 'forbidden',
      rapl_dis: 'required',
      ciphertext_hiding_dram: 'required',
      page_swap_disable: 'required',
    },
    platform_bits: {
      smt_en: 'forbidden',
      rapl_dis: 'required',
      ciphertext_hiding_dram_en: 'required',
      ecc_en: 'required',
    },
    allow_provisional_firmware: false,
  },
  tdx: { attributes: { perfmon: 'forbidden', kl: 'forbidden' } },
};

/** Every word but those that no policy can say. */
const LAB: JsonObject = {
  name: 'lab',
  description:
    'Never in production: for machines on a desk whose firmware is whatever it is. Known holes are accepted; what stays asked for is that evidence is genuine, fresh and not open to a debugger.',
  reasons: {
    common: 'Old firmware is usual in a laboratory, and the status stays in the verdict.',
    'snp.vmpl': 'Services of a paravisor are tried out at every level.',
    'snp.platform_bits': 'Boards without ECC, alias check or a finished BIOS.',
    'tdx.attributes': 'TDs of development builds clear or set what they please.',
  },
  common: {
    accepted_tcb_statuses: [
      'UpToDate',
      'NotShown',
      'SWHardeningNeeded',
      'ConfigurationNeeded',
      'ConfigurationAndSWHardeningNeeded',
      'TDRelaunchAdvised',
      'TDRelaunchAdvisedConfigurationNeeded',
      'OutOfDate',
      'OutOfDateConfigurationNeeded',
    ],
  },
  snp: {
    vmpl: [0, 1, 2, 3],
    policy_bits: { migrate_ma: 'any', cxl_allow: 'any' },
    platform_bits: { alias_check_complete: 'any', tio_en: 'any' },
    allow_unknown_platform_bits: true,
    allow_masked_chip_id: true,
  },
  tdx: { attributes: { sept_ve_disable: 'any', migratable: 'any', servtd_ext: 'any' } },
};

/** By name. */
export const PROFILES: ReadonlyMap<string, AppraisalPolicy> = new Map(
  [STANDARD, STRICT, LAB].map((document) => {
    const policy = parsePolicy(document);
    return [policy.name, policy];
  }),
);
