/** The whole offline procedure on simulated evidence, REPORT_DATA and reference values included. */
import { parseReferenceValue } from '../src/appraisal/reference-schema.js';
import { STANDARD_POLICY } from '../src/appraisal/standard-policy.js';
import {
  anchorsOf,
  mintGuest,
  mintVendor,
  referenceValueOf,
  type SimulatedGuest,
} from '../src/simulator/index.js';
import { parseEvidence } from '../src/tee/registry.js';
import { verifyEvidence } from '../src/verifier/verify.js';
import { type Cost, inputsFor, measure } from './measure.js';

const KNOWN = 300;
const NEW = 100;

export async function measureLibrary(): Promise<{ readonly knownChip: Cost; readonly newChip: Cost }> {
  const at = new Date();
  const vendor = await mintVendor({ at, products: ['Milan'] });
  const anchors = anchorsOf(vendor);
  const guests: SimulatedGuest[] = [];
  for (let index = 0; index < inputsFor(NEW); index += 1) {
    guests.push(await mintGuest(vendor, { at, product: 'Milan' }));
  }
  const verifyOne = async (guest: SimulatedGuest): Promise<void> => {
    const value = parseReferenceValue(referenceValueOf(guest));
    const { verdict } = await verifyEvidence({
      evidence: parseEvidence('auto', guest.evidence, guest.certificates),
      expectedReportData: guest.expected.reportData,
      endorsements: guest.endorsements,
      anchors,
      at,
      revocation: 'required',
      policy: STANDARD_POLICY,
      references: { given: true, candidates: [{ ...value, workload: null, version: null }] },
    });
    if (verdict.status !== 'affirming') throw new Error(`${verdict.status} ${verdict.code}`);
  };
  const guestAt = (index: number): SimulatedGuest => {
    const guest = guests[index];
    if (guest === undefined) throw new RangeError(`no guest ${index}`);
    return guest;
  };
  // Each new chip first, while nothing of it can be remembered.
  const newChip = await measure(NEW, (index) => verifyOne(guestAt(index)));
  const knownChip = await measure(KNOWN, () => verifyOne(guestAt(0)));
  return { knownChip, newChip };
}
