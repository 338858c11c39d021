/** Certificates of the simulated Intel, one fact changed at a time. */

import { parseCertificate } from '../../../src/pki/certificate.js';
import type { Authority, PlannedExtension } from '../../../src/simulator/certificate.js';
import { signCertificate } from '../../../src/simulator/certificate.js';
import {
  chainOf,
  type IntelRole,
  mintAuthority,
  planAuthority,
  type SignedPlan,
} from '../../../src/simulator/intel/authorities.js';
import { INTEL_FORM } from '../../../src/simulator/intel/form.js';
import { mintPck, type PckPlan, planPck } from '../../../src/simulator/intel/pck.js';
import { resolveTd, type TdOptions } from '../../../src/simulator/intel/td-options.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import { AT, textBytes } from './judged.js';

/** Another certificate of one of the authorities: by default same key and, but for the serial number, same facts. */
export async function issueOf(role: IntelRole, change: Partial<SignedPlan> = {}): Promise<Authority> {
  const { authorities } = await simulatedIntel();
  const plan = planAuthority(role, change.key ?? authorities[role].key, authorities.root.key, AT);
  return mintAuthority({ ...plan, ...change });
}

/** As `issueOf`, with extensions changed. */
export async function issueWith(
  role: IntelRole,
  extensions: (standard: readonly PlannedExtension[]) => readonly PlannedExtension[],
  change: Partial<SignedPlan> = {},
): Promise<Authority> {
  const { authorities } = await simulatedIntel();
  const plan = planAuthority(role, change.key ?? authorities[role].key, authorities.root.key, AT);
  return mintAuthority({ ...plan, ...change, extensions: extensions(plan.extensions) });
}

/** A PCK certificate, DER. */
export async function leafOf(
  change: (plan: PckPlan) => Partial<PckPlan> = () => ({}),
  options: Omit<TdOptions, 'at'> = {},
): Promise<Uint8Array> {
  const { authorities, pckKey } = await simulatedIntel();
  const plan = planPck(resolveTd({ at: AT, ...options }), authorities, pckKey);
  return mintPck({ ...plan, ...change(plan) });
}

/** A PCK certificate with other extensions than Intel's. */
export async function leafWith(
  extensions: (standard: readonly PlannedExtension[]) => readonly PlannedExtension[],
): Promise<Uint8Array> {
  const { authorities, pckKey } = await simulatedIntel();
  const plan = planPck(resolveTd({ at: AT }), authorities, pckKey);
  const usual = parseCertificate(await mintPck(plan));
  return signCertificate(
    INTEL_FORM,
    { ...plan, extensions: extensions(usual.extensions) },
    authorities.platform.key,
  );
}

/** PEM, with a NUL behind it as quotes have it. */
export function pemChain(...certificates: readonly Uint8Array[]): Uint8Array {
  return textBytes(`${chainOf(...certificates)}\0`);
}

export const without =
  (oid: string) =>
  (extensions: readonly PlannedExtension[]): readonly PlannedExtension[] =>
    extensions.filter((extension) => extension.oid !== oid);

/** The extension in place of the one with the same OID. */
export const instead =
  (other: PlannedExtension) =>
  (extensions: readonly PlannedExtension[]): readonly PlannedExtension[] => [
    ...without(other.oid)(extensions),
    other,
  ];
