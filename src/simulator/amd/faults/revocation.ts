/** Faults in the revocation list (procedure step 7). */

import type { Fault } from '../fault.js';
import { PRODUCT_LINES } from '../product-line.js';

const DAY = 86_400_000;
const daysFrom = (at: Date, days: number) => new Date(at.getTime() + days * DAY);

export const REVOCATION_FAULTS: readonly Fault[] = [
  {
    code: 'collateral_unavailable',
    says: 'no revocation list',
    crl: () => null,
  },
  {
    code: 'collateral_malformed',
    says: 'a list without nextUpdate',
    crl: (plan) => ({ ...plan, nextUpdate: null }),
  },
  {
    code: 'clock_skew',
    says: 'a list issued a month from now',
    crl: (plan, _authorities, at) => ({
      ...plan,
      thisUpdate: daysFrom(at, 30),
      nextUpdate: daysFrom(at, 395),
    }),
  },
  {
    code: 'snp_crl_stale',
    says: 'a list whose nextUpdate was yesterday',
    crl: (plan, _authorities, at) => ({
      ...plan,
      thisUpdate: daysFrom(at, -366),
      nextUpdate: daysFrom(at, -1),
    }),
  },
  {
    code: 'snp_crl_signature_invalid',
    says: 'a list in the ARK’s name signed with the ASK’s key',
    crl: (plan, authorities) => ({ ...plan, signingKey: authorities.ask.key }),
  },
  {
    code: 'snp_ca_revoked',
    says: 'a list that names the leaf’s issuer',
    crl: (plan, authorities, at) => {
      const { ask, asvk } = PRODUCT_LINES[authorities.product].serials;
      const revokedAt = daysFrom(at, -1);
      return {
        ...plan,
        revoked: [...plan.revoked, { serialNumber: ask, revokedAt }, { serialNumber: asvk, revokedAt }],
      };
    },
  },
];
