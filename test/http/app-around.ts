/** The real application around a verifier that does as a test tells it; everything else is out of reach. */
import { createApp } from '../../src/http/app.js';
import type { BodyBudget } from '../../src/http/body-budget.js';
import type { HttpParts } from '../../src/http/parts.js';
import { startStopwatch } from '../../src/platform/clock.js';
import { systemEntropy } from '../../src/platform/entropy.js';
import { createLog, faultFields } from '../../src/platform/log.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { testClock } from './service.js';

const never = () => Promise.reject(new Error('not part of this test'));

/** What of it is another one in a test. */
interface Around extends Partial<HttpParts> {
  readonly budget?: BodyBudget;
}

/** One place and nobody waiting for it. `write` gets the lines of the log. */
export function appAround(
  verifier: object,
  write: (line: string) => void = () => undefined,
  { budget, ...others }: Around = {},
) {
  const clock = testClock();
  const parts = {
    tenants: {
      standard: { name: 'default', issuer: 'http://localhost:8080', realm: 'genuine' },
      simulated: null,
      find: async () => null,
    },
    verifier: { issueChallenge: never, attest: never, appraise: never, ...verifier },
    clock,
    entropy: systemEntropy,
    log: createLog({ write }),
    faultFields,
    metrics: createMetrics(
      { name: 'assay', version: '0', crypto: 'node openssl/3' },
      {
        now: clock.now,
        renewals: async () => [],
        endorsements: async () => [],
        connectionsInUse: () => 0,
        signingKeys: never,
      },
    ),
    startStopwatch,
    jwks: never,
    archives: { take: never, make: never },
    bundleJwks: never,
    readiness: never,
    rateLimit: null,
    trustedProxies: [],
    gate: { places: 1, line: 0, patience: 60_000, aside: 2 },
    ...others,
  };
  return createApp(parts as unknown as HttpParts, budget);
}
