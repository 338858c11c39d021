/** Signing keys, callers’ keys, tenants, and what a deployment is known by. */
import type { Realm } from '../rats/endorsement.js';
import type { ProblemDetail } from '../rats/problem-detail.js';
import type { JsonObject } from '../rats/result.js';
import type { Page, PageRequest } from './ports.js';

/** One key, one purpose: tokens of a tenant, bundles of a realm's endorsements. */
export type KeyPurpose = 'token' | 'bundle';

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

/** Signs bundles of vendor documents for one realm; the private key never leaves it. */
export interface BundleSigner {
  /** RFC 7638 SHA-256 thumbprint. */
  readonly kid: string;
  /** JWS with the payload left out: `header..signature` (RFC 7515, appendix F). */
  sign(manifest: Uint8Array): Promise<string>;
}

/** Public keys of those whose bundles an operator trusts. */
export interface BundleKeys {
  /** Thumbprint of the key that signed it; null: none of these did. */
  signerOf(manifest: Uint8Array, signature: string): Promise<string | null>;
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
  /** All of them, by name. */
  list(): Promise<readonly { readonly name: string; readonly realm: Realm }[]>;
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
