/** Everything that the routes are handed. They translate requests into these and know no implementation. */
import type { ExportChoice } from '../endorsements/bundle/export.js';
import type { BundleReport } from '../endorsements/bundle/import.js';
import type { ImportReport } from '../endorsements/import.js';
import type { Refresher } from '../endorsements/refresh.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';
import type { EndorsementTrack } from '../rats/endorsement.js';
import type { JsonObject, JsonValue } from '../rats/result.js';
import type { Emergency } from '../token/emergency.js';
import type { KeyRotation } from '../token/key-rotation.js';
import type { Authorities } from '../verifier/authority-ports.js';
import type { Forecast, ForecastRequest } from '../verifier/forecast.js';
import type { PolicyBook } from '../verifier/policy-book.js';
import type { Clock, Entropy, Stores, Tenant } from '../verifier/ports.js';
import type { NewReferenceVersion } from '../verifier/reference-ports.js';
import type { Verifier } from '../verifier/service.js';
import type { GateLimits } from './gate.js';
import type { CountRequest } from './rate-count.js';

/** Tenants with issuers of their own; names are looked up where they are not built in. */
export interface TenantDirectory {
  readonly standard: Tenant;
  /** Null: simulated vendors are switched off. */
  readonly simulated: Tenant | null;
  find(name: string): Promise<Tenant | null>;
  /** Of a tenant by its name, built in or not. */
  issuerOf(name: string): string;
}

export interface Archives {
  /** Keeps the vendor documents of a tar archive, a bundle or not, for a tenant's realm. */
  take(tenant: Tenant, archive: Uint8Array, track: EndorsementTrack): Promise<ImportReport | BundleReport>;
  /** Those of a tenant's realm as a bundle, of at most so many bytes. */
  make(tenant: Tenant, choice: ExportChoice, maxBytes: number): Promise<Uint8Array>;
}

export interface Readiness {
  readonly ready: boolean;
  /** Name of what must work to what is known of it. */
  readonly checks: Readonly<Record<string, string>>;
  /** Reported, not failed. */
  readonly endorsements: readonly JsonObject[];
}

export interface HttpParts {
  /** Of this build, as the API description names it. */
  readonly version: string;
  readonly tenants: TenantDirectory;
  readonly verifier: Verifier;
  readonly stores: Stores;
  readonly policies: PolicyBook;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Seconds since the call that made it. */
  readonly startStopwatch: () => () => number;
  /** A fault for the log, without anything submitted. */
  readonly faultFields: (error: unknown) => Parameters<Log['error']>[0];
  /** Public signing keys of a tenant as a JWK set. */
  readonly jwks: (tenant: string) => Promise<JsonObject>;
  /** What readers of an audience’s tokens trust where they fetch no keys; made at first use. */
  readonly authorityOf: Authorities['authorityOf'];
  /** Signing keys, changed by hand. */
  readonly keyRotation: Pick<KeyRotation, 'publishNext'>;
  /** Keys and authorities, replaced at once. */
  readonly emergency: Emergency;
  /** A recorded decision in words, as of the instant. */
  readonly retell: (decision: JsonObject, now: Date) => string;
  /** Archives of vendor documents, in and out. */
  readonly archives: Archives;
  /** Public keys of a tenant that sign bundles of vendor documents, as a JWK set. */
  readonly bundleJwks: (tenant: string) => Promise<JsonObject>;
  /** What becomes of the platforms that a tenant's evidence came from lately. */
  readonly forecast: (tenant: Tenant, request: ForecastRequest) => Promise<Forecast>;
  /** Vendor documents, asked for by hand, and how renewing them stands. */
  readonly renewal: Pick<Refresher, 'ask' | 'statuses'>;
  readonly parseReferenceValue: (body: JsonValue) => NewReferenceVersion;
  readonly readiness: () => Promise<Readiness>;
  /** Requests per second and address; null: no limit. */
  readonly rateLimit: number | null;
  /** Counts the requests of an address for several processes; absent: this one counts alone. */
  readonly countRequest?: CountRequest;
  readonly trustedProxies: readonly string[];
  readonly gate: GateLimits;
}
