/** The appraisal policy, as data. Parsed and defaulted by appraisal/policy-schema.ts. */

/** What a policy asks of one bit. */
export type BitRule = 'required' | 'forbidden' | 'any';

/** Lower bounds per TCB component; absent components are not judged. */
export interface TcbFloor {
  readonly bootloader?: number | undefined;
  readonly tee?: number | undefined;
  readonly snp?: number | undefined;
  readonly microcode?: number | undefined;
  readonly fmc?: number | undefined;
}

export interface CpuidFloor {
  /** `family/model/stepping` in lowercase hex, e.g. `19/01/1`. */
  readonly cpuid: string;
  readonly tcb: TcbFloor;
}

/** SNP section. Bit names: specs of 56860 (POLICY table 9, PLATFORM_INFO table 24). */
export interface SnpPolicy {
  readonly report_versions: readonly number[];
  readonly products: readonly string[];
  readonly vmpl: readonly number[];
  readonly policy_bits: Readonly<
    Record<
      | 'smt'
      | 'migrate_ma'
      | 'single_socket'
      | 'cxl_allow'
      | 'mem_aes_256_xts'
      | 'rapl_dis'
      | 'ciphertext_hiding_dram'
      | 'page_swap_disable',
      BitRule
    >
  >;
  readonly platform_bits: Readonly<
    Record<
      | 'smt_en'
      | 'tsme_en'
      | 'ecc_en'
      | 'rapl_dis'
      | 'ciphertext_hiding_dram_en'
      | 'alias_check_complete'
      | 'iommu_write_safe'
      | 'tio_en',
      BitRule
    >
  >;
  readonly allow_unknown_platform_bits: boolean;
  readonly accepted_tcb_statuses: readonly string[];
  /** Bulletins whose findings the operator accepts, e.g. `AMD-SB-3027`. Decides acceptance, never the status. */
  readonly accepted_advisories: readonly string[];
  readonly tcb_floors: readonly CpuidFloor[];
  /** `major.minor.build`, decimal; null: no floor. Judged on committed. */
  readonly minimum_firmware: string | null;
  readonly allow_provisional_firmware: boolean;
  /** Bits that must be set in the launch and the current mitigation vector. */
  readonly mitigation_bits: readonly number[];
  readonly allow_masked_chip_id: boolean;
  /** Lowercase hex; null: any. */
  readonly chips_allowed: readonly string[] | null;
  readonly chips_denied: readonly string[];
  readonly csp_ids: readonly string[] | null;
  readonly trusted_id_keys: readonly string[] | null;
  readonly trusted_author_keys: readonly string[] | null;
  readonly minimum_guest_svn: number;
}

/** A policy version. `digest`: lowercase hex SHA-256 over its canonical JSON. */
export interface AppraisalPolicy {
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  readonly snp: SnpPolicy;
}
