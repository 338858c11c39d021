/** How vendors' services stand, as gauges. All processes read the same rows, so of several values one is shown. */
import { Gauge, type Registry } from 'prom-client';

export interface VendorServiceGauge {
  /** Name of the service, of which a build has a handful. */
  readonly service: string;
  /** Documents that wait or are being asked for. */
  readonly waiting: number;
  /** Until when nothing is asked of it; null: it is open. */
  readonly closedUntil: Date | null;
}

export interface VendorGaugeSources {
  services(): Promise<readonly VendorServiceGauge[]>;
  now(): Date;
}

export function registerVendorGauges(registry: Registry, { services, now }: VendorGaugeSources): void {
  new Gauge({
    name: 'assay_vendor_queue_length',
    help: 'Documents that wait to be asked of a vendor’s service, or are being asked for.',
    labelNames: ['service'],
    aggregator: 'max',
    registers: [registry],
    async collect() {
      this.reset();
      for (const { service, waiting } of await services()) this.set({ service }, waiting);
    },
  });

  new Gauge({
    name: 'assay_vendor_breaker_open',
    help: '1 while a vendor’s service is left alone, after failures or at its own request, else 0.',
    labelNames: ['service'],
    aggregator: 'max',
    registers: [registry],
    async collect() {
      this.reset();
      const at = now();
      for (const { service, closedUntil } of await services()) {
        this.set({ service }, closedUntil !== null && closedUntil > at ? 1 : 0);
      }
    },
  });
}
