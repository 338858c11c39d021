/** Signing keys, callers’ keys, tenants, and what a deployment is known by. */
import type { Realm } from '../rats/endorsement.js';
import type { ProblemDetail } from '../rats/problem-detail.js';
import type { JsonObject } from '../rats/result.js';
import type { Page, PageRequest } from './ports.js';

/** One key, one purpose: tokens of a tenant, bundles of a realm's endorsements. */
export type KeyPurpose = 'token' | 'bundle';

/**
 * What an emergency replaces, in this order: no new token key is certified by an audience's authority that is about to go.
 */
export const REPLACEABLE = ['audience-authority', 'token', 'bundle'] as const;
export type Replaceable = (typeof REPLACEABLE)[number];

/** What tokens are signed with (RFC 7518, section 3): ECDSA on P-256, or RSASSA-PKCS1-v1_5 with 2048 bits. */
export type TokenAlg = 'ES256' | 'RS256';

/**
 * `published`: relying parties can fetch it, nothing is signed with it yet. `active`: it signs. `retired`: it signs no
 * more, and what it signed still counts. `removed`: nothing that it signed counts.
 */
export type KeyState = 'published' | 'active' | 'retired' | 'removed';

export interface StoredSigningKey {
  readonly tenant: string;
  readonly purpose: KeyPurpose;
  /** RFC 7638 SHA-256 thumbprint. */
  readonly kid: string;
  readonly alg: TokenAlg;
  readonly state: KeyState;
  readonly publicJwk: JsonObject;
  /** The private key, encrypted; opened by storage/key-wrap.ts only. Null: it signs no more, so it was thrown away. */
  readonly wrapped: Uint8Array | null;
  /** When it was made, which is when it was published. */
  readonly publishedAt: Date;
  /** Since when it signs; of a published key, from when on it will. */
  readonly activeFrom: Date;
  /** Since when it signs no more. */
  readonly retiredAt: Date | null;
  readonly removedAt: Date | null;
  /** Why it was removed at once; null: it was not, or went its usual way. */
  readonly reason: string | null;
}

/** What everybody may know of a key. */
export type PublicSigningKey = Omit<StoredSigningKey, 'wrapped'>;

export interface SigningKeyStore {
  /**
   * The tenant's keys of a purpose that are not removed, active first. Where no key of an algorithm is active, `mint` makes
   * one, and it is inserted under an advisory lock, so that replicas that start together end with one of each.
   */
  ensure(
    tenant: string,
    purpose: KeyPurpose,
    algs: readonly TokenAlg[],
    mint: (alg: TokenAlg) => Promise<StoredSigningKey>,
  ): Promise<readonly StoredSigningKey[]>;
  /** Keys that are not removed, without their private halves. Of a tenant that never signed: none. */
  readPublic(tenant: string, purpose: KeyPurpose): Promise<readonly PublicSigningKey[]>;
  /** Those that are not removed, active first, then published. */
  read(tenant: string, purpose: KeyPurpose): Promise<readonly StoredSigningKey[]>;
  /**
   * Writes what `decide` makes of the keys that are not removed: new ones, and known ones in a new state, whose private
   * halves stay as they are stored or, where `wrapped` is null, go. Nobody else changes states meanwhile, and no decision
   * commits while they change: whoever commits after this resolved sees them changed. Whatever `decide` throws leaves them
   * as they were. Returns what was written.
   */
  change(
    tenant: string,
    purpose: KeyPurpose,
    decide: (present: readonly StoredSigningKey[]) => readonly StoredSigningKey[],
  ): Promise<readonly StoredSigningKey[]>;
  /** Of every purpose and state, newest first. */
  list(tenant: string, page: PageRequest): Promise<Page<StoredSigningKey>>;
}

/** Protected header of a token, besides `alg` and `kid`. */
export interface TokenHeader {
  /** `JWT` when left out. */
  readonly typ?: string;
  /** The public key in the header itself, with whatever certificates vouch for it. */
  readonly jwk?: JsonObject;
}

/** Signs tokens for one tenant; the private key never leaves it. */
export interface TokenSigner {
  /** RFC 7638 SHA-256 thumbprint. */
  readonly kid: string;
  readonly alg: TokenAlg;
  /** Members of the key alone (`kty` and its numbers), without `kid`, `alg` or `use`. */
  readonly publicJwk: JsonObject;
  /** Compact JWS (RFC 7515). */
  sign(claims: JsonObject, header?: TokenHeader): Promise<string>;
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

export interface NewTenant {
  readonly name: string;
  readonly description: string | null;
  readonly createdAt: Date;
}

/** A tenant as whoever runs the service sees it. */
export interface TenantRecord extends NewTenant {
  readonly realm: Realm;
}

export interface TenantStore {
  /** Creates or confirms a built-in tenant. */
  ensure(name: string, realm: Realm, now: Date): Promise<void>;
  /**
   * A further tenant, for genuine evidence, and its first API key (`digest`: SHA-256 of the whole key text): both or neither.
   * Null when the name is taken. A tenant stays, with its name and realm.
   */
  create(tenant: NewTenant, key: ApiKey, digest: Uint8Array): Promise<TenantRecord | null>;
  get(name: string): Promise<{ readonly name: string; readonly realm: Realm } | null>;
  /** All of them, by name. */
  list(): Promise<readonly { readonly name: string; readonly realm: Realm }[]>;
  /** All of their names, in order. */
  names(): Promise<readonly string[]>;
  record(name: string): Promise<TenantRecord | null>;
  /** By name. */
  page(page: PageRequest): Promise<Page<TenantRecord>>;
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
  /** Of a key that is one audience's alone. */
  readonly audience?: string;
}

/** Encrypts keys at rest: AES-256-GCM under the KEK, AAD = context. What does not open throws WrongKek. */
export interface KeyWrap {
  wrap(context: WrapContext, plaintext: Uint8Array): Uint8Array;
  unwrap(context: WrapContext, wrapped: Uint8Array): Uint8Array;
  /** The same encrypted under the present KEK; null: it is already. */
  rewrap(context: WrapContext, wrapped: Uint8Array): Uint8Array | null;
}

export interface DeploymentStore {
  /**
   * First start records the issuer and a value wrapped under the KEK; later starts compare. Replicas that
   * disagree, or hold another KEK, are refused in words (StorageRefused).
   */
  confirm(issuer: string, kek: KeyWrap): Promise<void>;
  /**
   * Encrypts anew whatever is not encrypted under the present KEK: keys of all tenants and the value that later starts
   * compare, which is the last. Several replicas may do so at once, and again after they were stopped in the middle. Returns
   * how many values it changed. Throws StorageRefused, and has changed none, when one does not open.
   */
  rewrap(kek: KeyWrap): Promise<number>;
}
