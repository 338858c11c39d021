/** Faults in TCB info and QE identity (procedure steps 4 to 6). */
import type { TdFault } from '../fault.js';
import { EVALUATION_NUMBER, SIMULATED_FMSPCS } from '../tcb-levels.js';

const DAY = 86_400_000;
const daysFrom = (at: Date, days: number) => new Date(at.getTime() + days * DAY);

export function otherFmspc(fmspc: string): string {
  const [first, second] = SIMULATED_FMSPCS;
  return fmspc === first ? second : first;
}

export const TCB_DOCUMENT_FAULTS: readonly TdFault[] = [
  {
    code: 'collateral_unavailable',
    says: 'no TCB info',
    changes: { tcbInfo: () => null },
  },
  {
    code: 'collateral_malformed',
    says: 'TCB info with a status that nobody knows, properly signed',
    changes: {
      tcbInfo: (plan) => ({
        ...plan,
        levels: plan.levels.map((level, index) => (index === 1 ? { ...level, status: 'Fine' } : level)),
      }),
    },
  },
  {
    code: 'clock_skew',
    says: 'TCB info issued a month from now',
    changes: {
      tcbInfo: (plan, { td }) => ({
        ...plan,
        issueDate: daysFrom(td.at, 30),
        nextUpdate: daysFrom(td.at, 60),
      }),
    },
  },
  {
    code: 'stale_collateral',
    says: 'TCB info whose nextUpdate was yesterday',
    changes: {
      tcbInfo: (plan, { td }) => ({
        ...plan,
        issueDate: daysFrom(td.at, -31),
        nextUpdate: daysFrom(td.at, -1),
      }),
    },
  },
  {
    code: 'tdx_tcb_info_signature_invalid',
    says: 'TCB info signed with the root’s key',
    changes: { tcbInfo: (plan, { authorities }) => ({ ...plan, signingKey: authorities.root.key }) },
  },
  {
    code: 'tdx_qe_identity_signature_invalid',
    says: 'a QE identity signed with the root’s key',
    changes: { qeIdentity: (plan, { authorities }) => ({ ...plan, signingKey: authorities.root.key }) },
  },
  {
    code: 'tdx_tcb_info_mismatch',
    says: 'TCB info of another family',
    changes: { tcbInfo: (plan) => ({ ...plan, fmspc: otherFmspc(plan.fmspc) }) },
  },
  {
    code: 'tdx_tcb_evaluation_number_too_low',
    says: 'TCB info of the evaluation before the one that the policy asks for',
    policy: () => ({
      name: 'current-evaluation',
      common: { minimum_evaluation_number: EVALUATION_NUMBER },
    }),
    changes: { tcbInfo: (plan) => ({ ...plan, evaluationNumber: EVALUATION_NUMBER - 1 }) },
  },
];
