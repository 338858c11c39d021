/** Revocation lists of the simulated Intel, one fact changed at a time. */
import { parseCertificate } from '../../../src/pki/certificate.js';
import type { CrlPlan } from '../../../src/simulator/crl.js';
import type { SimulatedTd } from '../../../src/simulator/index.js';
import { serialOf } from '../../../src/simulator/intel/collateral.js';
import { planPckCrl, planRootCrl } from '../../../src/simulator/intel/documents.js';
import { mintCrl } from '../../../src/simulator/intel/form.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import { AT, days, present } from './judged.js';

export type ListKind = 'tdx-pck-crl' | 'tdx-root-crl';
export const LIST_KINDS: readonly ListKind[] = ['tdx-pck-crl', 'tdx-root-crl'];

/** A list ten days old and good for as many, unless it is changed. */
export async function listOf(kind: ListKind, change: Partial<CrlPlan> = {}): Promise<Uint8Array> {
  const { authorities } = await simulatedIntel();
  const plan =
    kind === 'tdx-pck-crl' ? planPckCrl(authorities, 'platform', AT) : planRootCrl(authorities, AT);
  return (await mintCrl({ ...plan, thisUpdate: days(-10), nextUpdate: days(10), ...change })).der;
}

export const revoking = (...serials: readonly bigint[]): Partial<CrlPlan> => ({
  revoked: serials.map((serialNumber) => ({ serialNumber, revokedAt: days(-11), reason: 1 })),
});

/** Of the TD’s PCK certificate. */
export function pckSerialOf(td: SimulatedTd): bigint {
  return parseCertificate(present(td.pckChain[0])).serialNumber;
}

/** The list that revokes what stands below its issuer: the TD’s PCK certificate, or the Platform CA. */
export async function revokingList(
  td: SimulatedTd,
  kind: ListKind,
  change: Partial<CrlPlan> = {},
): Promise<Uint8Array> {
  const { authorities } = await simulatedIntel();
  const serial = kind === 'tdx-pck-crl' ? pckSerialOf(td) : serialOf(authorities.platform);
  return listOf(kind, { ...revoking(1n, serial), ...change });
}
