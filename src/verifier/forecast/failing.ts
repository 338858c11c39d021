/** How many platforms stop passing, and how soon: what an alert is set on. */
import type { CalendarRow } from './calendar.js';

/** Days. */
const BOUNDS = { '7d': 7, '30d': 30, '90d': 90 } as const;
export const LONGEST_BOUND = BOUNDS['90d'];

/** `undated`: announced, and nobody says for when. A bound counts those of the smaller ones too. */
export const FAILING_WITHIN = ['7d', '30d', '90d', 'undated'] as const;
export type FailingWithin = (typeof FAILING_WITHIN)[number];

/** By wire name of the TEE. */
export type FailingPlatforms = ReadonlyMap<string, Readonly<Record<FailingWithin, number>>>;

const DAY_MS = 24 * 3600 * 1000;

/**
 * Platforms that stop passing, each once whatever its workloads. Lapsing documents are left out: they are renewed
 * every day, and their ends are measured by themselves. So is what only follows if something else happens first.
 */
export function failingPlatforms(rows: readonly CalendarRow[], now: Date): FailingPlatforms {
  const failing = rows.filter((row) => row.fails && row.cause !== 'documents' && row.presumes === null);
  const tees = new Set(failing.map(({ tee }) => tee));
  return new Map(
    [...tees].map((tee) => {
      const count = (counts: (at: Date | null) => boolean): number => {
        const counted = failing.filter((row) => row.tee === tee && counts(row.at));
        return new Set(counted.flatMap(({ platforms }) => platforms.map(({ machine }) => machine))).size;
      };
      const within = (days: number): number =>
        count((at) => at !== null && at.getTime() <= now.getTime() + days * DAY_MS);
      return [
        tee,
        {
          '7d': within(BOUNDS['7d']),
          '30d': within(BOUNDS['30d']),
          '90d': within(BOUNDS['90d']),
          undated: count((at) => at === null),
        },
      ];
    }),
  );
}

/** To begin counting with, so that none is shown as none. */
export function noneFailing(tees: readonly string[]): FailingPlatforms {
  return new Map(tees.map((tee) => [tee, { '7d': 0, '30d': 0, '90d': 0, undated: 0 }]));
}

/** Of two tenants. */
export function addFailing(one: FailingPlatforms, other: FailingPlatforms): FailingPlatforms {
  const tees = new Set([...one.keys(), ...other.keys()]);
  return new Map(
    [...tees].map((tee) => {
      const sum = (within: FailingWithin): number =>
        (one.get(tee)?.[within] ?? 0) + (other.get(tee)?.[within] ?? 0);
      return [tee, { '7d': sum('7d'), '30d': sum('30d'), '90d': sum('90d'), undated: sum('undated') }];
    }),
  );
}
