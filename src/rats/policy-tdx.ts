/**
 * TDX section of a policy. Bit names: TDATTRIBUTES (Intel 348551); bits 7:0 and reserved bits are no members,
 * because no policy may permit them.
 */
import type { BitRule } from './policy.js';

/** Lower bound for one major version of the TDX module; both are bytes of TEE_TCB_SVN. */
export interface ModuleFloor {
  readonly major: number;
  readonly isvsvn: number;
}

export interface TdxPolicy {
  /** 12 lowercase hex digits each; null: any. */
  readonly fmspcs: readonly string[] | null;
  /** Null: any. A major version without a floor is below it. */
  readonly module_floors: readonly ModuleFloor[] | null;
  readonly attributes: Readonly<
    Record<
      'icssd' | 'servtd_ext' | 'lass' | 'sept_ve_disable' | 'migratable' | 'pks' | 'kl' | 'tpa' | 'perfmon',
      BitRule
    >
  >;
  /** Bit numbers, on top of the masks that every module keeps. */
  readonly xfam: { readonly required: readonly number[]; readonly forbidden: readonly number[] };
  /** MRSERVICETD values accepted beside "none bound"; 96 lowercase hex digits each. */
  readonly service_tds: readonly string[];
  /** What the PCK certificate does not say is neither yes nor no, and fails both rules. */
  readonly platform: Readonly<Record<'dynamic_platform' | 'cached_keys' | 'smt_enabled', BitRule>>;
  /** 32 lowercase hex digits each; null: any. */
  readonly platform_instances_allowed: readonly string[] | null;
  readonly platform_instances_denied: readonly string[];
}
