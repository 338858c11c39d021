/** Every fault the simulator can make: one per refusal code that SNP evidence or its endorsements can earn. */
import { type RefusalCode, refuse } from '../../rats/refusal.js';
import type { Fault } from './fault.js';
import { ENDORSEMENT_FAULTS } from './faults/endorsement.js';
import { ENVELOPE_FAULTS } from './faults/envelope.js';
import { FIRMWARE_FAULTS } from './faults/firmware.js';
import { IDENTITY_FAULTS } from './faults/identity.js';
import { PLATFORM_FAULTS } from './faults/platform.js';
import { REPORT_FAULTS } from './faults/report-form.js';
import { REVOCATION_FAULTS } from './faults/revocation.js';

const BY_CODE: ReadonlyMap<RefusalCode, Fault> = new Map(
  [
    ...ENVELOPE_FAULTS,
    ...REPORT_FAULTS,
    ...ENDORSEMENT_FAULTS,
    ...REVOCATION_FAULTS,
    ...PLATFORM_FAULTS,
    ...FIRMWARE_FAULTS,
    ...IDENTITY_FAULTS,
  ].map((fault) => [fault.code, fault]),
);

/** Codes that `mintGuest` takes as `fault`. */
export const FAULTS: readonly RefusalCode[] = [...BY_CODE.keys()];

/** Refuses (`request_invalid`) a code that no evidence can be made to earn. */
export function faultOf(code: RefusalCode): Fault {
  const fault = BY_CODE.get(code);
  if (fault === undefined) refuse('request_invalid', 'request', `no guest can be minted that earns ${code}`);
  return fault;
}
