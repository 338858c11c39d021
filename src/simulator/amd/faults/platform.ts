/** Faults that policy sees in the guest's POLICY and the platform's state (procedure steps 11 to 13). */
import type { JsonObject } from '../../../rats/result.js';
import type { PolicyDocument } from '../../policy-document.js';
import type { Fault } from '../fault.js';
import { type GuestSettings, type PlatformBit, type PolicyBit, resolveGuest } from '../guest-options.js';
import type { ProductName } from '../product-line.js';

type Change = (clean: GuestSettings) => GuestSettings;

const policyBit =
  (bit: PolicyBit, on: boolean): Change =>
  (clean) => ({ ...clean, policy: { ...clean.policy, [bit]: on } });

const platformBit =
  (bit: PlatformBit, on: boolean): Change =>
  (clean) => ({ ...clean, platformInfo: { ...clean.platformInfo, [bit]: on } });

const asking = (name: string, snp: JsonObject) => (): PolicyDocument => ({ name, snp });

const NEXT_PRODUCT: Readonly<Record<ProductName, ProductName>> = {
  Milan: 'Genoa',
  Genoa: 'Turin',
  Turin: 'Milan',
};

export const PLATFORM_FAULTS: readonly Fault[] = [
  {
    code: 'snp_vmpl_not_allowed',
    says: 'VMPL 1',
    guest: (clean) => ({ ...clean, vmpl: 1 }),
  },
  {
    code: 'snp_report_version_not_allowed',
    says: 'report version 4 where only 5 is wanted',
    clean: { reportVersion: 5 },
    policy: asking('version-5-only', { report_versions: [5] }),
    guest: (clean) => ({ ...clean, reportVersion: 4 }),
  },
  {
    code: 'snp_product_not_allowed',
    says: 'a genuine guest of another product line',
    policy: (clean) => ({ name: 'one-product', snp: { products: [clean.product] } }),
    guest: (clean) =>
      resolveGuest({
        at: clean.at,
        product: NEXT_PRODUCT[clean.product],
        reportData: clean.reportData,
        measurement: clean.measurement,
        hostData: clean.hostData,
        signingKey: clean.signingKey,
        envelope: clean.envelope,
      }),
  },
  { code: 'snp_policy_debug', says: 'debugging allowed', guest: policyBit('debug', true) },
  {
    code: 'snp_policy_migration_agent',
    says: 'a migration agent allowed',
    guest: policyBit('migrateMa', true),
  },
  {
    code: 'snp_policy_smt',
    says: 'POLICY allows SMT where that is forbidden',
    clean: { policy: { smt: false } },
    policy: asking('no-smt', { policy_bits: { smt: 'forbidden' } }),
    guest: policyBit('smt', true),
  },
  { code: 'snp_policy_cxl', says: 'CXL memory allowed', guest: policyBit('cxlAllow', true) },
  {
    code: 'snp_policy_required_bit_missing',
    says: 'not pinned to one socket where that is required',
    clean: { policy: { singleSocket: true } },
    policy: asking('single-socket', { policy_bits: { single_socket: 'required' } }),
    guest: policyBit('singleSocket', false),
  },
  {
    code: 'snp_platform_alias_check_missing',
    says: 'ALIAS_CHECK_COMPLETE clear',
    clean: { reportVersion: 5 },
    guest: platformBit('aliasCheckComplete', false),
  },
  {
    code: 'snp_platform_bit_forbidden',
    says: 'SEV-TIO on',
    clean: { reportVersion: 5 },
    guest: platformBit('tioEn', true),
  },
  {
    code: 'snp_platform_bit_required',
    says: 'no ECC memory where that is required',
    policy: asking('ecc-memory', { platform_bits: { ecc_en: 'required' } }),
    guest: platformBit('eccEn', false),
  },
];
