/**
 * What the use cases need from the outside. `storage/`, `endorsements/` and `platform/` implement these;
 * the verifier never sees them.
 */
import type { Realm } from '../rats/endorsement.js';
import type { AuthorityStore } from './authority-ports.js';
import type { DecisionStore } from './decision-ports.js';
import type { EndorsementStore } from './endorsement-ports.js';
import type {
  ApiKeyStore,
  DeploymentStore,
  IdempotencyStore,
  SigningKeyStore,
  TenantStore,
} from './key-ports.js';
import type { PlatformStore, PolicyStore } from './policy-ports.js';
import type { AudienceStore, ReferenceValueStore, WorkloadStore } from './reference-ports.js';
import type { RefreshQueue, RefreshStore } from './refresh-ports.js';
import type { RenewalStore } from './renewal-ports.js';
import type { SightingStore } from './sighting-ports.js';
import type { VendorRequestStore } from './vendor-ports.js';

export interface Clock {
  now(): Date;
}

export interface Entropy {
  bytes(length: number): Uint8Array;
}

/** Runs what waits for others, without holding the place of one who computes meanwhile. */
export type Aside = <T>(wait: () => Promise<T>) => Promise<T>;

/** An isolated customer; its own issuer, keys and reference values. */
export interface Tenant {
  readonly name: string;
  readonly issuer: string;
  readonly realm: Realm;
}

export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null };
export interface PageRequest {
  /** 1 to 200. */
  readonly limit: number;
  /** Opaque, from the previous page; an unreadable one is refused with `request_invalid`. */
  readonly cursor: string | null;
}

/** Everything that storage offers. Each call is one transaction of its own. */
export interface Stores {
  readonly deployment: DeploymentStore;
  readonly tenants: TenantStore;
  readonly endorsements: EndorsementStore;
  readonly refreshes: RefreshStore;
  readonly refreshQueue: RefreshQueue;
  readonly vendorRequests: VendorRequestStore;
  readonly workloads: WorkloadStore;
  readonly referenceValues: ReferenceValueStore;
  readonly policies: PolicyStore;
  readonly platforms: PlatformStore;
  readonly sightings: SightingStore;
  readonly audiences: AudienceStore;
  readonly decisions: DecisionStore;
  readonly renewals: RenewalStore;
  readonly signingKeys: SigningKeyStore;
  readonly authorities: AuthorityStore;
  readonly apiKeys: ApiKeyStore;
  readonly idempotency: IdempotencyStore;
  /** Connections that a transaction holds at this moment. */
  connectionsInUse(): number;
  /** Database time, for the clock-offset check; throws when the database is gone. */
  databaseNow(): Promise<Date>;
  close(): Promise<void>;
}
