/** The physical machine that evidence comes from, and what its owner registered about it. */

export type PlatformKind = 'snp-chip-id' | 'snp-csp-id' | 'tdx-platform-instance';

/** How authentic evidence names its machine, or with a VLEK the provider that vouches for its machines. */
export interface PlatformIdentity {
  readonly kind: PlatformKind;
  /** Chip id: 128 lowercase hex digits (Turin’s eight bytes filled up with zeros). CSP id: text. Instance: 32 hex. */
  readonly value: string;
}

/** A machine that a tenant has in its register. */
export interface RegisteredPlatform {
  readonly label: string;
  readonly owner: string;
}
