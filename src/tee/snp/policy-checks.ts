/** Who asked for the report, and what the guest's POLICY permits (56860, ATTESTATION_REPORT and POLICY). */
import { checked, notRun } from '../../rats/check.js';
import type { SnpCheck } from './appraisal-input.js';
import { bitSet, POLICY_BIT } from './layout.js';
import type { SnpReport } from './report.js';

const REPORT = 'AMD 56860, section 7.3, ATTESTATION_REPORT';
const POLICY = 'AMD 56860, section 7.3, ATTESTATION_REPORT.POLICY';

const policyText = (report: SnpReport): string => `POLICY 0x${report.policy.toString(16)}`;
const setOrClear = (report: SnpReport, bit: keyof typeof POLICY_BIT): string =>
  `${bit} ${bitSet(report.policy, POLICY_BIT[bit]) ? 'set' : 'clear'}, ${policyText(report)}`;

/** Code at a higher level shares MEASUREMENT with VMPL 0 but not its trust. */
const vmpl: SnpCheck = ({ report, policy }) =>
  checked(policy.vmpl.includes(report.vmpl), 'snp_vmpl_not_allowed', `${REPORT}.VMPL`, {
    expected: `VMPL ${policy.vmpl.join(' or ')}`,
    observed: `VMPL ${report.vmpl}`,
  });

const reportVersion: SnpCheck = ({ report, policy }) =>
  checked(
    policy.report_versions.includes(report.version),
    'snp_report_version_not_allowed',
    `${REPORT}.VERSION`,
    { expected: `version ${policy.report_versions.join(' or ')}`, observed: `version ${report.version}` },
  );

const productLine: SnpCheck = ({ product, policy }) =>
  checked(
    policy.products.includes(product),
    'snp_product_not_allowed',
    'AMD 57230, section 1.5 (product names)',
    {
      expected: policy.products.join(' or '),
      observed: product,
    },
  );

/** No policy can lift this one. */
const debug: SnpCheck = ({ report }) =>
  checked(!bitSet(report.policy, POLICY_BIT.debug), 'snp_policy_debug', POLICY, {
    expected: 'debug clear',
    observed: setOrClear(report, 'debug'),
  });

/** The bit says that an agent may be bound, REPORT_ID_MA whether one is: all ones when none. */
const migrationAgent: SnpCheck = ({ report, policy }) => {
  const bound = !report.reportIdMa.every((byte) => byte === 0xff);
  const permitted = bitSet(report.policy, POLICY_BIT.migrate_ma);
  const rule = policy.policy_bits.migrate_ma;
  return checked(rule === 'any' || !(bound || permitted), 'snp_policy_migration_agent', POLICY, {
    expected: rule === 'any' ? 'any' : 'migrate_ma clear and no agent bound',
    observed: `${setOrClear(report, 'migrate_ma')}, ${bound ? 'an agent bound' : 'no agent bound'}`,
  });
};

const smt: SnpCheck = ({ report, policy }) =>
  checked(
    policy.policy_bits.smt === 'any' || !bitSet(report.policy, POLICY_BIT.smt),
    'snp_policy_smt',
    POLICY,
    {
      expected: policy.policy_bits.smt === 'any' ? 'any' : 'smt clear',
      observed: setOrClear(report, 'smt'),
    },
  );

const cxl: SnpCheck = ({ report, policy }) =>
  checked(
    policy.policy_bits.cxl_allow === 'any' || !bitSet(report.policy, POLICY_BIT.cxl_allow),
    'snp_policy_cxl',
    POLICY,
    {
      expected: policy.policy_bits.cxl_allow === 'any' ? 'any' : 'cxl_allow clear',
      observed: setOrClear(report, 'cxl_allow'),
    },
  );

/** Protections that a guest may insist on. */
const PROTECTIVE = [
  'single_socket',
  'mem_aes_256_xts',
  'rapl_dis',
  'ciphertext_hiding_dram',
  'page_swap_disable',
] as const;

const requiredBits: SnpCheck = ({ report, policy }) => {
  const required = PROTECTIVE.filter((bit) => policy.policy_bits[bit] === 'required');
  if (required.length === 0) {
    return notRun('snp_policy_required_bit_missing', POLICY, 'the policy requires no POLICY bit');
  }
  const clear = required.filter((bit) => !bitSet(report.policy, POLICY_BIT[bit]));
  return checked(clear.length === 0, 'snp_policy_required_bit_missing', POLICY, {
    expected: `${required.join(', ')} set`,
    observed: clear.length === 0 ? policyText(report) : `${clear.join(', ')} clear, ${policyText(report)}`,
  });
};

export const POLICY_CHECKS: readonly SnpCheck[] = [
  vmpl,
  reportVersion,
  productLine,
  debug,
  migrationAgent,
  smt,
  cxl,
  requiredBits,
];
