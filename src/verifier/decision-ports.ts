/** Recorded verdicts, and the one transaction that a decision, its spent challenge and its token commit in. */
import type { RefusalCode } from '../rats/refusal.js';
import type {
  BindingOutcome,
  CheckResult,
  EndorsementUsed,
  JsonObject,
  TcbAssessment,
  TrustTier,
  TrustVector,
} from '../rats/result.js';
import type { EndorsementEpoch } from './endorsement-ports.js';
import type { Page, PageRequest } from './ports.js';
import type { RenewalTerms } from './renewal-ports.js';

/** One recorded verdict. Everything in a token's `att` comes from here. */
export interface Decision {
  /** `dec_` and 22 base64url characters. */
  readonly id: string;
  readonly tenant: string;
  readonly act: 'attest' | 'appraise';
  readonly recordedAt: Date;
  /** The instant the evidence was judged at. */
  readonly at: Date;
  readonly audience: string | null;
  readonly workload: string | null;
  readonly referenceVersion: number | null;
  readonly status: TrustTier;
  /** Kept for denials too: what stood behind the status. */
  readonly vector: TrustVector;
  readonly code: RefusalCode | null;
  readonly tee: string;
  readonly generation: string;
  readonly envelope: string;
  readonly binding: BindingOutcome;
  readonly simulated: boolean;
  readonly debug: boolean;
  readonly measurement: string;
  readonly evidenceDigest: string;
  readonly policy: string;
  readonly policyDigest: string;
  readonly tcb: TcbAssessment;
  readonly claims: JsonObject;
  readonly checks: readonly CheckResult[];
  readonly endorsements: readonly EndorsementUsed[];
  /** Who verified the evidence’s signature (`native aws-lc/1.66.0`); null: recorded before it was kept. */
  readonly crypto: string | null;
}

export interface DecisionCommit {
  readonly decision: Decision;
  /** SHA-256 of the challenge's nonce and when the challenge ends; null for appraisals. */
  readonly spend: { readonly nonceDigest: Uint8Array; readonly expiresAt: Date } | null;
  /** The token that leaves if, and only if, this commits. */
  readonly token: { readonly jti: string; readonly kid: string; readonly expiresAt: Date } | null;
  /** The epoch under which policy, reference values and platform were read; null when none were. */
  readonly epoch: bigint | null;
  /** That of the vendor documents; null: none that change, those of a past instant for example. */
  readonly endorsements: EndorsementEpoch | null;
  /** The workload that the request named; absent or null: none. */
  readonly named?: string | null;
  /** When the audience was made that it was judged for, which must be there still; absent or null: it is for none. */
  readonly audienceSince?: Date | null;
  /**
   * What its tokens may be renewed by, besides the epoch of the vendor documents above; absent or null: only fresh evidence
   * gives another one.
   */
  readonly renewal?: Omit<RenewalTerms, 'endorsementEpoch'> | null;
}

/** What a decision was made under: what a replay asks for beside the record. Nobody is told. */
export interface DecisionGrounds {
  /** Null: recorded before this was kept, or nothing of the tenant's was asked. */
  readonly epoch: bigint | null;
  readonly named: string | null;
}

export interface DecisionStore {
  /**
   * Whether the epochs, the tenant's and that of the vendor documents, are still these. What a decision commits under is
   * asked by the commit; this is for answers that commit nothing.
   */
  epochStands(tenant: string, epoch: bigint, endorsements: EndorsementEpoch | null): Promise<boolean>;
  /** True when the challenge with this nonce digest was spent: an early answer, not the decision. */
  isSpent(tenant: string, nonceDigest: Uint8Array): Promise<boolean>;
  /**
   * Spent challenge, decision and token in one transaction, or nothing at all. `replayed`: the nonce was spent before.
   * `epoch_moved`: one of the epochs, or the audience. `key_moved`: the key of the token is not active, or not any more.
   */
  commit(entry: DecisionCommit): Promise<'committed' | 'replayed' | 'epoch_moved' | 'key_moved'>;
  get(tenant: string, id: string): Promise<Decision | null>;
  /** Null: there is no such decision. */
  groundsOf(tenant: string, id: string): Promise<DecisionGrounds | null>;
  list(tenant: string, page: PageRequest): Promise<Page<Decision>>;
  /** Removes spent challenges that ended ten minutes ago, by this clock and the database's; returns how many. */
  purgeSpent(now: Date): Promise<number>;
}
