/** A guest as files: the endorsement layout, `report.bin`, and what to expect, ready for `assay verify`. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../rats/result.js';
import { pemOf } from './certificate.js';
import type { SimulatedGuest } from './guest.js';
import { cpuidKey } from './product-line.js';

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** Bytes or text by file name; null: this guest has no such file. */
function filesOf(guest: SimulatedGuest): Readonly<Record<string, Uint8Array | string | null>> {
  return {
    'report.bin': guest.evidence,
    'vcek.der': guest.leafKind === 'VCEK' ? guest.leafDer : null,
    'vlek.der': guest.leafKind === 'VLEK' ? guest.leafDer : null,
    'chain.pem': guest.chainPem,
    'vcek_crl.der': guest.crls.vcek,
    'vlek_crl.der': guest.crls.vlek,
    'ark.pem': pemOf(guest.anchorDer),
    'guest.json': json(describeGuest(guest)),
    'reference-values.json': json(referenceValueOf(guest)),
    'policy.json': guest.policy === null ? null : json(guest.policy),
  };
}

/** Writes the guest's files, replacing those of an earlier guest. Returns the names written. */
export async function writeGuest(dir: string, guest: SimulatedGuest): Promise<readonly string[]> {
  await mkdir(dir, { recursive: true });
  const written: string[] = [];
  for (const [name, content] of Object.entries(filesOf(guest))) {
    if (content === null) {
      await rm(join(dir, name), { force: true });
      continue;
    }
    await writeFile(join(dir, name), content);
    written.push(name);
  }
  return written;
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
