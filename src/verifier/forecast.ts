/**
 * Use case: which of the platforms that came lately stop passing, when, and why. Judged again by the same functions as
 * evidence, from the facts that were kept of them; nothing is decided or recorded.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { bulletinTable, recallPlatform } from '../tee/registry.js';
import { type CalendarRow, calendarOf, type PlatformForecast } from './forecast/calendar.js';
import { createJudge, type Recalled } from './forecast/judge.js';
import { lookUpWorld, type WorldParts } from './forecast/world.js';
import type { PolicyBook } from './policy-book.js';
import type { Clock, Stores, Tenant } from './ports.js';
import type { Sighting } from './sighting-ports.js';
import type { Sightings } from './sightings.js';

export interface ForecastParts {
  readonly clock: Clock;
  readonly stores: Pick<Stores, 'audiences' | 'endorsements' | 'platforms' | 'referenceValues' | 'sightings'>;
  readonly collect: WorldParts['collect'];
  readonly policies: Pick<PolicyBook, 'find'>;
  readonly sightings: Pick<Sightings, 'flush'>;
}

export interface ForecastRequest {
  /** How far to look, 1 to 366. */
  readonly days: number;
  /** A table of AMD's bulletins to judge by in place of the one in force; null: none. */
  readonly bulletins: Uint8Array | null;
}

export interface Forecast {
  readonly now: Date;
  readonly until: Date;
  /** How many were judged, each once whatever its workloads. */
  readonly platforms: number;
  /** Of which nothing can be foreseen: documents that decide are not at hand, or no policy is in force. */
  readonly unjudged: number;
  /** There were more than are looked at; the latest were. */
  readonly truncated: boolean;
  readonly rows: readonly CalendarRow[];
}

const DAY_MS = 24 * 3600 * 1000;
/** Platforms seen longer ago are taken to be gone. */
const SEEN_WITHIN_DAYS = 30;
const MOST_SIGHTINGS = 10_000;
/** Read at once. */
const PAGE = 250;
/** Platforms between two looks at whatever else there is to do. */
const AT_ONCE = 16;

/** Refuses `request_invalid` for a table that is not of its form. */
export async function forecast(
  { clock, stores, collect, policies, sightings }: ForecastParts,
  tenant: Tenant,
  { days, bulletins }: ForecastRequest,
): Promise<Forecast> {
  const exchange = bulletins === null ? null : bulletinTable(bulletins);
  await sightings.flush();
  const now = clock.now();
  const horizon = { now, until: new Date(now.getTime() + days * DAY_MS) };
  const world = await lookUpWorld({ stores, collect }, tenant, horizon);
  const judge = createJudge({
    tenant: tenant.name,
    policies,
    referenceValues: stores.referenceValues,
    world,
    horizon,
    exchange,
  });
  const forecasts: PlatformForecast[] = [];
  const machines = new Set<string>();
  let after: Sighting | null = null;
  let count = 0;
  do {
    const page = { limit: PAGE, after };
    const seen: readonly Sighting[] = await stores.sightings.list(tenant.name, lastSeenAfter(now), page);
    const recalled = seen.flatMap(recalledOf);
    await world.learn(recalled.map(({ platform }) => platform));
    for (const [index, one] of recalled.entries()) {
      if (index % AT_ONCE === 0) await breathe();
      const foreseen = await judge(one);
      if (foreseen !== null) forecasts.push(foreseen);
    }
    for (const { machine } of seen) machines.add(machine);
    count += seen.length;
    after = seen.length === PAGE ? (seen.at(-1) ?? null) : null;
  } while (after !== null && count < MOST_SIGHTINGS);
  const platforms = new Set(forecasts.map(({ machine }) => machine)).size;
  return {
    ...horizon,
    platforms,
    unjudged: machines.size - platforms,
    truncated: after !== null,
    rows: calendarOf(forecasts, world.audiences),
  };
}

/** Whatever was last seen before is of no use any more. */
export function lastSeenAfter(now: Date): Date {
  return new Date(now.getTime() - SEEN_WITHIN_DAYS * DAY_MS);
}

/** None where another build kept facts that this one does not read. */
function recalledOf(sighting: Sighting): readonly Recalled[] {
  try {
    return [{ ...sighting, platform: recallPlatform(sighting.tee, sighting.facts) }];
  } catch (error) {
    if (error instanceof TypeError) return [];
    throw error;
  }
}
