/** Faults in the PCK certificate and its chain (procedure steps 2 and 3). */
import { yearsFrom } from '../../certificate.js';
import { mintIntelAuthorities } from '../authorities.js';
import type { TdFault } from '../fault.js';

const DAY = 86_400_000;

export const PCK_FAULTS: readonly TdFault[] = [
  {
    code: 'tdx_pck_chain_invalid',
    says: 'a PCK certificate signed with a key that is not its issuer’s',
    changes: { pck: (plan, { authorities }) => ({ ...plan, signingKey: authorities.tcbSigning.key }) },
  },
  {
    code: 'tdx_pck_chain_untrusted',
    says: 'a sound chain under a root of the same name that nobody pinned',
    changes: { authorities: (_genuine, at) => mintIntelAuthorities(at) },
  },
  {
    code: 'tdx_cert_expired',
    says: 'a PCK certificate that ended the day before',
    changes: {
      pck: (plan, { td }) => ({
        ...plan,
        notBefore: yearsFrom(td.at, -1),
        notAfter: new Date(td.at.getTime() - DAY),
      }),
    },
  },
  {
    code: 'tdx_pck_revoked',
    says: 'the platform whose PCK certificate is on the list',
    td: (clean) => ({ ...clean, revoked: true }),
  },
];
