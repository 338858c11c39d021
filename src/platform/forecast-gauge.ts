/** How many platforms stop passing, as a gauge. Every process that looks finds the same, so of several values one is shown. */
import { Gauge, type Registry } from 'prom-client';

/** By TEE and time, both closed sets. */
export type FailingCounts = ReadonlyMap<string, Readonly<Record<string, number>>>;

/** `failing` null: not known yet, and no series is shown. */
export function registerForecastGauge(registry: Registry, failing: () => FailingCounts | null): void {
  new Gauge({
    name: 'assay_forecast_failing_platforms',
    help: 'Platforms seen lately that stop passing within the time, as things stand; undated: announced without a date.',
    labelNames: ['tee', 'within'],
    aggregator: 'max',
    registers: [registry],
    collect() {
      this.reset();
      for (const [tee, counts] of failing() ?? []) {
        for (const [within, count] of Object.entries(counts)) this.set({ tee, within }, count);
      }
    },
  });
}
