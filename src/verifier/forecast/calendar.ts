/** Timelines of many platforms as one calendar: a row for everything that happens to several of them alike. */
import type { PlatformIdentity } from '../../rats/platform.js';
import type { RefusalCode } from '../../rats/refusal.js';
import type { TrustTier } from '../../rats/result.js';
import type { Audience } from '../reference-ports.js';
import type { Standing } from './standing.js';
import type { ForecastCause, Transition } from './timeline.js';

/** One platform under one workload. */
export interface PlatformForecast {
  /** Lowercase hex SHA-256 of what names it. */
  readonly machine: string;
  readonly tee: string;
  readonly identity: PlatformIdentity | null;
  /** From the register; null: it is in none. */
  readonly label: string | null;
  readonly workload: string;
  /** `name@version`. */
  readonly policy: string;
  readonly transitions: readonly Transition[];
}

export interface RowStanding {
  readonly status: TrustTier;
  readonly tcbStatus: string | null;
  readonly code: RefusalCode | null;
}

export interface CalendarRow {
  readonly at: Date | null;
  readonly cause: ForecastCause;
  readonly what: string;
  readonly presumes: string | null;
  readonly tee: string;
  readonly policy: string;
  readonly from: RowStanding;
  readonly to: RowStanding;
  /** Somebody who takes these platforms today takes them no longer. */
  readonly fails: boolean;
  /** Audiences that took them and will not; by name. */
  readonly audiences: readonly string[];
  readonly workloads: readonly string[];
  /** Each once, by digest. */
  readonly platforms: readonly Pick<PlatformForecast, 'machine' | 'identity' | 'label'>[];
  readonly remedy: string | null;
}

/** By date, those without one first: they may be next. */
export function calendarOf(
  forecasts: readonly PlatformForecast[],
  audiences: readonly Audience[],
): readonly CalendarRow[] {
  const rows = new Map<string, { readonly first: Placed; readonly all: Placed[] }>();
  for (const forecast of forecasts) {
    for (const transition of forecast.transitions) {
      const lost = audiencesLost(transition, forecast.workload, audiences);
      const fails = lost.length > 0 || (passes(transition.from) && !passes(transition.to));
      const placed = { transition, forecast, lost, fails };
      const key = keyOf(placed);
      const row = rows.get(key);
      if (row === undefined) rows.set(key, { first: placed, all: [placed] });
      else row.all.push(placed);
    }
  }
  return [...rows.values()].map(({ first, all }) => rowOf(first, all)).sort(byDate);
}

interface Placed {
  readonly transition: Transition;
  readonly forecast: PlatformForecast;
  readonly lost: readonly string[];
  readonly fails: boolean;
}

/** Without audiences the question is whether a verdict is good for anybody. */
function passes({ tier }: Standing): boolean {
  return tier === 'affirming' || tier === 'warning';
}

function audiencesLost(
  { from, to }: Transition,
  workload: string,
  audiences: readonly Audience[],
): readonly string[] {
  const takes = ({ minimumStatus }: Audience, { tier }: Standing): boolean =>
    tier === 'affirming' || (tier === 'warning' && minimumStatus === 'warning');
  return audiences
    .filter(({ workloads }) => workloads === null || workloads.includes(workload))
    .filter((audience) => takes(audience, from) && !takes(audience, to))
    .map(({ name }) => name);
}

/** What a row tells of all its platforms alike; workloads and audiences are gathered. */
function keyOf({ transition, forecast, fails }: Placed): string {
  const { at, cause, what, presumes, from, to } = transition;
  const standings = [from, to].map(({ tier, tcbStatus, code }) => [tier, tcbStatus, code]);
  return JSON.stringify([at, cause, what, presumes, forecast.tee, forecast.policy, standings, fails]);
}

function rowOf({ transition, forecast, fails }: Placed, all: readonly Placed[]): CalendarRow {
  const { at, cause, what, presumes, from, to } = transition;
  const machines = new Map(all.map((one) => [one.forecast.machine, one.forecast]));
  return {
    at,
    cause,
    what,
    presumes,
    tee: forecast.tee,
    policy: forecast.policy,
    from: standingIn(from),
    to: standingIn(to),
    fails,
    audiences: [...new Set(all.flatMap(({ lost }) => lost))].sort(),
    workloads: [...new Set(all.map((one) => one.forecast.workload))].sort(),
    platforms: [...machines.values()].map(({ machine, identity, label }) => ({ machine, identity, label })),
    remedy: remedyOf(cause, to),
  };
}

function standingIn({ tier, tcbStatus, code }: Standing): RowStanding {
  return { status: tier, tcbStatus, code };
}

/** Where it is not the platform that has to change. */
const REMEDIES: Readonly<Partial<Record<ForecastCause, string>>> = {
  'reference-values':
    'Register and activate a version of the reference values whose window goes on, for what these platforms run.',
  certificate:
    'Have the platform\u2019s certificates issued anew before that, and send or import them; with a VLEK ask the provider.',
  documents:
    'Leave fetching on, or import newer documents in time (`assay endorsements refresh`, `assay endorsements import`).',
};

function remedyOf(cause: ForecastCause, { remedy }: Standing): string | null {
  return remedy === null ? null : (REMEDIES[cause] ?? remedy);
}

function byDate(one: CalendarRow, other: CalendarRow): number {
  const [first, second] = [one.at?.getTime() ?? 0, other.at?.getTime() ?? 0];
  return first - second || Number(other.fails) - Number(one.fails) || (one.what < other.what ? -1 : 1);
}
