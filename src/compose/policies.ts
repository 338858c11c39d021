/** The policies that a deployment offers, and what the vendor documents at hand say of them. */
import { lintPolicy } from '../appraisal/lint/lint.js';
import { PROFILES } from '../appraisal/profiles.js';
import type { Config } from '../config.js';
import { countingAmong } from '../endorsements/shipped.js';
import { LINTED_BY, SCHEMES, vendorFacts } from '../tee/registry.js';
import { createPolicyBook, WITHHELD_IN_PRODUCTION } from '../verifier/policy-book.js';
import type { Stores } from '../verifier/ports.js';

/** `simulated`: the name of the tenant whose evidence comes from simulated vendors; null: there is none. */
export function openPolicies(
  { production }: Pick<Config, 'production'>,
  { stores, simulated }: { readonly stores: Stores; readonly simulated: string | null },
): ReturnType<typeof createPolicyBook> {
  return createPolicyBook({
    store: stores.policies,
    shipped: [...PROFILES.values()],
    withheld: production ? WITHHELD_IN_PRODUCTION : new Map(),
    async lint(policy, tenant, at) {
      const realm = tenant === simulated ? 'simulated' : 'genuine';
      const scope = { requirements: LINTED_BY, instant: { at, tense: 'now' }, schemes: SCHEMES } as const;
      const kept = await stores.endorsements.find(realm, LINTED_BY, scope.instant);
      return lintPolicy(policy, vendorFacts(at, countingAmong(kept, scope)));
    },
  });
}
