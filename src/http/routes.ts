/** Every route, in the order of the API description. */
import type { Route } from './route.js';
import { ADMINISTRATION_ROUTES } from './routes/administration.js';
import { AUDIENCE_ROUTES } from './routes/audiences.js';
import { DECISION_ROUTES } from './routes/decisions.js';
import { descriptionRoutes } from './routes/description.js';
import { DISCOVERY_ROUTES } from './routes/discovery.js';
import { ENDORSEMENT_ROUTES } from './routes/endorsements.js';
import { EVIDENCE_ROUTES } from './routes/evidence.js';
import { FORECAST_ROUTES } from './routes/forecast.js';
import { HEALTH_ROUTES } from './routes/health.js';
import { KEY_ROUTES } from './routes/keys.js';
import { PLATFORM_ROUTES } from './routes/platforms.js';
import { POLICY_ROUTES } from './routes/policies.js';
import { SIMULATION_ROUTES } from './routes/simulation.js';
import { TENANT_ROUTES } from './routes/tenant.js';
import { TENANTS_ROUTES } from './routes/tenants.js';
import { TOKEN_ROUTES } from './routes/tokens.js';
import { WORKLOAD_ROUTES } from './routes/workloads.js';

export const ROUTES: readonly Route[] = [
  ...EVIDENCE_ROUTES,
  ...TOKEN_ROUTES,
  ...WORKLOAD_ROUTES,
  ...SIMULATION_ROUTES,
  ...POLICY_ROUTES,
  ...PLATFORM_ROUTES,
  ...TENANT_ROUTES,
  ...AUDIENCE_ROUTES,
  ...ADMINISTRATION_ROUTES,
  ...KEY_ROUTES,
  ...TENANTS_ROUTES,
  ...DECISION_ROUTES,
  ...ENDORSEMENT_ROUTES,
  ...FORECAST_ROUTES,
  ...DISCOVERY_ROUTES,
  ...HEALTH_ROUTES,
  ...descriptionRoutes(() => ROUTES),
];
