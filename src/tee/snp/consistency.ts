/** What a genuine report cannot say, whoever signed it (AMD 56860, section 7.3, ATTESTATION_REPORT). */

import type { Certificate } from '../../pki/certificate.js';
import { verifyEcdsaRaw } from '../../pki/signature.js';
import { checked, failed, notRun, passed } from '../../rats/check.js';
import { onceForEach } from '../../rats/once.js';
import type { CheckResult } from '../../rats/result.js';
import { claimsBound, type RuntimeClaims } from './hcl.js';
import { SIGNATURE_COMPONENT_LENGTH } from './layout.js';
import type { SnpProduct } from './product.js';
import { compareFirmware, firmwareText, type SnpReport } from './report.js';
import { componentsBelow, decodeTcb, reachesFloor } from './tcb.js';

const SIGNATURE_SOURCE = 'AMD 56860, section 7.3, ATTESTATION_REPORT: SIGNATURE, and chapter 10';
const TCB_SOURCE = 'AMD 56860, section 7.3, ATTESTATION_REPORT: CURRENT_TCB, REPORTED_TCB, COMMITTED_TCB';
const VMPL_SOURCE = 'AMD 56860, section 7.3, ATTESTATION_REPORT: VMPL';
const CLAIMS_SOURCE = 'Azure confidential VM guest attestation, section HCL report: runtime claims';

const LAST_GUEST_VMPL = 3;
/** Azure's paravisor runs here, and only its reports vouch for its claims. */
const PARAVISOR_VMPL = 0;

/** Over the bytes as received; `leaf`: of a chain that holds, with a P-384 key; null: there is none. */
export async function checkSignature(report: SnpReport, leaf: Certificate | null): Promise<CheckResult> {
  const code = 'snp_signature_invalid';
  if (leaf === null) return notRun(code, SIGNATURE_SOURCE, 'no certificate that is good for verifying it');
  const holds = await verifyEcdsaRaw({
    key: leaf.publicKey,
    hash: 'sha384',
    message: report.signed,
    ...componentsOf(report),
  });
  if (holds) return SIGNATURE_HOLDS;
  return failed(code, SIGNATURE_SOURCE, {
    expected: SIGNATURE_EXPECTED,
    observed: 'it does not hold under the key of the certificate',
  });
}

const SIGNATURE_EXPECTED = 'ECDSA P-384 with SHA-384 over bytes 0 to 0x29F';
/** The words for a signature that has just been found to hold. */
const SIGNATURE_HOLDS: CheckResult = Object.freeze(
  passed('snp_signature_invalid', SIGNATURE_SOURCE, {
    expected: SIGNATURE_EXPECTED,
    observed: 'the signature holds',
  }),
);

/** AMD writes them little endian; big endian, side by side in one copy. */
function componentsOf({ signatureR, signatureS }: SnpReport): {
  readonly r: Uint8Array;
  readonly s: Uint8Array;
} {
  const width = SIGNATURE_COMPONENT_LENGTH;
  const both = new Uint8Array(2 * width);
  for (let index = 0; index < width; index += 1) {
    both[width - 1 - index] = signatureR[index] ?? 0;
    both[2 * width - 1 - index] = signatureS[index] ?? 0;
  }
  return { r: both.subarray(0, width), s: both.subarray(width) };
}

/** Firmware reports and commits only what it has reached; components one by one, never as one number. */
export function checkTcbOrder(report: SnpReport, product: SnpProduct | null): CheckResult {
  const code = 'snp_tcb_inconsistent';
  if (product === null) return notRun(code, TCB_SOURCE, 'the layout goes by product, which is not known');
  const current = decodeTcb(report.currentTcb, product);
  const versions = `committed ${firmwareText(report.committedVersion)}, current ${firmwareText(report.currentVersion)}`;
  const ordered =
    reachesFloor(current, decodeTcb(report.reportedTcb, product)) &&
    reachesFloor(current, decodeTcb(report.committedTcb, product)) &&
    compareFirmware(report.committedVersion, report.currentVersion) <= 0;
  if (ordered) return passed(code, TCB_SOURCE, { expected: ORDER_EXPECTED, observed: versions });
  const above = (name: string, raw: Uint8Array): string[] =>
    componentsBelow(current, decodeTcb(raw, product)).map((component) => `${name} ${component}`);
  const contradictions = [
    ...above('reported', report.reportedTcb),
    ...above('committed', report.committedTcb),
    ...(compareFirmware(report.committedVersion, report.currentVersion) > 0 ? ['committed version'] : []),
  ];
  return failed(code, TCB_SOURCE, {
    expected: ORDER_EXPECTED,
    observed: `above current: ${contradictions.join(', ')} (${versions})`,
  });
}

const ORDER_EXPECTED = 'reported and committed not above current in any component';

/** Above VMPL 3 the host asked, and REPORT_DATA is not the guest's. */
export function checkGuestAsked(report: SnpReport): CheckResult {
  return guestAsked(report.vmpl);
}

const guestAsked = onceForEach(8, (vmpl: number) =>
  Object.freeze(
    checked(vmpl <= LAST_GUEST_VMPL, 'snp_host_requested_report', VMPL_SOURCE, {
      expected: `0 to ${LAST_GUEST_VMPL}`,
      observed: vmpl <= LAST_GUEST_VMPL ? String(vmpl) : `0x${vmpl.toString(16)}`,
    }),
  ),
);

/** The paravisor's report holds the hash of the claims around it. */
export function checkRuntimeClaims(report: SnpReport, claims: RuntimeClaims): CheckResult {
  const bound = claimsBound(claims, report.reportData);
  const paravisor = report.vmpl === PARAVISOR_VMPL;
  return checked(bound && paravisor, 'vtpm_claims_binding_mismatch', CLAIMS_SOURCE, {
    expected: 'REPORT_DATA is the hash of the runtime claims, in a report made at VMPL 0',
    observed: `${bound ? 'the hash' : 'other bytes'}, VMPL ${report.vmpl}`,
  });
}
