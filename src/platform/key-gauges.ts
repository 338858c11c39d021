/** Gauges about signing keys: how old they are, and how old they may become. */
import { Gauge, type Registry } from 'prom-client';
import { orNothing } from './scrape.js';

export interface KeyGaugeSources {
  /** Since when the token key of each algorithm signs that has signed longest of all tenants’. */
  signingKeys(): Promise<readonly { readonly alg: string; readonly since: Date }[]>;
  /** Seconds after which the next key takes over; absent or null: when somebody asks for it. */
  keyRotation?(): number | null;
  now(): Date;
}

export function registerKeyGauges(registry: Registry, sources: KeyGaugeSources): void {
  const registers = [registry];
  new Gauge({
    name: 'assay_signing_key_age_seconds',
    help: 'Seconds for which the token key has been signing that has signed longest of all tenants’.',
    labelNames: ['alg'],
    aggregator: 'max',
    registers,
    async collect() {
      this.reset();
      const now = sources.now().getTime();
      for (const { alg, since } of await orNothing(sources.signingKeys(), [])) {
        this.set({ alg }, (now - since.getTime()) / 1000);
      }
    },
  });

  new Gauge({
    name: 'assay_signing_key_rotation_seconds',
    help: 'Seconds after which the next token key takes over; absent where rotation is off.',
    aggregator: 'max',
    registers,
    collect() {
      const seconds = sources.keyRotation?.() ?? null;
      if (seconds === null) this.remove();
      else this.set(seconds);
    },
  });
}
