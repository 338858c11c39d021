/** The appraisal policy, as data. Parsed and defaulted by appraisal/policy-schema.ts. */
import type { EndorsementTrack } from './endorsement.js';
import type { SnpPolicy } from './policy-snp.js';
import type { TdxPolicy } from './policy-tdx.js';

export type { CpuidFloor, FirmwareFloor, MitigationFloor, SnpPolicy, TcbFloor } from './policy-snp.js';
export type { ModuleFloor, TdxPolicy } from './policy-tdx.js';

/** What a policy asks of one bit. */
export type BitRule = 'required' | 'forbidden' | 'any';

/** Statuses and advisories that count as accepted before `until`, and no longer at that instant. */
export interface GracePolicy {
  readonly statuses: readonly string[];
  readonly advisories: readonly string[];
  /** RFC 3339, UTC. */
  readonly until: string;
}

/** What is asked of every TEE. */
export interface CommonPolicy {
  /** Words of Intel and of the AMD table alike, `Revoked` excluded. */
  readonly accepted_tcb_statuses: readonly string[];
  /** AMD bulletins whose findings the operator accepts, e.g. `AMD-SB-3027`. Decides acceptance, never the status. */
  readonly accepted_advisories: readonly string[];
  /** Advisories and bulletins that deny whatever the status, unless they are shown to be fixed. */
  readonly denied_advisories: readonly string[];
  readonly grace: GracePolicy | null;
  /** `YYYY-MM-DD`; null: any. Of Intel’s tcbDate, or the newest bulletin found fixed. Grace does not lift it. */
  readonly minimum_tcb_date: string | null;
  /** Of the lower one of Intel’s TCB info and QE identity; asked before they decide anything. */
  readonly minimum_evaluation_number: number;
  /**
   * For how long revocation lists, TCB info and QE identities still count past their nextUpdate, 1 to 720; null: not at
   * all. Lifts no signature, no revocation and no end of a certificate.
   */
  readonly stale_endorsements: { readonly hours: number } | null;
  /** Which of Intel's two series of requirements decides: the early one asks at once what the standard one asks later. */
  readonly tcb_track: EndorsementTrack;
  /** `registered`: evidence must come from a platform that the tenant registered as its own. */
  readonly platforms: 'any' | 'registered';
}

/** A condition in CEL over the claims; only an exact `true` passes. */
export interface PolicyRule {
  readonly name: string;
  readonly expression: string;
  /** What whoever fails it is told. */
  readonly message: string;
}

/** A policy version. `digest`: lowercase hex SHA-256 over its canonical JSON. */
export interface AppraisalPolicy {
  readonly name: string;
  readonly version: number;
  /** For people; null: none. */
  readonly description: string | null;
  /** Why members are as they are, by their path, e.g. `snp.vmpl`. For people. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly digest: string;
  readonly common: CommonPolicy;
  readonly snp: SnpPolicy;
  readonly tdx: TdxPolicy;
  readonly rules: readonly PolicyRule[];
}

/** What a policy asks of vendor documents before they may decide. */
export interface EndorsementDemands {
  /** tcbEvaluationDataNumber; Intel only. */
  readonly minimumEvaluationNumber: number;
  /** Hours past its nextUpdate for which a document counts; 0: none. */
  readonly staleHours: number;
  /** Of which series TCB info and QE identity are; Intel only. */
  readonly track: EndorsementTrack;
}

export function demandsOf({ common }: Pick<AppraisalPolicy, 'common'>): EndorsementDemands {
  return {
    minimumEvaluationNumber: common.minimum_evaluation_number,
    staleHours: common.stale_endorsements?.hours ?? 0,
    track: common.tcb_track,
  };
}
