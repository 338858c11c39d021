/**
 * Noting which platforms come: once for each platform, state and day, after the reply, together with others. What a
 * crash takes with it is noted again with the platform's next evidence.
 */
import { sha256Hex } from '../bytes/digest.js';
import { Memory } from '../bytes/memory.js';
import type { AuthenticatedEvidence } from '../rats/evidence.js';
import { isEventField } from '../rats/measured-event.js';
import type { ReferenceValue } from '../rats/reference-value.js';
import type { Clock } from './ports.js';
import type { Sighting, SightingStore } from './sighting-ports.js';
import type { Verification } from './verify.js';

/** Authentic evidence for which a decision was recorded. */
export interface Seen {
  readonly tenant: string;
  readonly evidence: AuthenticatedEvidence;
  /** The version that matched. */
  readonly matched: ReferenceValue;
  /** As of `Sighting`. */
  readonly policy: string | null;
  readonly at: Date;
}

export interface Sightings {
  /** Costs a look into a memory when the platform was noted today. */
  note(seen: Seen): void;
  /** Writes what was noted; what could not be written waits for the next time. */
  flush(): Promise<void>;
}

/** Of all tenants: some ten thousand platforms a day. Whoever is forgotten is noted once more. */
const NOTED = { entries: 32_768, bytes: 8 * 1024 * 1024 };
/** Waiting to be written, where the database is away. Beyond it platforms are noted another time. */
const MOST_WAITING = 4_096;
/** In one statement. */
const TOGETHER = 256;
/** Characters of facts and fields. A version may name events by the thousand; such a platform is not foreseen. */
const MOST_TEXT = 32 * 1024;
const DAY_MS = 24 * 3600 * 1000;

export function createSightings(store: Pick<SightingStore, 'record'>): Sightings {
  const noted = new Memory<true>(NOTED);
  let waiting: { readonly tenant: string; readonly sighting: Sighting }[] = [];
  /** One after the other: what two wrote at once would be written twice. */
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const tenant = waiting[0]?.tenant ?? '';
      const batch = waiting.filter((one) => one.tenant === tenant).slice(0, TOGETHER);
      await store.record(tenant, latestOf(batch.map(({ sighting }) => sighting)));
      const written = new Set(batch);
      waiting = waiting.filter((one) => !written.has(one));
    }
  }

  return {
    note(seen) {
      const { tenant, evidence, matched, policy, at } = seen;
      if (matched.workload === null || waiting.length >= MOST_WAITING) return;
      const { machine, state } = evidence.recollection;
      const day = Math.floor(at.getTime() / DAY_MS);
      const key = `${day} ${tenant} ${matched.workload} ${policy ?? ''} ${machine} ${state}`;
      if (noted.recall(key) !== null) return;
      noted.remember(key, true, key.length);
      const sighting = sightingOf(seen, matched.workload);
      if (JSON.stringify([sighting.facts, sighting.fields]).length <= MOST_TEXT) {
        waiting.push({ tenant, sighting });
      }
    },
    flush() {
      writing = writing.catch(() => {}).then(write);
      return writing;
    },
  };
}

/** Notes the platform of evidence that a decision was just recorded for; one that matched nothing has no workload. */
export function noteSighting(
  { clock, sightings }: { readonly clock: Clock; readonly sightings: Pick<Sightings, 'note'> },
  { authenticated: evidence, appraisal }: Verification,
  whose: Pick<Seen, 'tenant' | 'policy'>,
): void {
  const matched = appraisal?.matched ?? null;
  if (evidence !== null && matched !== null) sightings.note({ ...whose, evidence, matched, at: clock.now() });
}

function sightingOf({ evidence, matched, policy, at }: Seen, workload: string): Sighting {
  const events = Object.keys(matched.match).filter(isEventField);
  return {
    workload,
    policy,
    machine: sha256Hex(Buffer.from(evidence.recollection.machine, 'utf8')),
    tee: evidence.tee,
    facts: evidence.recollection.facts(),
    fields: Object.fromEntries(events.map((field) => [field, evidence.referenceFields[field] ?? ''])),
    seenAt: at,
  };
}

/** One for each row: a statement cannot write a row twice. */
function latestOf(sightings: readonly Sighting[]): readonly Sighting[] {
  const rows = new Map(
    sightings.map((sighting) => [`${sighting.workload} ${sighting.policy} ${sighting.machine}`, sighting]),
  );
  return [...rows.values()];
}
