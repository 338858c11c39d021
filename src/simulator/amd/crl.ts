/** Minting revocation lists the way KDS serves them: signed by the ARK, numbered by their seconds. */
import { type CrlPlan, type SimulatedCrl, signCrl } from '../crl.js';
import { AMD_FORM } from './certificate.js';

/** The number is by default the seconds of thisUpdate, so that a later list always has the higher one. */
export function mintCrl(plan: CrlPlan): Promise<SimulatedCrl> {
  const number = plan.number ?? BigInt(Math.floor(plan.thisUpdate.getTime() / 1000));
  return signCrl(AMD_FORM, { ...plan, number });
}
