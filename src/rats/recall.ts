/** Platforms that were seen before, judged again without their evidence: what is foreseen, never what is decided. */
import type { EndorsementRequirement, EndorsementSet, EndorsementTrack } from './endorsement.js';
import type { RecalledEvidence } from './evidence.js';
import type { PlatformIdentity } from './platform.js';
import type { ReferenceTee } from './reference-value.js';
import type { RefusalCode } from './refusal.js';
import type { CheckResult } from './result.js';

/** A certificate of the platform's own chain: whoever is past its end is refused with `code`. */
export interface RecalledCertificate {
  readonly kind: string;
  readonly notAfter: Date;
  readonly code: RefusalCode;
}

export interface LapsingDocument extends EndorsementRequirement {
  readonly code: RefusalCode;
}

/** By the vendor's documents: evidence to appraise, or the checks of which one failed. */
export type Recalled =
  | { readonly kind: 'appraisable'; readonly evidence: RecalledEvidence }
  | { readonly kind: 'refused'; readonly checks: readonly CheckResult[] };

/** The vendor documents at hand. */
export interface TrackDocuments {
  /** Of the series that the policy goes by. */
  readonly present: EndorsementSet;
  readonly early: EndorsementSet;
  /** Those of `present` as they will count at the end of the time looked at: some are dated ahead. */
  readonly later: EndorsementSet;
}

/** Something that platforms are judged by and that is known to change. */
export interface AnnouncedChange {
  readonly cause: 'tcb-recovery' | 'bulletins';
  /** Null: announced, and nobody says for when. */
  readonly at: Date | null;
  /** For people, what changes and how the date is known. */
  readonly what: string;
  /** What is judged by from then on. */
  readonly documents: EndorsementSet;
}

export interface RecalledPlatform {
  readonly tee: string;
  readonly referenceTee: ReferenceTee;
  readonly identity: PlatformIdentity | null;
  /** Equal for platforms that every policy judges alike which asks for no single machine. */
  readonly alike: string;
  /** Every field that a reference value may match but events, lowercase hex. */
  readonly referenceFields: Readonly<Record<string, string>>;
  readonly certificates: readonly RecalledCertificate[];
  /** The documents of a series that a verdict on it rests on, and what says when series change. */
  requirements(track: EndorsementTrack): readonly EndorsementRequirement[];
  /** Documents that lapse, with the code of the verdict that has to wait for a newer one then. */
  readonly lapsing: readonly LapsingDocument[];
  /** The changes that the documents tell of, from the instant on; a change without a date is one from now on. */
  announced(documents: TrackDocuments, from: Date): readonly AnnouncedChange[];
  /**
   * Null where documents that decide are not at hand. The validity of documents and certificates is not part of it:
   * documents are renewed, and when certificates end is in `certificates`.
   */
  judge(documents: EndorsementSet, at: Date): Recalled | null;
}
