/**
 * What the use cases need from the outside. `storage/`, `endorsements/` and `platform/` implement these;
 * the verifier never sees them.
 */
import type {
  EndorsementDocument,
  EndorsementRequirement,
  EndorsementSet,
  Realm,
} from '../rats/endorsement.js';
import type { ProblemDetail } from '../rats/problem-detail.js';
import type {
  Covers,
  Neighbour,
  ReferenceMatch,
  ReferenceTee,
  ReferenceValue,
} from '../rats/reference-value.js';
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
import type { PlatformStore, PolicyStore } from './policy-ports.js';

export interface Clock {
  now(): Date;
}

export interface Entropy {
  bytes(length: number): Uint8Array;
}

/** An isolated customer; its own issuer, keys and reference values. */
export interface Tenant {
  readonly name: string;
  readonly issuer: string;
  readonly realm: Realm;
}

// ---- endorsements ---------------------------------------------------------------------------------

/**
 * What became of a document that was offered to the store. `current`: of all that will have begun by its issue
 * date, or have begun now, it is the newest; one issued in the future counts only from then on. `past`: a newer
 * one comes before it.
 */
export type KeptState = 'current' | 'past' | 'known';

export interface EndorsementSummary {
  readonly kind: string;
  readonly subject: string;
  readonly sha256: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly sequence: bigint | null;
  /** `current`: the newest by number and date, and with an issue date in the future not in use before that. */
  readonly state: 'current' | 'past';
  readonly source: string;
  readonly storedAt: Date;
}

/** The instant that evidence is judged at: the present, or one in the past that somebody asks about. */
export interface EndorsementInstant {
  readonly at: Date;
  readonly tense: 'now' | 'past';
}

export interface EndorsementStore {
  /**
   * One document for each requirement that the store has, all as of one moment. `now`: of the generations issued by
   * `instant.at` the newest by number, then date; while none has begun, the newest of the rest, so that
   * verification can say so. `past`: the generation with the latest issue date not after it, whenever it was
   * stored. A requirement for each generation gets up to eight, in that order.
   */
  find(
    realm: Realm,
    requirements: readonly EndorsementRequirement[],
    instant: EndorsementInstant,
  ): Promise<EndorsementSet>;
  /** Keeps one verified document atomically; an older one never becomes the current one. */
  keep(realm: Realm, document: EndorsementDocument, source: string, now: Date): Promise<KeptState>;
  /** Every generation; `current` as of `now`. */
  list(realm: Realm, now: Date): Promise<readonly EndorsementSummary[]>;
}

// ---- workloads, reference values, audiences ----------------------------------------------------------

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

export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null };
export interface PageRequest {
  /** 1 to 200. */
  readonly limit: number;
  /** Opaque, from the previous page; an unreadable one is refused with `request_invalid`. */
  readonly cursor: string | null;
}

export interface WorkloadStore {
  /** Null when the name is taken. */
  create(tenant: string, workload: Workload): Promise<Workload | null>;
  get(tenant: string, name: string): Promise<Workload | null>;
  /** Null when there is none. Another policy raises the tenant's epoch. */
  change(tenant: string, name: string, changes: WorkloadChanges): Promise<Workload | null>;
  list(tenant: string, page: PageRequest): Promise<Page<Workload>>;
}

export interface ReferenceValueStore {
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
  lookup(query: ReferenceLookup): Promise<ReferenceFinding>;
  /**
   * For a query that nothing matches: versions in any state that are like the evidence, newest first, at most 128.
   * Where too many are, those that would match wholly are kept first, then those that share a field.
   */
  neighbours(query: ReferenceLookup): Promise<readonly Neighbour[]>;
}

export interface Audience {
  readonly name: string;
  readonly minimumStatus: 'affirming' | 'warning';
  /** Null: every workload (`"*"` on the wire). */
  readonly workloads: readonly string[] | null;
  readonly profile: 'ear';
  readonly alg: 'ES256';
  /** Seconds, 30 to 3600. */
  readonly lifetime: number;
  readonly keyBinding: 'required' | 'optional';
  readonly createdAt: Date;
}

export interface AudienceStore {
  /** Null when the name is taken. */
  create(tenant: string, audience: Audience): Promise<Audience | null>;
  get(tenant: string, name: string): Promise<Audience | null>;
  list(tenant: string, page: PageRequest): Promise<Page<Audience>>;
}

// ---- decisions ---------------------------------------------------------------------------------------

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
}

export interface DecisionCommit {
  readonly decision: Decision;
  /** SHA-256 of the challenge's nonce and when the challenge ends; null for appraisals. */
  readonly spend: { readonly nonceDigest: Uint8Array; readonly expiresAt: Date } | null;
  /** The token that leaves if, and only if, this commits. */
  readonly token: { readonly jti: string; readonly kid: string; readonly expiresAt: Date } | null;
  /** The epoch under which policy, reference values and platform were read; null when none were. */
  readonly epoch: bigint | null;
}

export interface DecisionStore {
  /**
   * Whether the tenant's epoch is still this one. What a decision commits under is asked by the commit; this is for
   * answers that commit nothing.
   */
  epochStands(tenant: string, epoch: bigint): Promise<boolean>;
  /** True when the challenge with this nonce digest was spent: an early answer, not the decision. */
  isSpent(tenant: string, nonceDigest: Uint8Array): Promise<boolean>;
  /**
   * Spent challenge, decision and token in one transaction. `replayed`: the nonce was spent before.
   * `epoch_moved`: appraise again. In both cases nothing was written.
   */
  commit(entry: DecisionCommit): Promise<'committed' | 'replayed' | 'epoch_moved'>;
  get(tenant: string, id: string): Promise<Decision | null>;
  list(tenant: string, page: PageRequest): Promise<Page<Decision>>;
  /** Removes spent challenges that ended before the instant; returns how many. */
  purgeSpent(before: Date): Promise<number>;
}

// ---- keys and callers ----------------------------------------------------------------------------------

export type KeyPurpose = 'token';

export interface StoredSigningKey {
  readonly tenant: string;
  readonly purpose: KeyPurpose;
  /** RFC 7638 SHA-256 thumbprint. */
  readonly kid: string;
  readonly alg: 'ES256';
  readonly state: 'active' | 'retired';
  readonly publicJwk: JsonObject;
  /** The private key, encrypted; opened by storage/key-wrap.ts only. */
  readonly wrapped: Uint8Array;
  readonly createdAt: Date;
}

export interface SigningKeyStore {
  /**
   * The tenant's keys of a purpose, active first. Makes the first one with `mint` under an advisory lock,
   * so that replicas that start together end with one.
   */
  ensure(
    tenant: string,
    purpose: KeyPurpose,
    mint: () => Promise<StoredSigningKey>,
  ): Promise<readonly StoredSigningKey[]>;
}

export type Role = 'admin' | 'publisher' | 'relying-party';

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Date;
}

export interface ApiKeyStore {
  /** `digest`: SHA-256 of the whole key text. Null when a key of this digest exists. */
  create(tenant: string, key: ApiKey, digest: Uint8Array): Promise<ApiKey | null>;
  findByDigest(tenant: string, digest: Uint8Array): Promise<ApiKey | null>;
  list(tenant: string, page: PageRequest): Promise<Page<ApiKey>>;
}

/** What a tenant's admin may set. */
export interface TenantSettings {
  readonly problemDetail: ProblemDetail;
}

export interface TenantStore {
  /** Creates or confirms a built-in tenant. */
  ensure(name: string, realm: Realm, now: Date): Promise<void>;
  get(name: string): Promise<{ readonly name: string; readonly realm: Realm } | null>;
  /** Throws for a tenant that was never made. */
  settings(name: string): Promise<TenantSettings>;
  /**
   * Sets what `change` makes of the present settings, which nobody else changes meanwhile; whatever it throws
   * leaves them as they were.
   */
  changeSettings(name: string, change: (present: TenantSettings) => TenantSettings): Promise<TenantSettings>;
}

export interface IdempotencyStore {
  /**
   * Runs `work` once per (tenant, route, key). A second call with the same body digest gets the stored
   * reply; with another body `conflict`.
   */
  once(
    tenant: string,
    route: string,
    key: string,
    bodyDigest: Uint8Array,
    now: Date,
    work: () => Promise<{ readonly status: number; readonly body: JsonObject }>,
  ): Promise<{ readonly status: number; readonly body: JsonObject } | 'conflict'>;
}

/** Where a wrapped key belongs; authenticated with it, so that rows cannot be swapped. */
export interface WrapContext {
  readonly tenant: string;
  readonly purpose: string;
  readonly kid: string;
}

/** Encrypts keys at rest: AES-256-GCM under the KEK, AAD = context. `unwrap` throws WrongKek. */
export interface KeyWrap {
  wrap(context: WrapContext, plaintext: Uint8Array): Uint8Array;
  unwrap(context: WrapContext, wrapped: Uint8Array): Uint8Array;
}

export interface DeploymentStore {
  /**
   * First start records the issuer and a value wrapped under the KEK; later starts compare. Replicas that
   * disagree, or hold another KEK, are refused in words (StorageRefused).
   */
  confirm(issuer: string, kek: KeyWrap): Promise<void>;
}

/** Everything that storage offers. Each call is one transaction of its own. */
export interface Stores {
  readonly deployment: DeploymentStore;
  readonly tenants: TenantStore;
  readonly endorsements: EndorsementStore;
  readonly workloads: WorkloadStore;
  readonly referenceValues: ReferenceValueStore;
  readonly policies: PolicyStore;
  readonly platforms: PlatformStore;
  readonly audiences: AudienceStore;
  readonly decisions: DecisionStore;
  readonly signingKeys: SigningKeyStore;
  readonly apiKeys: ApiKeyStore;
  readonly idempotency: IdempotencyStore;
  /** Connections that a transaction holds at this moment. */
  connectionsInUse(): number;
  /** Database time, for the clock-offset check; throws when the database is gone. */
  databaseNow(): Promise<Date>;
  close(): Promise<void>;
}

/** Signs tokens for one tenant; the private key never leaves it. */
export interface TokenSigner {
  readonly kid: string;
  readonly alg: 'ES256';
  /** Compact JWS with header {alg, kid, typ: "JWT"}. */
  sign(claims: JsonObject): Promise<string>;
}
