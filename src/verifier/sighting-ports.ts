/** Platforms that genuine evidence came from, kept for foreseeing what becomes of them. `storage/` implements this. */
import type { JsonObject } from '../rats/result.js';

/** A platform under a workload: one row, which the next sighting of another day or state replaces. */
export interface Sighting {
  readonly workload: string;
  /** The policy that a relying party chose by name; null: the workload's own applies. */
  readonly policy: string | null;
  /** Lowercase hex SHA-256 of what names the machine. */
  readonly machine: string;
  /** Wire name. */
  readonly tee: string;
  /** For `Scheme.recall`. */
  readonly facts: JsonObject;
  /** Reference fields of events, which claims do not have; those of the version that matched. */
  readonly fields: Readonly<Record<string, string>>;
  readonly seenAt: Date;
}

export interface SightingStore {
  /** Each replaces what was kept of its platform, unless that is newer. */
  record(tenant: string, sightings: readonly Sighting[]): Promise<void>;
  /** Seen since then, newest first, at most `limit` of those behind `after`; null: from the newest on. */
  list(
    tenant: string,
    since: Date,
    page: { readonly limit: number; readonly after: Sighting | null },
  ): Promise<readonly Sighting[]>;
  /** Forgets whatever was last seen before the instant, of every tenant; returns how many. */
  purge(before: Date): Promise<number>;
}
