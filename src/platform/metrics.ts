/** Prometheus metrics under stable names. Labels are closed sets: no chip, no measurement, no address. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RefusalCode } from '../rats/refusal.js';
import type { BuildInfo } from './build-info.js';
import { type FailingCounts, registerForecastGauge } from './forecast-gauge.js';
import { type KeyChange, registerKeyChanges, registerKeyGauges } from './key-metrics.js';
import { type RenewalMeasured, registerRenewalGauges } from './renewal-gauges.js';
import { orNothing } from './scrape.js';
import { registerVendorGauges, type VendorServiceGauge } from './vendor-gauges.js';

/** What is asked at scrape time. A source that fails leaves its series out. */
export interface MetricSources {
  /** End of validity of each current vendor document but those about a single machine. */
  endorsements(): Promise<readonly { readonly kind: string; readonly expiresAt: Date }[]>;
  /** Vendor documents in use: when each was last confirmed, and how the last try to renew it failed. */
  renewals(): Promise<readonly RenewalMeasured[]>;
  /** Vendors' services that were ever asked; absent: vendors are not asked. */
  vendorServices?(): Promise<readonly VendorServiceGauge[]>;
  /** Since when the active token key of each algorithm signs. */
  signingKeys(): Promise<readonly { readonly alg: string; readonly since: Date }[]>;
  /** Seconds after which the next key takes over; absent or null: when somebody asks for it. */
  keyRotation?(): number | null;
  /** Database connections that a transaction holds. */
  connectionsInUse(): number;
  /** End of the certificate that the service itself shows; absent or null: it has none. */
  tlsExpiresAt?(): Date | null;
  /** Platforms that stop passing, by TEE and time; null: not known yet. Absent: this process does not look. */
  failingPlatforms?(): FailingCounts | null;
  now(): Date;
}

/** Exposition text and its media type. */
export interface Exposition {
  readonly text: string;
  readonly type: string;
}

/** One process’s metrics as plain data, to be put together with those of others. */
export type MetricSnapshot = readonly {
  readonly name: string;
  readonly help: string;
  /** `counter`, `gauge`, `histogram` or `summary`. */
  readonly type: string;
  /** prom-client’s word for how values of several processes become one. */
  readonly aggregator: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly metricName?: string;
  }[];
}[];

export interface Metrics {
  challenge(outcome: string): void;
  attest(labels: { readonly tee: string; readonly outcome: string; readonly code: RefusalCode | '' }): void;
  attestStage(tee: string, stage: string, seconds: number): void;
  tcbStatus(tee: string, status: string): void;
  token(profile: string, alg: string): void;
  keyChanged(change: KeyChange): void;
  endorsementFetch(labels: { readonly kind: string; readonly source: string; readonly result: string }): void;
  httpRequest(
    labels: { readonly route: string; readonly method: string; readonly status: number },
    seconds: number,
  ): void;
  expose(): Promise<Exposition>;
  snapshot(): Promise<MetricSnapshot>;
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** `crypto`: who verifies the signatures of evidence in this process. */
export function createMetrics(
  build: BuildInfo & { readonly crypto: string },
  sources: MetricSources,
): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  registerGauges(registry, build, sources);
  registerKeyGauges(registry, sources);
  registerTlsGauge(registry, sources);
  registerForecastGauge(registry, () => sources.failingPlatforms?.() ?? null);
  registerRenewalGauges(registry, sources);
  registerVendorGauges(registry, {
    services: () => orNothing(sources.vendorServices?.() ?? Promise.resolve([]), []),
    now: sources.now,
  });

  const attestTotal = new Counter({
    name: 'assay_attest_total',
    help: 'Attest requests by kind of evidence, class of answer and refusal code.',
    labelNames: ['tee', 'outcome', 'code'],
    registers,
  });
  const attestSeconds = new Histogram({
    name: 'assay_attest_duration_seconds',
    help: 'Time spent in each stage of an attest request.',
    labelNames: ['tee', 'stage'],
    buckets: SECONDS,
    registers,
  });
  const challenges = new Counter({
    name: 'assay_challenges_total',
    help: 'Challenge requests by class of answer.',
    labelNames: ['outcome'],
    registers,
  });
  const fetches = new Counter({
    name: 'assay_endorsement_fetch_total',
    help: 'Look-ups of vendor documents by kind, source and result.',
    labelNames: ['kind', 'source', 'result'],
    registers,
  });
  const tcb = new Counter({
    name: 'assay_tcb_status_total',
    help: 'Authentic evidence by the status of its TCB.',
    labelNames: ['tee', 'status'],
    registers,
  });
  const tokens = new Counter({
    name: 'assay_tokens_total',
    help: 'Tokens issued.',
    labelNames: ['profile', 'alg'],
    registers,
  });
  const requests = new Histogram({
    name: 'assay_http_request_duration_seconds',
    help: 'HTTP requests by route, method and status.',
    labelNames: ['route', 'method', 'status'],
    buckets: SECONDS,
    registers,
  });

  return {
    challenge: (outcome) => challenges.inc({ outcome }),
    attest: (labels) => attestTotal.inc(labels),
    attestStage: (tee, stage, seconds) => attestSeconds.observe({ tee, stage }, seconds),
    tcbStatus: (tee, status) => tcb.inc({ tee, status }),
    token: (profile, alg) => tokens.inc({ profile, alg }),
    keyChanged: registerKeyChanges(registry),
    endorsementFetch: (labels) => fetches.inc(labels),
    httpRequest: (labels, seconds) => requests.observe(labels, seconds),
    expose: async () => ({ text: await registry.metrics(), type: registry.contentType }),
    snapshot: () => snapshotOf(registry),
  };
}

/** A value that is no number, such as the mean of nothing, would spoil what it is put together with. */
export async function snapshotOf(registry: Registry): Promise<MetricSnapshot> {
  return (await registry.getMetricsAsJSON()).map(({ name, help, type, aggregator, values }) => ({
    name,
    help,
    type: String(type),
    aggregator,
    values: values
      .filter(({ value }) => Number.isFinite(value))
      .map((measured) => ({
        value: measured.value,
        labels: definedOf(measured.labels),
        ...('metricName' in measured ? { metricName: String(measured.metricName) } : {}),
      })),
  }));
}

function definedOf(
  labels: Readonly<Record<string, string | number | undefined>>,
): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function registerGauges(
  registry: Registry,
  build: Parameters<typeof createMetrics>[0],
  sources: MetricSources,
): void {
  const registers = [registry];
  new Gauge({
    name: 'assay_build_info',
    help: 'Always 1; the labels say which build this is, and who verifies signatures.',
    labelNames: ['version', 'crypto'],
    aggregator: 'first',
    registers,
  }).set({ version: build.version, crypto: build.crypto }, 1);

  new Gauge({
    name: 'assay_endorsement_expiry_seconds',
    help: 'Seconds until the first vendor document of a kind in use expires; negative when one has. Certificates of single machines are left out.',
    labelNames: ['kind'],
    aggregator: 'min',
    registers,
    async collect() {
      this.reset();
      const now = sources.now().getTime();
      const earliest = new Map<string, number>();
      for (const { kind, expiresAt } of await orNothing(sources.endorsements(), [])) {
        const seconds = (expiresAt.getTime() - now) / 1000;
        earliest.set(kind, Math.min(seconds, earliest.get(kind) ?? seconds));
      }
      for (const [kind, seconds] of earliest) this.set({ kind }, seconds);
    },
  });

  new Gauge({
    name: 'assay_db_pool_in_use',
    help: 'Database connections that a transaction holds at this moment.',
    registers,
    collect() {
      this.set(sources.connectionsInUse());
    },
  });
}

function registerTlsGauge(registry: Registry, sources: MetricSources): void {
  new Gauge({
    name: 'assay_tls_certificate_expiry_seconds',
    help: 'Seconds until the certificate that this service shows expires; absent without TLS.',
    aggregator: 'min',
    registers: [registry],
    collect() {
      const until = sources.tlsExpiresAt?.() ?? null;
      if (until === null) this.remove();
      else this.set((until.getTime() - sources.now().getTime()) / 1000);
    },
  });
}
