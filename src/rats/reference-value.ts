/** Reference values (operators call them golden measurements): what a workload's evidence must say. */

/** What the measurements of a version cover. `firmware` alone never makes executables affirming. */
export type Covers = 'firmware' | 'boot' | 'runtime';

/** TEE family of a reference value; envelopes of one family share its reference values. */
export type ReferenceTee = 'sev-snp' | 'tdx';

/** Field name to acceptable values (lowercase hex). Fields are ANDed, the values of one are ORed. */
export type ReferenceMatch = Readonly<Record<string, readonly string[]>>;

export const SNP_MATCH_FIELDS = [
  'measurement',
  'host_data',
  'id_key_digest',
  'author_key_digest',
  'family_id',
  'image_id',
] as const;

/** Hex digits each SNP match field has. */
export const SNP_MATCH_FIELD_LENGTHS: Readonly<Record<(typeof SNP_MATCH_FIELDS)[number], number>> = {
  measurement: 96,
  host_data: 64,
  id_key_digest: 96,
  author_key_digest: 96,
  family_id: 32,
  image_id: 32,
};

export const TDX_MATCH_FIELDS = [
  'mrtd',
  'rtmr0',
  'rtmr1',
  'rtmr2',
  'rtmr3',
  'mrconfigid',
  'mrowner',
  'mrownerconfig',
  'mrseam',
] as const;

/** Every TDX match field is a SHA-384 digest or as long as one. */
export const TDX_MATCH_FIELD_LENGTH = 96;

/** One acceptable environment, as appraisal sees it. */
export interface ReferenceValue {
  /** Name of the workload, or null for values given on a command line. */
  readonly workload: string | null;
  readonly version: number | null;
  readonly tee: ReferenceTee;
  readonly covers: Covers;
  readonly match: ReferenceMatch;
  readonly notBefore: Date | null;
  readonly notAfter: Date | null;
  /** Place among several given on a command line, from 1. */
  readonly place?: number;
}

/** What has become of a registered version. `since`: when it was withdrawn. */
export type Standing =
  | { readonly state: 'draft' | 'active' }
  | { readonly state: 'retired'; readonly since: Date }
  | { readonly state: 'revoked'; readonly since: Date; readonly reason: string | null };

/** A version to explain a miss by. It is of another type than a candidate, and so can never match. */
export interface Neighbour {
  readonly value: ReferenceValue;
  readonly standing: Standing;
}

/**
 * What appraisal is given to compare with.
 * `given: false`: nobody asked for a comparison (command line, appraise without a workload).
 * `candidates`: versions worth comparing, already narrowed to the audience's workloads.
 */
export interface ReferenceQuery {
  readonly given: boolean;
  readonly candidates: readonly ReferenceValue[];
  /** Where nothing matched: registered versions like the evidence, whatever their state, newest first. */
  readonly neighbours?: readonly Neighbour[];
}
