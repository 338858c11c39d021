/** How renewing vendor documents stands, as gauges. */
import { Gauge, type Registry } from 'prom-client';
import { orNothing } from './scrape.js';

/** A vendor document in use. */
export interface RenewalMeasured {
  readonly kind: string;
  /** When the vendor, or an import, last gave the current generation; null: there is none. */
  readonly confirmedAt: Date | null;
  /** How the last try to renew it failed, a word of a closed set; null: it did not. */
  readonly failing: string | null;
}

export interface RenewalSources {
  renewals(): Promise<readonly RenewalMeasured[]>;
  now(): Date;
}

export function registerRenewalGauges(registry: Registry, sources: RenewalSources): void {
  const registers = [registry];
  new Gauge({
    name: 'assay_endorsement_age_seconds',
    help: 'Seconds since the vendor, or an import, last gave the current vendor document; of a kind the oldest in use.',
    labelNames: ['kind'],
    aggregator: 'max',
    registers,
    async collect() {
      this.reset();
      const now = sources.now().getTime();
      const oldest = new Map<string, number>();
      for (const { kind, confirmedAt } of await orNothing(sources.renewals(), [])) {
        if (confirmedAt === null) continue;
        const seconds = (now - confirmedAt.getTime()) / 1000;
        oldest.set(kind, Math.max(seconds, oldest.get(kind) ?? seconds));
      }
      for (const [kind, seconds] of oldest) this.set({ kind }, seconds);
    },
  });

  new Gauge({
    name: 'assay_endorsement_refresh_failing',
    help: 'Vendor documents in use whose last try to renew them failed, by how it ended.',
    labelNames: ['kind', 'result'],
    aggregator: 'max',
    registers,
    async collect() {
      this.reset();
      for (const { kind, failing } of await orNothing(sources.renewals(), [])) {
        if (failing !== null) this.inc({ kind, result: failing });
      }
    },
  });
}
