/** A guest as files: the endorsement layout, `report.bin`, and what to expect, ready for `assay verify`. */
import type { JsonObject } from '../../rats/result.js';
import { pemOf } from '../certificate.js';
import { type Handout, hexOf, jsonText, writeHandout } from '../handout.js';
import type { SimulatedGuest } from './guest.js';
import { cpuidKey } from './product-line.js';

function filesOf(guest: SimulatedGuest): Handout {
  return {
    'report.bin': guest.evidence,
    'vcek.der': guest.leafKind === 'VCEK' ? guest.leafDer : null,
    'vlek.der': guest.leafKind === 'VLEK' ? guest.leafDer : null,
    'chain.pem': guest.chainPem,
    'vcek_crl.der': guest.crls.vcek,
    'vlek_crl.der': guest.crls.vlek,
    'ark.pem': pemOf(guest.anchorDer),
    'guest.json': jsonText(describeGuest(guest)),
    'reference-values.json': jsonText(referenceValueOf(guest)),
    'policy.json': guest.policy === null ? null : jsonText(guest.policy),
  };
}

/** Writes the guest's files, replacing those of an earlier guest. Returns the names written. */
export function writeGuest(dir: string, guest: SimulatedGuest): Promise<readonly string[]> {
  return writeHandout(dir, filesOf(guest));
}

/** A reference value body that the unfaulted guest matches; HOST_DATA only where the guest has some. */
export function referenceValueOf(guest: SimulatedGuest): JsonObject {
  const { measurement, hostData } = guest.expected;
  return {
    tee: 'sev-snp',
    covers: 'boot',
    match: {
      measurement: hexOf(measurement),
      ...(hostData.some((byte) => byte !== 0) ? { host_data: hexOf(hostData) } : {}),
    },
  };
}

/** What was minted and what to expect of it. Times: RFC 3339 UTC; TCBs by component. */
export function describeGuest(guest: SimulatedGuest): JsonObject {
  const { expected } = guest;
  return {
    simulated: true,
    fault: guest.fault,
    at: expected.at.toISOString(),
    product: expected.product,
    cpuid: cpuidKey(expected.cpuid),
    report_version: expected.reportVersion,
    signing_key: expected.signingKey,
    envelope: expected.envelope,
    report_data: hexOf(expected.reportData),
    measurement: hexOf(expected.measurement),
    host_data: hexOf(expected.hostData),
    chip_id: hexOf(expected.maskChipId ? new Uint8Array(expected.chipId.length) : expected.chipId),
    reported_tcb: { ...expected.reportedTcb },
    current_tcb: { ...expected.currentTcb },
    committed_tcb: { ...expected.committedTcb },
    launch_tcb: { ...expected.launchTcb },
  };
}
