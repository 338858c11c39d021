/** What a deliberate fault is: one check's reason to say no, everything else valid and signed again. */
import type { RefusalCode } from '../../rats/refusal.js';
import type { CrlPlan } from '../crl.js';
import type { PolicyDocument } from '../policy-document.js';
import type { ProductAuthorities } from './authorities.js';
import type { GuestOptions, GuestSettings } from './guest-options.js';
import type { LeafPlan } from './leaf.js';

/** A fault touches the stages it names and no other. */
export interface Fault {
  readonly code: RefusalCode;
  /** What is wrong with the material, for people. */
  readonly says: string;
  /** What the unfaulted guest must look like for the fault to show. Wins over the caller's options. */
  readonly clean?: Omit<GuestOptions, 'at' | 'fault'>;
  /** Where `standard` does not check: the policy that accepts the unfaulted guest and denies this one. */
  readonly policy?: (clean: GuestSettings) => PolicyDocument;
  /** The platform says something else than what is expected of it; its leaf says the same. */
  readonly guest?: (clean: GuestSettings) => GuestSettings;
  /** Other authorities issue the leaf and travel with it. */
  readonly authorities?: (genuine: ProductAuthorities, at: Date) => Promise<ProductAuthorities>;
  readonly leaf?: (plan: LeafPlan, authorities: ProductAuthorities, at: Date) => LeafPlan;
  /** false: minted, used for signing, and not handed out. */
  readonly leafSent?: false;
  /** Changes report bytes in place before they are signed. */
  readonly report?: (report: Uint8Array) => void;
  /** Changes report bytes in place after signing. */
  readonly signed?: (report: Uint8Array) => void;
  /** The list of the leaf's kind; null: absent. */
  readonly crl?: (plan: CrlPlan, authorities: ProductAuthorities, at: Date) => CrlPlan | null;
  /** The evidence in its envelope. */
  readonly evidence?: (evidence: Uint8Array) => Uint8Array;
}
