/** What is measured of signing keys: how old they are, how old they may become, and how often another one took over. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { TokenAlg } from '../verifier/key-ports.js';
import { orNothing } from './scrape.js';

export interface KeyGaugeSources {
  /** Since when the token key of each algorithm signs that has signed longest of all tenants’. */
  signingKeys(): Promise<readonly { readonly alg: string; readonly since: Date }[]>;
  /** Seconds after which the next key takes over; absent or null: when somebody asks for it. */
  keyRotation?(): number | null;
  now(): Date;
}

const CAUSES = ['rotation', 'emergency'] as const;

/** A key began to sign: because its turn had come, or at once because an older one may be in other hands. */
export interface KeyChange {
  readonly alg: TokenAlg;
  readonly cause: (typeof CAUSES)[number];
}

/** Returns what counts one. */
export function registerKeyChanges(registry: Registry): (change: KeyChange) => void {
  const changes = new Counter({
    name: 'assay_signing_key_changes_total',
    help: 'Signing keys of all tenants that began to sign in the place of others, by cause.',
    labelNames: ['alg', 'cause'],
    registers: [registry],
  });
  // A series that begins with its first change shows no increase by it.
  for (const alg of ['ES256', 'RS256'] satisfies TokenAlg[]) {
    for (const cause of CAUSES) changes.inc({ alg, cause }, 0);
  }
  return ({ alg, cause }) => changes.inc({ alg, cause });
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
