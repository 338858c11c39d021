/** How renewing vendor documents stands, as gauges of each document. No machine is named. */
import { Gauge, type Registry } from 'prom-client';
import { orNothing } from './scrape.js';

/** A vendor document in use. */
export interface RenewalMeasured {
  readonly kind: string;
  /** Which one of its kind: a product, a platform family and track; null where it would name a machine. */
  readonly subject: string | null;
  /** nextUpdate of the current generation; null: there is none. */
  readonly expiresAt: Date | null;
  /** When the vendor, or an import, last gave the current generation; null: there is none. */
  readonly confirmedAt: Date | null;
  /** How the last try to renew it failed, a word of a closed set; null: it did not. */
  readonly failing: string | null;
}

export interface RenewalSources {
  renewals(): Promise<readonly RenewalMeasured[]>;
  now(): Date;
}

export function registerRenewalGauges(registry: Registry, { renewals, now }: RenewalSources): void {
  const registers = [registry];
  const labelNames = ['kind', 'subject'];
  const measured = () => orNothing(renewals(), []);
  const secondsFrom = (instant: Date | null): number =>
    instant === null ? Number.NaN : (now().getTime() - instant.getTime()) / 1000;

  new Gauge({
    name: 'assay_endorsement_age_seconds',
    help: 'Seconds since the vendor, or an import, last gave the current generation of a vendor document in use.',
    labelNames,
    aggregator: 'max',
    registers,
    async collect() {
      showWorst(
        this,
        (await measured()).map((one) => [one, secondsFrom(one.confirmedAt)]),
        Math.max,
      );
    },
  });

  new Gauge({
    name: 'assay_endorsement_next_update_seconds',
    help: 'Seconds until the nextUpdate of a vendor document in use; negative when it has passed.',
    labelNames,
    aggregator: 'min',
    registers,
    async collect() {
      showWorst(
        this,
        (await measured()).map((one) => [one, -secondsFrom(one.expiresAt)]),
        Math.min,
      );
    },
  });

  new Gauge({
    name: 'assay_endorsement_refresh_failing',
    help: 'Vendor documents in use whose last try to renew them failed, by how it ended.',
    labelNames: [...labelNames, 'result'],
    aggregator: 'max',
    registers,
    async collect() {
      this.reset();
      for (const one of await measured()) {
        if (one.failing !== null) this.inc({ ...labelsOf(one), result: one.failing });
      }
    },
  });
}

/** Documents of machines have no label of their own: the worst of a kind stands for all. What is NaN is left out. */
function showWorst(
  gauge: Gauge<string>,
  all: readonly (readonly [RenewalMeasured, number])[],
  worst: (one: number, other: number) => number,
): void {
  gauge.reset();
  const shown = new Map<string, number>();
  for (const [one, seconds] of all.filter(([, each]) => !Number.isNaN(each))) {
    const key = `${one.kind}\0${one.subject}`;
    const value = worst(seconds, shown.get(key) ?? seconds);
    shown.set(key, value);
    gauge.set(labelsOf(one), value);
  }
}

function labelsOf({ kind, subject }: RenewalMeasured): { readonly kind: string; readonly subject: string } {
  return { kind, subject: subject ?? '' };
}
