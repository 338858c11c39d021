/** Faults in module and patch level that no policy may lift (procedure steps 11 and 12). */
import type { TdFault } from '../fault.js';
import { platformAt } from '../tcb-levels.js';

export const LEVEL_FAULTS: readonly TdFault[] = [
  {
    code: 'tdx_module_mismatch',
    says: 'a TDX module that somebody else than Intel signed',
    td: (clean) => ({ ...clean, mrSignerSeam: new Uint8Array(48).fill(0x5a) }),
  },
  {
    code: 'tdx_tcb_not_supported',
    says: 'a platform below every level',
    td: (clean) => ({ ...clean, ...platformAt('none') }),
  },
  {
    code: 'tdx_tcb_revoked',
    says: 'a platform at a level that is revoked',
    td: (clean) => ({ ...clean, ...platformAt('Revoked') }),
  },
];
