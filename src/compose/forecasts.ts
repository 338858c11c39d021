/** What platforms are seen, what is foreseen of them, and what of that is measured. */
import { countingAmong } from '../endorsements/shipped.js';
import type { Log } from '../platform/log.js';
import { type Periodic, runEvery } from '../platform/periodic.js';
import { SCHEMES } from '../tee/registry.js';
import type { FailingPlatforms } from '../verifier/forecast/failing.js';
import {
  type Forecast,
  type ForecastParts,
  type ForecastRequest,
  forecast,
  lastSeenAfter,
} from '../verifier/forecast.js';
import type { Stores, Tenant } from '../verifier/ports.js';
import { createSightings, type Sightings } from '../verifier/sightings.js';
import { type ForecastWatch, genuineTenants, watchForecast } from './forecast-watch.js';

export interface ForecastsParts extends Pick<ForecastParts, 'clock' | 'policies'> {
  readonly stores: Stores;
  readonly tenants: Parameters<typeof genuineTenants>[1];
  /** What concerns the database alone is done by one of several processes. */
  readonly leads: boolean;
  readonly log: Log;
}

export interface Forecasts {
  readonly sightings: Sightings;
  readonly forecast: (tenant: Tenant, request: ForecastRequest) => Promise<Forecast>;
  /** Null: not known yet, or another process looks. */
  failing(): FailingPlatforms | null;
  begin(): void;
  stop(): Promise<void>;
}

const HOUR = 3600;

export function openForecasts(parts: ForecastsParts): Forecasts {
  const { clock, stores, policies, tenants, leads, log } = parts;
  const sightings = createSightings(stores.sightings);
  const foresee: Forecasts['forecast'] = (tenant, request) =>
    forecast({ clock, stores, collect, policies, sightings }, tenant, request);
  // Not as a verdict collects: what is only looked at is neither counted nor in use.
  const collect: ForecastParts['collect'] = async (requirements, { realm, ...instant }) => {
    const found = await stores.endorsements.find(realm, requirements, instant);
    return countingAmong(found, { requirements, instant, schemes: SCHEMES });
  };
  let watch: ForecastWatch | null = null;
  const tasks: Periodic[] = [];
  return {
    sightings,
    forecast: foresee,
    failing: () => watch?.latest() ?? null,
    begin() {
      tasks.push(runEvery(10, 'record platforms', sightings.flush, log));
      if (!leads) return;
      const forget = async () => void (await stores.sightings.purge(lastSeenAfter(clock.now())));
      watch = watchForecast({
        tenants: () => genuineTenants(stores.tenants, tenants),
        forecast: (tenant, days) => foresee(tenant, { days, bulletins: null }),
        log,
      });
      tasks.push(runEvery(HOUR, 'forget platforms', forget, log), watch);
    },
    async stop() {
      await Promise.all(tasks.map((task) => task.stop()));
      // What is lost with a database that is away is noted again another time.
      await sightings.flush().catch(() => {});
    },
  };
}
