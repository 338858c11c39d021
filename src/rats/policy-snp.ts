/** SNP section of a policy. Bit names: AMD 56860 (POLICY table 9, PLATFORM_INFO table 24). */
import type { BitRule } from './policy.js';

/** Lower bounds per TCB component; absent components are not judged. */
export interface TcbFloor {
  readonly bootloader?: number | undefined;
  readonly tee?: number | undefined;
  readonly snp?: number | undefined;
  readonly microcode?: number | undefined;
  readonly fmc?: number | undefined;
}

/** Which processors a demand is made of: exactly one of the two is given. */
export interface ProcessorChoice {
  /** `family/model/stepping` in lowercase hex, e.g. `19/01/1`. */
  readonly cpuid?: string | undefined;
  /** Product line: `Milan`, `Genoa` or `Turin`. */
  readonly product?: string | undefined;
}

/** By product without microcode, which is numbered per stepping. */
export interface CpuidFloor extends ProcessorChoice {
  readonly tcb: TcbFloor;
}

export interface FirmwareFloor extends ProcessorChoice {
  /** `major.minor.build`, decimal. Judged on committed. */
  readonly minimum: string;
}

export interface MitigationFloor extends ProcessorChoice {
  readonly bits: readonly number[];
}

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
  /** Every floor that names the processor or its product counts. */
  readonly tcb_floors: readonly CpuidFloor[];
  /** `major.minor.build`, decimal; null: no floor. Judged on committed. */
  readonly minimum_firmware: string | null;
  /** On top of `minimum_firmware`. */
  readonly firmware_floors: readonly FirmwareFloor[];
  readonly allow_provisional_firmware: boolean;
  /** Bits that must be set in the launch and the current mitigation vector. */
  readonly mitigation_bits: readonly number[];
  /** On top of `mitigation_bits`. */
  readonly mitigation_floors: readonly MitigationFloor[];
  readonly allow_masked_chip_id: boolean;
  /** 128 lowercase hex digits; null: any. */
  readonly chips_allowed: readonly string[] | null;
  readonly chips_denied: readonly string[];
  readonly csp_ids: readonly string[] | null;
  readonly trusted_id_keys: readonly string[] | null;
  readonly trusted_author_keys: readonly string[] | null;
  readonly minimum_guest_svn: number;
}
