/** What the use cases need kept of policies and of the machines that a tenant owns. `storage/` implements these. */
import type { PlatformIdentity, RegisteredPlatform } from '../rats/platform.js';
import type { JsonObject } from '../rats/result.js';
import type { Page, PageRequest } from './ports.js';

/** One version counts at a time: activating another retires it, and a retired one may be activated again. */
export type PolicyState = 'draft' | 'active' | 'retired';

/** A policy as it is kept: the numbered document, and what it comes to. */
export interface PolicyDocument {
  readonly name: string;
  readonly version: number;
  /** Without name and version, every default written out. */
  readonly document: JsonObject;
  /** Lowercase hex SHA-256 over the whole policy. */
  readonly digest: string;
}

export interface PolicyVersion extends PolicyDocument {
  readonly state: PolicyState;
  /** Null: it ships with the program. */
  readonly createdAt: Date | null;
}

/** What lists show of a version: all but what it says. */
export type ListedPolicyVersion = Omit<PolicyVersion, 'document'>;

/** A name with the version in force. */
export interface PolicySummary {
  readonly name: string;
  /** Null: only drafts so far. */
  readonly active: number | null;
  readonly latest: number;
  /** Null: every version of it ships with the program. */
  readonly createdAt: Date | null;
}

/** Makes the document of a version once its number is known; throws a refusal when it is not good. */
export type ComposeVersion = (version: number) => PolicyDocument;

export interface NewPolicyVersion {
  readonly compose: ComposeVersion;
  readonly activate: boolean;
}

/** Names a policy by itself, or through the workload that it was chosen for. */
export type PolicyQuestion =
  /** `otherwise`: the name that applies where none was chosen, or where no workload is known. */
  | { readonly workload: string | null; readonly otherwise: string }
  /** `version` null: the one in force. */
  | { readonly name: string; readonly version: number | null };

export interface PolicyAnswer {
  /** The tenant's epoch at the moment of the answer. */
  readonly epoch: bigint;
  readonly name: string;
  /** The tenant's own version; null: it has none of that name and number, or none of that name in force. */
  readonly own: { readonly version: number; readonly digest: string } | null;
}

/** Versions of the tenant's own. Those that ship with the program are known to whoever asks. */
export interface PolicyStore {
  /** The first version of a new name; null when the tenant has the name. */
  create(tenant: string, name: string, version: NewPolicyVersion, now: Date): Promise<PolicyVersion | null>;
  /** The next version, at least `first`; null when there is none of the name yet and `first` is 1. */
  addVersion(
    tenant: string,
    name: string,
    version: NewPolicyVersion & { readonly first: number },
    now: Date,
  ): Promise<PolicyVersion | null>;
  /**
   * Puts a version in force and retires the one that was, raising the tenant's epoch. Null: there is no such
   * version; `active`: it is in force already.
   */
  activate(
    tenant: string,
    name: string,
    version: number,
    now: Date,
  ): Promise<PolicyVersion | 'active' | null>;
  /** Retires what is in force of a shipped name, so that the version of the program counts again. False: nothing was. */
  retire(tenant: string, name: string, now: Date): Promise<boolean>;
  get(tenant: string, name: string): Promise<PolicySummary | null>;
  getVersion(tenant: string, name: string, version: number): Promise<PolicyVersion | null>;
  /** By name; `shipped` are listed among the tenant's own, unless it has versions of that name. */
  list(tenant: string, page: PageRequest, shipped: readonly PolicySummary[]): Promise<Page<PolicySummary>>;
  /** Newest first, `shipped` among them unless the tenant has a version of that number. */
  listVersions(
    tenant: string,
    name: string,
    page: PageRequest,
    shipped: readonly ListedPolicyVersion[],
  ): Promise<Page<ListedPolicyVersion>>;
  /** Remembered for as long as the epoch stands. */
  find(tenant: string, question: PolicyQuestion): Promise<PolicyAnswer>;
}

export interface Platform extends PlatformIdentity, RegisteredPlatform {
  /** `plt_` and 22 base64url characters. */
  readonly id: string;
  readonly createdAt: Date;
}

export interface PlatformAnswer {
  readonly epoch: bigint;
  /** Null: it is not registered. */
  readonly platform: RegisteredPlatform | null;
}

/** The machines that a tenant registered as its own. Every change raises the tenant's epoch. */
export interface PlatformStore {
  /** Null when the machine is registered already. */
  create(tenant: string, platform: Platform): Promise<Platform | null>;
  get(tenant: string, id: string): Promise<Platform | null>;
  list(tenant: string, page: PageRequest): Promise<Page<Platform>>;
  /** False: there was none. */
  remove(tenant: string, id: string): Promise<boolean>;
  /** Remembered for as long as the epoch stands, also that a machine is not registered. */
  find(tenant: string, identity: PlatformIdentity): Promise<PlatformAnswer>;
  /** What the register said of it under a past epoch; null: nothing. */
  findAsOf(tenant: string, identity: PlatformIdentity, epoch: bigint): Promise<RegisteredPlatform | null>;
}
