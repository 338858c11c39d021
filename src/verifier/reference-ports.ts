/** Workloads, their reference values, and the audiences that tokens are made for. */
import type {
  Covers,
  Neighbour,
  ReferenceMatch,
  ReferenceTee,
  ReferenceValue,
} from '../rats/reference-value.js';
import type { JsonObject } from '../rats/result.js';
import type { KeyHeader, TokenProfile, TokenTyp } from '../rats/token-form.js';
import type { TokenAlg } from './key-ports.js';
import type { Page, PageRequest } from './ports.js';

export interface Workload {
  readonly name: string;
  readonly description: string | null;
  /** Name of the policy that was chosen for it; null: none was. */
  readonly policy: string | null;
  readonly createdAt: Date;
}

/** What of a workload may change; absent: stays. */
export interface WorkloadChanges {
  readonly description?: string | null;
  readonly policy?: string | null;
}

export type ReferenceState = 'draft' | 'active' | 'retired' | 'revoked';

export interface ReferenceVersion {
  readonly workload: string;
  readonly version: number;
  readonly state: ReferenceState;
  readonly tee: ReferenceTee;
  readonly covers: Covers;
  readonly match: ReferenceMatch;
  readonly notBefore: Date | null;
  readonly notAfter: Date | null;
  readonly provenance: JsonObject | null;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly createdAt: Date;
  /** When it got its present state. */
  readonly changedAt: Date;
  /** Why it was revoked. */
  readonly reason: string | null;
}

export interface NewReferenceVersion {
  readonly tee: ReferenceTee;
  readonly covers: Covers;
  readonly match: ReferenceMatch;
  readonly notBefore: Date | null;
  readonly notAfter: Date | null;
  readonly provenance: JsonObject | null;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly activate: boolean;
}

export interface ReferenceLookup {
  readonly tenant: string;
  readonly tee: ReferenceTee;
  /** Every matchable field of the evidence, lowercase hex. */
  readonly fields: Readonly<Record<string, string>>;
  /** Names the request or the audience narrows to; null: every workload of the tenant. */
  readonly workloads: readonly string[] | null;
  readonly at: Date;
}

export interface ReferenceFinding {
  /** The tenant's epoch, read before the candidates. */
  readonly epoch: bigint;
  /** Active versions that match, newest first, at most two workloads and a few versions of each. */
  readonly matching: readonly ReferenceValue[];
}

/** The moment that a decision was made in. */
export interface PastMoment {
  /** The tenant's epoch, under which it was made. */
  readonly epoch: bigint;
  readonly recordedAt: Date;
}

export interface WorkloadStore {
  /** Null when the name is taken. */
  create(tenant: string, workload: Workload): Promise<Workload | null>;
  get(tenant: string, name: string): Promise<Workload | null>;
  /** Whether there is one of this name: one that was made is never taken away. */
  knows(tenant: string, name: string): Promise<boolean>;
  /** Null when there is none. Another policy raises the tenant's epoch. */
  change(tenant: string, name: string, changes: WorkloadChanges): Promise<Workload | null>;
  list(tenant: string, page: PageRequest): Promise<Page<Workload>>;
}

export interface ReferenceSource {
  lookup(query: ReferenceLookup): Promise<ReferenceFinding>;
  /**
   * For a query that nothing matches: versions in any state that are like the evidence, newest first, at most 128.
   * Where too many are, those that would match wholly are kept first, then those that share a field.
   */
  neighbours(query: ReferenceLookup): Promise<readonly Neighbour[]>;
}

export interface ReferenceValueStore extends ReferenceSource {
  /** Null when the workload does not exist. Versions count from 1 per workload. */
  create(
    tenant: string,
    workload: string,
    value: NewReferenceVersion,
    now: Date,
  ): Promise<ReferenceVersion | null>;
  get(tenant: string, workload: string, version: number): Promise<ReferenceVersion | null>;
  list(tenant: string, workload: string, page: PageRequest): Promise<Page<ReferenceVersion>>;
  /**
   * draft → active; active → retired; draft, active or retired → revoked. Raises the tenant's epoch in the
   * same transaction. `conflict` names the present state when the transition is not allowed; null: unknown.
   */
  transition(
    tenant: string,
    workload: string,
    version: number,
    to: Exclude<ReferenceState, 'draft'>,
    reason: string | null,
    now: Date,
  ): Promise<ReferenceVersion | { readonly conflict: ReferenceState } | null>;
  /** The same questions about the past: which versions were active then, and what had become of the others. */
  asOf(moment: PastMoment): ReferenceSource;
}

export interface Audience {
  readonly name: string;
  readonly minimumStatus: 'affirming' | 'warning';
  /** Null: every workload (`"*"` on the wire). */
  readonly workloads: readonly string[] | null;
  readonly profile: TokenProfile;
  readonly alg: TokenAlg;
  /** Seconds, 30 to 3600. */
  readonly lifetime: number;
  readonly keyBinding: 'required' | 'optional';
  /** For so long after the evidence a token may be renewed by whoever holds its key: 0, never, to 900. */
  readonly renewalSeconds: number;
  /** `when-key`: to the key that the attester sent for that, where it sent one. */
  readonly tokenEncryption: 'when-key' | 'never';
  readonly keyHeader: KeyHeader;
  readonly typ: TokenTyp;
  /** Given if, and only if, `typ` is `at+jwt`. */
  readonly clientId: string | null;
  readonly awsTags: boolean;
  /** Of the compact form, 1024 to 8192. */
  readonly maxTokenBytes: number;
  readonly createdAt: Date;
}

export interface AudienceStore {
  /** Null when the name is taken. */
  create(tenant: string, audience: Audience): Promise<Audience | null>;
  get(tenant: string, name: string): Promise<Audience | null>;
  list(tenant: string, page: PageRequest): Promise<Page<Audience>>;
}
