/** Section `snp`, held against itself, and against what report versions and products have. */
import type { SnpPolicy } from '../../rats/policy.js';
import type { VendorFacts } from '../../rats/vendor-facts.js';
import { emptyList, type Finding, finding, inBoth } from './finding.js';
import { lintFloors } from './snp-floors.js';

/** Mitigation vectors came with it. */
const VECTORS_FROM = 5;
/** Zen 3 has neither (AMD-SB-3021 names no mitigation for it). */
const NOT_ON_MILAN = ['ciphertext_hiding_dram', 'page_swap_disable'] as const;

export function lintSnp(snp: SnpPolicy, facts: VendorFacts): readonly Finding[] {
  return [
    ...lintChips(snp),
    ...lintLists(snp),
    ...lintBits(snp),
    ...lintMitigations(snp),
    ...lintFloors(snp, facts),
  ];
}

function lintChips({
  chips_allowed: allowed,
  chips_denied: denied,
  csp_ids: csps,
}: SnpPolicy): readonly Finding[] {
  const found = inBoth('snp.chips_denied', denied, allowed ?? [], () => ({
    severity: 'error',
    reason: 'is allowed as well; the denial wins',
  }));
  if (allowed === null) return found;
  const left = allowed.filter((chip) => !denied.includes(chip));
  const none =
    allowed.length > 0 && left.length === 0
      ? [finding('error', 'snp.chips_allowed', 'holds denied chips alone, so no chip is accepted')]
      : [];
  const vlek =
    csps === null
      ? []
      : [
          finding(
            'warning',
            'snp.csp_ids',
            'is never met: evidence with a VLEK names no chip, and chips_allowed asks for one',
          ),
        ];
  return [...found, ...none, ...vlek];
}

function lintLists(snp: SnpPolicy): readonly Finding[] {
  return [
    ...emptyList('snp.chips_allowed', snp.chips_allowed, 'chip'),
    ...emptyList('snp.csp_ids', snp.csp_ids, 'provider'),
    ...emptyList('snp.trusted_id_keys', snp.trusted_id_keys, 'ID key'),
    ...emptyList('snp.trusted_author_keys', snp.trusted_author_keys, 'author key'),
  ];
}

function lintBits({
  policy_bits: policy,
  platform_bits: platform,
  products,
  report_versions: versions,
}: SnpPolicy) {
  const found: Finding[] = [];
  const lacking = (path: string) => {
    if (!products.includes('Milan')) return;
    const only = products.length === 1;
    const reason = only
      ? 'cannot be set on Milan, the one product that is accepted: all evidence is denied'
      : 'cannot be set on Milan: leave Milan out of snp.products, which says so at once';
    found.push(finding(only ? 'error' : 'warning', path, reason));
  };
  for (const name of NOT_ON_MILAN) if (policy[name] === 'required') lacking(`snp.policy_bits.${name}`);
  if (platform.ciphertext_hiding_dram_en === 'required')
    lacking('snp.platform_bits.ciphertext_hiding_dram_en');
  if (policy.ciphertext_hiding_dram === 'required' && platform.ciphertext_hiding_dram_en === 'forbidden') {
    const reason =
      'contradicts policy_bits.ciphertext_hiding_dram: firmware starts such a guest only with the bit set';
    found.push(finding('error', 'snp.platform_bits.ciphertext_hiding_dram_en', reason));
  }
  if (policy.rapl_dis === 'required' && platform.rapl_dis === 'forbidden') {
    const reason = 'contradicts policy_bits.rapl_dis: firmware starts such a guest only with RAPL off';
    found.push(finding('error', 'snp.platform_bits.rapl_dis', reason));
  }
  if (policy.smt === 'forbidden' && platform.smt_en === 'required') {
    const reason = 'contradicts policy_bits.smt: firmware starts such a guest only with SMT off';
    found.push(finding('error', 'snp.platform_bits.smt_en', reason));
  }
  if (platform.alias_check_complete === 'required' && versions.every((version) => version < 3)) {
    const reason = 'is not in reports of version 2, the one version that is accepted: it asks nothing';
    found.push(finding('warning', 'snp.platform_bits.alias_check_complete', reason));
  }
  return found;
}

function lintMitigations({
  mitigation_bits: bits,
  mitigation_floors: floors,
  report_versions: versions,
}: SnpPolicy) {
  const older = versions.filter((version) => version < VECTORS_FROM);
  if (older.length === 0) return [];
  const paths = [
    ...(bits.length > 0 ? ['snp.mitigation_bits'] : []),
    ...floors.map((_, place) => `snp.mitigation_floors.${place}`),
  ];
  const none = older.length === versions.length;
  const reason = none
    ? 'is in none of the report versions that are accepted: all evidence that it is asked of is denied'
    : `is not in reports of version ${older.join(', ')}, which are denied then: leave them out of report_versions`;
  return paths.map((path) => finding(none ? 'error' : 'warning', path, reason));
}
