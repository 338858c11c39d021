/** Every fault of a TD that the simulator can make: one per refusal code that it or its endorsements can earn. */
import { type RefusalCode, refuse } from '../../rats/refusal.js';
import type { TdFault } from './fault.js';
import { ENCLAVE_FAULTS } from './faults/enclave.js';
import { ENVELOPE_FAULTS } from './faults/envelope.js';
import { EVENT_LOG_FAULTS } from './faults/event-log.js';
import { LEVEL_FAULTS } from './faults/level.js';
import { LIST_FAULTS } from './faults/list.js';
import { PCK_FAULTS } from './faults/pck.js';
import { POLICY_FAULTS } from './faults/policy.js';
import { QUOTE_FAULTS } from './faults/quote-form.js';
import { TCB_DOCUMENT_FAULTS } from './faults/tcb-document.js';

const BY_CODE: ReadonlyMap<RefusalCode, TdFault> = new Map(
  [
    ...ENVELOPE_FAULTS,
    ...QUOTE_FAULTS,
    ...PCK_FAULTS,
    ...LIST_FAULTS,
    ...TCB_DOCUMENT_FAULTS,
    ...ENCLAVE_FAULTS,
    ...LEVEL_FAULTS,
    ...EVENT_LOG_FAULTS,
    ...POLICY_FAULTS,
  ].map((fault) => [fault.code, fault]),
);

/** Codes that `mintTd` takes as `fault`. */
export const TD_FAULTS: readonly RefusalCode[] = [...BY_CODE.keys()];

/** Refuses (`request_invalid`) a code that no TD can be made to earn. */
export function tdFaultOf(code: RefusalCode): TdFault {
  const fault = BY_CODE.get(code);
  if (fault === undefined) refuse('request_invalid', 'request', `no TD can be minted that earns ${code}`);
  return fault;
}
