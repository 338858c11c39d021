/** Who asked for the report, and what the guest's POLICY permits (56860, ATTESTATION_REPORT and POLICY). */
import { checked, notRun } from '../../rats/check.js';
import { askedOnce } from '../../rats/once.js';
import type { SnpPolicy } from '../../rats/policy.js';
import type { CheckResult } from '../../rats/result.js';
import type { SnpCheck } from './appraisal-input.js';
import { bitSet, POLICY_BIT } from './layout.js';
import type { SnpProduct } from './product.js';

const REPORT = 'AMD 56860, section 7.3, ATTESTATION_REPORT';
const POLICY = 'AMD 56860, section 7.3, ATTESTATION_REPORT.POLICY';

const policyText = (word: bigint): string => `POLICY 0x${word.toString(16)}`;
const setOrClear = (word: bigint, bit: keyof typeof POLICY_BIT): string =>
  `${bit} ${bitSet(word, POLICY_BIT[bit]) ? 'set' : 'clear'}, ${policyText(word)}`;

/** Code at a higher level shares MEASUREMENT with VMPL 0 but not its trust. */
const vmpl = askedOnce((level: number, policy: SnpPolicy) =>
  checked(policy.vmpl.includes(level), 'snp_vmpl_not_allowed', `${REPORT}.VMPL`, {
    expected: `VMPL ${policy.vmpl.join(' or ')}`,
    observed: `VMPL ${level}`,
  }),
);

const reportVersion = askedOnce((version: number, policy: SnpPolicy) =>
  checked(policy.report_versions.includes(version), 'snp_report_version_not_allowed', `${REPORT}.VERSION`, {
    expected: `version ${policy.report_versions.join(' or ')}`,
    observed: `version ${version}`,
  }),
);

const productLine = askedOnce((product: SnpProduct, policy: SnpPolicy) =>
  checked(
    policy.products.includes(product),
    'snp_product_not_allowed',
    'AMD 57230, section 1.5 (product names)',
    {
      expected: policy.products.join(' or '),
      observed: product,
    },
  ),
);

/** No policy can lift this one. */
const debug = (word: bigint): CheckResult =>
  checked(!bitSet(word, POLICY_BIT.debug), 'snp_policy_debug', POLICY, {
    expected: 'debug clear',
    observed: setOrClear(word, 'debug'),
  });

/** The bit says that an agent may be bound, REPORT_ID_MA whether one is: all ones when none. */
const migrationAgent: SnpCheck = ({ report, policy }) => {
  const bound = !report.reportIdMa.every((byte) => byte === 0xff);
  return bound ? withAgent(report.policy, policy) : withoutAgent(report.policy, policy);
};
const withAgent = askedOnce((word: bigint, policy: SnpPolicy) => judgeAgent(word, policy, true));
const withoutAgent = askedOnce((word: bigint, policy: SnpPolicy) => judgeAgent(word, policy, false));

function judgeAgent(word: bigint, policy: SnpPolicy, bound: boolean): CheckResult {
  const permitted = bitSet(word, POLICY_BIT.migrate_ma);
  const rule = policy.policy_bits.migrate_ma;
  return checked(rule === 'any' || !(bound || permitted), 'snp_policy_migration_agent', POLICY, {
    expected: rule === 'any' ? 'any' : 'migrate_ma clear and no agent bound',
    observed: `${setOrClear(word, 'migrate_ma')}, ${bound ? 'an agent bound' : 'no agent bound'}`,
  });
}

const smt = (word: bigint, { policy_bits: rules }: SnpPolicy): CheckResult =>
  checked(rules.smt === 'any' || !bitSet(word, POLICY_BIT.smt), 'snp_policy_smt', POLICY, {
    expected: rules.smt === 'any' ? 'any' : 'smt clear',
    observed: setOrClear(word, 'smt'),
  });

const cxl = (word: bigint, { policy_bits: rules }: SnpPolicy): CheckResult =>
  checked(rules.cxl_allow === 'any' || !bitSet(word, POLICY_BIT.cxl_allow), 'snp_policy_cxl', POLICY, {
    expected: rules.cxl_allow === 'any' ? 'any' : 'cxl_allow clear',
    observed: setOrClear(word, 'cxl_allow'),
  });

/** Protections that a guest may insist on. */
const PROTECTIVE = [
  'single_socket',
  'mem_aes_256_xts',
  'rapl_dis',
  'ciphertext_hiding_dram',
  'page_swap_disable',
] as const;

const requiredBits = (word: bigint, policy: SnpPolicy): CheckResult => {
  const required = PROTECTIVE.filter((bit) => policy.policy_bits[bit] === 'required');
  if (required.length === 0) {
    return notRun('snp_policy_required_bit_missing', POLICY, 'the policy requires no POLICY bit');
  }
  const clear = required.filter((bit) => !bitSet(word, POLICY_BIT[bit]));
  return checked(clear.length === 0, 'snp_policy_required_bit_missing', POLICY, {
    expected: `${required.join(', ')} set`,
    observed: clear.length === 0 ? policyText(word) : `${clear.join(', ')} clear, ${policyText(word)}`,
  });
};

const ofWord = (answer: (word: bigint, policy: SnpPolicy) => CheckResult): SnpCheck => {
  const asked = askedOnce(answer);
  return ({ report, policy }) => asked(report.policy, policy);
};

export const POLICY_CHECKS: readonly SnpCheck[] = [
  ({ report, policy }) => vmpl(report.vmpl, policy),
  ({ report, policy }) => reportVersion(report.version, policy),
  ({ product, policy }) => productLine(product, policy),
  ofWord(debug),
  migrationAgent,
  ofWord(smt),
  ofWord(cxl),
  ofWord(requiredBits),
];
