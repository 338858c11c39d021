/** Whether the service can do its work: database, signing key, clock. Expiring endorsements are only reported. */
import type { JsonObject } from '../rats/result.js';
import type { EndorsementSummary } from '../verifier/endorsement-ports.js';
import type { Clock } from '../verifier/ports.js';

export interface ReadinessParts {
  readonly clock: Clock;
  readonly databaseNow: () => Promise<Date>;
  /** Rejects when there is no usable signing key. */
  readonly openSigningKey: () => Promise<void>;
  /** Those in use. */
  readonly endorsements: () => Promise<readonly EndorsementSummary[]>;
}

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
  readonly endorsements: readonly JsonObject[];
}

export interface ReadinessProbe {
  /** The service is about to stop: not ready from now on, whatever works. */
  leave(): void;
  /** Compares this machine's clock with the database's; rejects when the database is away. */
  compareClocks(): Promise<void>;
  /** Whether they agreed when they were compared last; true where they never were. */
  clockAgrees(): boolean;
  read(): Promise<ReadinessReport>;
}

/** Seconds. Replicas whose clocks differ more would disagree about which challenge is still fresh. */
const MAX_OFFSET = 5;
/** Milliseconds for which a probe waits for the database; probers give up after two to three seconds. */
const PATIENCE = 1_500;
/** Seconds before its end at which a document is worth a mention. */
const MENTION_BEFORE = 7 * 24 * 3600;

export function createReadiness(parts: ReadinessParts): ReadinessProbe {
  let offset: number | null = null;
  let leaving = false;
  /** One question at a time: probes that pile up on a database that hangs would take all its connections. */
  const database = oneAtATime(async () => void (await parts.databaseNow()));
  const signingKey = oneAtATime(parts.openSigningKey);
  const documents = oneAtATime(() => soonStale(parts));

  async function compareClocks(): Promise<void> {
    const before = parts.clock.now().getTime();
    const database = (await parts.databaseNow()).getTime();
    const after = parts.clock.now().getTime();
    offset = Math.abs((before + after) / 2 - database) / 1000;
  }

  const clockAgrees = (): boolean => offset === null || offset <= MAX_OFFSET;

  return {
    compareClocks,
    clockAgrees,
    leave() {
      leaving = true;
    },
    async read() {
      if (leaving) return { ready: false, checks: { service: 'stopping' }, endorsements: [] };
      const [reached, opened, endorsements] = await Promise.all([
        outcomeOf(database, 'out of reach'),
        outcomeOf(signingKey, 'unusable'),
        withinPatience(documents()).catch(() => []),
      ]);
      const checks = {
        database: reached,
        signing_key: opened,
        clock: clockAgrees() ? 'ok' : `${offset?.toFixed(1)} s from the database’s`,
      };
      return {
        ready: Object.values(checks).every((outcome) => outcome === 'ok'),
        checks,
        endorsements,
      };
    },
  };
}

async function outcomeOf(check: () => Promise<void>, otherwise: string): Promise<string> {
  try {
    await withinPatience(check());
    return 'ok';
  } catch {
    return otherwise;
  }
}

/** Whoever asks while an answer is still to come gets that answer. */
function oneAtATime<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | null = null;
  return () => {
    asked ??= ask().finally(() => {
      asked = null;
    });
    return asked;
  };
}

/** Rejects when the answer takes longer than a prober waits. */
async function withinPatience<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Documents in use that have expired or soon will. */
async function soonStale({ clock, endorsements }: ReadinessParts): Promise<readonly JsonObject[]> {
  const now = clock.now().getTime();
  return (await endorsements())
    .filter(({ expiresAt }) => expiresAt.getTime() - now < MENTION_BEFORE * 1000)
    .map(({ kind, subject, expiresAt }) => ({
      kind,
      subject,
      expires_at: expiresAt.toISOString(),
      expired: expiresAt.getTime() <= now,
    }));
}
