/** Whether the service can do its work: database, signing key, clock. Expiring endorsements are only reported. */
import type { JsonObject } from '../rats/result.js';
import type { Clock, EndorsementSummary } from '../verifier/ports.js';

export interface ReadinessParts {
  readonly clock: Clock;
  readonly databaseNow: () => Promise<Date>;
  /** Rejects when there is no usable signing key. */
  readonly openSigningKey: () => Promise<void>;
  readonly endorsements: () => Promise<readonly EndorsementSummary[]>;
}

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
  readonly endorsements: readonly JsonObject[];
}

export interface ReadinessProbe {
  /** Compares this machine's clock with the database's; rejects when the database is away. */
  compareClocks(): Promise<void>;
  read(): Promise<ReadinessReport>;
}

/** Seconds. Replicas whose clocks differ more would disagree about which challenge is still fresh. */
const MAX_OFFSET = 5;
/** Seconds before its end at which a document is worth a mention. */
const MENTION_BEFORE = 7 * 24 * 3600;

export function createReadiness(parts: ReadinessParts): ReadinessProbe {
  let offset: number | null = null;

  async function compareClocks(): Promise<void> {
    const before = parts.clock.now().getTime();
    const database = (await parts.databaseNow()).getTime();
    const after = parts.clock.now().getTime();
    offset = Math.abs((before + after) / 2 - database) / 1000;
  }

  return {
    compareClocks,
    async read() {
      const checks = {
        database: await outcomeOf(async () => void (await parts.databaseNow()), 'out of reach'),
        signing_key: await outcomeOf(parts.openSigningKey, 'unusable'),
        clock: offset === null || offset <= MAX_OFFSET ? 'ok' : `${offset.toFixed(1)} s from the database’s`,
      };
      return {
        ready: Object.values(checks).every((outcome) => outcome === 'ok'),
        checks,
        endorsements: await soonStale(parts),
      };
    },
  };
}

async function outcomeOf(check: () => Promise<void>, otherwise: string): Promise<string> {
  try {
    await check();
    return 'ok';
  } catch {
    return otherwise;
  }
}

/** Current documents that have expired or soon will; none when the store cannot be asked. */
async function soonStale({ clock, endorsements }: ReadinessParts): Promise<readonly JsonObject[]> {
  const now = clock.now().getTime();
  try {
    return (await endorsements())
      .filter(
        ({ state, expiresAt }) => state === 'current' && expiresAt.getTime() - now < MENTION_BEFORE * 1000,
      )
      .map(({ kind, subject, expiresAt }) => ({
        kind,
        subject,
        expires_at: expiresAt.toISOString(),
        expired: expiresAt.getTime() <= now,
      }));
  } catch {
    return [];
  }
}
