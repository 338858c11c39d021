/** What this build knows of processors and bulletins at an instant: what a policy is held against when it is linted. */
import type { TcbFloor } from './policy-snp.js';

export interface ProcessorFacts {
  /** `family/model/stepping`. */
  readonly cpuid: string;
  /** Product line. */
  readonly product: string;
  /** Highest active floor of the table, per component. */
  readonly floor: TcbFloor;
}

export interface BulletinFacts {
  readonly id: string;
  /** `YYYY-MM-DD`; null: unknown. */
  readonly published: string | null;
  /** `silent`: nothing in a report answers it; `retracted`: AMD withdrew its values. */
  readonly state: 'judged' | 'silent' | 'retracted';
}

export interface VendorFacts {
  readonly at: Date;
  readonly processors: readonly ProcessorFacts[];
  readonly bulletins: readonly BulletinFacts[];
  /** Bit numbers that every TD has set, and all that it may have set. */
  readonly xfam: { readonly required: readonly number[]; readonly allowed: readonly number[] };
}
