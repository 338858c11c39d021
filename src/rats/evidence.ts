/**
 * Evidence, before and after it is believed.
 *
 * ParsedEvidence has no claims: nothing is believed yet. AuthenticatedEvidence can only be made through
 * `sealAuthenticated`, which the schemes call at the end of authentication.
 */
import type {
  EndorsementAbsence,
  EndorsementRequirement,
  EndorsementSet,
  TrustAnchors,
} from './endorsement.js';
import type { PlatformIdentity } from './platform.js';
import type { AppraisalPolicy, EndorsementDemands } from './policy.js';
import type { ReferenceTee } from './reference-value.js';
import type { Refusal, RefusalCode } from './refusal.js';
import type { CheckResult, EndorsementUsed, JsonObject, TcbAssessment, TrustVector } from './result.js';
import type { StaleEndorsement } from './staleness.js';

/** Wire names: `sev-snp`, `tdx`, `az-sev-snp`, `az-tdx`. The registry closes the set. */
export type Tee = string;

/** How the caller's freshness reaches the evidence: in REPORT_DATA, or through a vTPM quote around it. */
export type EvidenceBinding = 'report-data' | 'vtpm';

/** `best-effort` (command line only) tolerates an absent CRL, never a stale, forged or listing one. */
export type RevocationMode = 'required' | 'best-effort';

export interface AuthenticationInput {
  readonly endorsements: EndorsementSet;
  readonly anchors: TrustAnchors;
  /** The instant at which every validity is judged. */
  readonly at: Date;
  readonly revocation: RevocationMode;
  /** What the policy asks of vendor documents. */
  readonly demands: EndorsementDemands;
  /** What vendors were asked for in vain; absent: none was asked. */
  readonly absences?: readonly EndorsementAbsence[];
}

/** Every applicable check, and who the evidence turned out to be. */
export type Authentication = (
  | { readonly kind: 'authentic'; readonly evidence: AuthenticatedEvidence }
  | { readonly kind: 'refused' | 'undecided'; readonly refusal: Refusal }
) & {
  readonly checks: readonly CheckResult[];
  /**
   * Documents that are not at hand, or past their end, and that the vendor may have: what is worth asking for now that
   * so much of the evidence has been looked at. None where it was refused.
   */
  readonly lacking: readonly EndorsementRequirement[];
};

export interface ParsedEvidence {
  readonly tee: Tee;
  /** `raw`, `extended`, `azure-hcl`, `configfs-tsm`. */
  readonly envelope: string;
  readonly binding: EvidenceBinding;
  /** Manual section of the field that holds the caller's 64 bytes. */
  readonly reportDataSource: string;
  /** Lowercase hex of SHA-256 over the signed bytes: names this evidence; signatures are malleable. */
  readonly evidenceDigest: string;
  /** What to look up. Never from the attester: CRLs and the like. Certificates only where none was sent. */
  readonly requirements: readonly EndorsementRequirement[];
  /** Checks that parsing itself has passed. */
  readonly checks: readonly CheckResult[];
  /** Codes of the policy group: a verdict that never reaches appraisal lists them as not run. */
  readonly appraisalCodes: readonly RefusalCode[];
  /** Constant-time comparison of all 64 bytes; says nothing about authenticity. */
  matchesReportData(expected: Uint8Array): boolean;
  /**
   * The cheap part of authentication: leaf and chain to the anchor. Throws a refusal when they already
   * fail, so that strangers cannot spend look-ups or signature checks.
   */
  screen(anchors: TrustAnchors, at: Date): Promise<void>;
  authenticate(input: AuthenticationInput): Promise<Authentication>;
}

/** What appraisal looks at. */
export interface EvidenceFacts {
  readonly tee: Tee;
  /** Whose reference values apply. */
  readonly referenceTee: ReferenceTee;
  /** `milan`, `genoa`, `turin`, `tdx-05`, … */
  readonly generation: string;
  readonly debug: boolean;
  /** Lowercase hex: MEASUREMENT or MRTD. */
  readonly measurement: string;
  /** Wire form, member names of the API. */
  readonly claims: JsonObject;
  /** Every field that a reference value may match, lowercase hex. */
  readonly referenceFields: Readonly<Record<string, string>>;
  /** What a register of owned machines is asked for; null: the evidence names no machine. */
  readonly platformIdentity: PlatformIdentity | null;
  readonly tcb: TcbAssessment;
  /** Highest tier that this form of evidence can reach: a bare vTPM envelope has not shown its freshness. */
  readonly tierCap: 'affirming' | 'warning';
  /**
   * What authentication says of vendor documents under other demands than it was asked with: which policy applies
   * may be known only once the evidence is.
   */
  demandChecks(demands: EndorsementDemands): readonly CheckResult[];
  /** The TEE's own policy checks, in the order of its procedure. */
  appraise(policy: AppraisalPolicy): TeeAppraisal;
}

declare const sealed: unique symbol;

/** Claims exist only on authenticated evidence. */
export interface AuthenticatedEvidence extends EvidenceFacts {
  readonly [sealed]: true;
  readonly simulated: boolean;
  readonly evidenceDigest: string;
  /** Earliest end of validity of an endorsement used, those in `stale` left out: a policy says when these end. */
  readonly trustUntil: Date;
  readonly endorsementsUsed: readonly EndorsementUsed[];
  /** Those of them that are past their nextUpdate. They count only as long as `demandChecks` says so. */
  readonly stale: readonly StaleEndorsement[];
  /** Seconds until newer ones are worth asking for; null: nobody was asked. */
  readonly retryAfter: number | null;
  readonly recollection: Recollection;
  /**
   * Stage `bind`: holds an event log that was sent beside the evidence against it. Dear, so asked only of what is
   * authentic and bound. Absent: no log was sent.
   */
  readonly replay?: () => LogReplay;
}

/** What may be kept of authentic evidence, so that its platform can be judged again without it. */
export interface Recollection {
  /** Names the machine as far as the evidence does; for telling machines apart, and kept as a digest alone. */
  readonly machine: string;
  /** Of the machine, whatever can change from one piece of its evidence to the next: firmware, settings. */
  readonly state: string;
  /** For `Scheme.recall`; without REPORT_DATA, signatures and keys. */
  facts(): JsonObject;
}

declare const recalled: unique symbol;

/**
 * The facts of evidence that was authentic once, for foreseeing what would become of its like. It is bound to no
 * request, and no decision can be made of it.
 */
export interface RecalledEvidence extends EvidenceFacts {
  readonly [recalled]: true;
}

export type AppraisableEvidence = AuthenticatedEvidence | RecalledEvidence;

/** Only for schemes, from facts that one of their own recollections gave. */
export function recallEvidence(facts: EvidenceFacts): RecalledEvidence {
  return Object.freeze(facts) as RecalledEvidence;
}

export interface LogReplay {
  readonly checks: readonly CheckResult[];
  /**
   * The same evidence, with what the log says among its reference fields; null: a check failed. There is no other way
   * for an event to be compared with anything.
   */
  readonly evidence: AuthenticatedEvidence | null;
}

export interface TeeAppraisal {
  readonly checks: readonly CheckResult[];
  /** Every claim but `executables`, which comes from the reference values. */
  readonly vector: Omit<TrustVector, 'executables'>;
  /** End of the grace without which the TCB status would not be accepted; null: it needs none. */
  readonly graceUntil: Date | null;
}

/** Only for schemes, at the end of authentication. */
export function sealAuthenticated(
  evidence: Omit<AuthenticatedEvidence, typeof sealed>,
): AuthenticatedEvidence {
  return Object.freeze(evidence) as AuthenticatedEvidence;
}
