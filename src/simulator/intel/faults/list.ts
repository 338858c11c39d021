/** Faults in the revocation lists (procedure step 3). */
import type { Authority } from '../../certificate.js';
import type { CrlPlan } from '../../crl.js';
import { serialOf } from '../collateral.js';
import type { TdFault } from '../fault.js';

const DAY = 86_400_000;
const daysFrom = (at: Date, days: number) => new Date(at.getTime() + days * DAY);

/** The list with one more entry, revoked the day before. */
function naming(plan: CrlPlan, authority: Authority, at: Date): CrlPlan {
  const entry = { serialNumber: serialOf(authority), revokedAt: daysFrom(at, -1), reason: 1 };
  return { ...plan, revoked: [...plan.revoked, entry] };
}

export const LIST_FAULTS: readonly TdFault[] = [
  {
    code: 'tdx_crl_stale',
    says: 'a PCK list whose nextUpdate was yesterday',
    changes: {
      pckCrl: (plan, { td }) => ({
        ...plan,
        thisUpdate: daysFrom(td.at, -31),
        nextUpdate: daysFrom(td.at, -1),
      }),
    },
  },
  {
    code: 'tdx_crl_signature_invalid',
    says: 'a PCK list in its authority’s name signed with the TCB signing key',
    changes: { pckCrl: (plan, { authorities }) => ({ ...plan, signingKey: authorities.tcbSigning.key }) },
  },
  {
    code: 'tdx_pck_ca_revoked',
    says: 'a root list that names the PCK certificate’s issuer',
    changes: { rootCrl: (plan, { authorities, td }) => naming(plan, authorities[td.ca], td.at) },
  },
  {
    code: 'tdx_tcb_signing_revoked',
    says: 'a root list that names the TCB signing certificate',
    changes: { rootCrl: (plan, { authorities, td }) => naming(plan, authorities.tcbSigning, td.at) },
  },
];
