/** How many platforms of all tenants stop passing: found out now and then, so that a scrape waits for nothing. */
import { faultFields, type Log } from '../platform/log.js';
import { type Periodic, runEvery } from '../platform/periodic.js';
import { SCHEMES } from '../tee/registry.js';
import {
  addFailing,
  type FailingPlatforms,
  failingPlatforms,
  LONGEST_BOUND,
  noneFailing,
} from '../verifier/forecast/failing.js';
import type { Forecast } from '../verifier/forecast.js';
import type { TenantStore } from '../verifier/key-ports.js';
import type { Tenant } from '../verifier/ports.js';

export interface ForecastWatch extends Periodic {
  /** Null: not known yet. */
  latest(): FailingPlatforms | null;
  /** Ends with the first look, whether it found out or not. */
  readonly first: Promise<void>;
}

interface WatchParts {
  readonly tenants: () => Promise<readonly Tenant[]>;
  readonly forecast: (tenant: Tenant, days: number) => Promise<Forecast>;
  readonly log: Log;
}

const TEES = SCHEMES.flatMap(({ types }) => types);
/** Seconds. What it depends on changes by the day. */
const INTERVAL = 600;

export function watchForecast({ tenants, forecast, log }: WatchParts): ForecastWatch {
  let latest: FailingPlatforms | null = null;
  let stopping = false;

  async function look(): Promise<void> {
    let found = noneFailing(TEES);
    for (const tenant of await tenants()) {
      if (stopping) return;
      const { rows, now } = await forecast(tenant, LONGEST_BOUND);
      found = addFailing(found, failingPlatforms(rows, now));
    }
    latest = found;
  }

  const first = look().catch((error) => {
    log.warn({ task: 'forecast', ...faultFields(error) }, 'housekeeping failed');
  });
  const later = runEvery(INTERVAL, 'forecast', look, log);
  return {
    first,
    latest: () => latest,
    async stop() {
      stopping = true;
      await Promise.all([first, later.stop()]);
    },
  };
}

/** Simulated platforms are watched by nobody. */
export async function genuineTenants(
  store: Pick<TenantStore, 'list'>,
  { standard, find }: { readonly standard: Tenant; find(name: string): Promise<Tenant | null> },
): Promise<readonly Tenant[]> {
  const names = (await store.list()).filter(({ realm }) => realm === 'genuine');
  const others = await Promise.all(names.map(({ name }) => find(name)));
  return [standard, ...others.filter((tenant) => tenant !== null)];
}
