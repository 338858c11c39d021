/** What a genuine report cannot say, whoever signed it (AMD 56860, section 7.3, ATTESTATION_REPORT). */

import type { Certificate } from '../../pki/certificate.js';
import { reverseBytes, verifyEcdsaRaw } from '../../pki/signature.js';
import { checked, notRun } from '../../rats/check.js';
import type { CheckResult } from '../../rats/result.js';
import { claimsBound, type RuntimeClaims } from './hcl.js';
import { SIGNATURE_COMPONENT_LENGTH } from './layout.js';
import type { SnpProduct } from './product.js';
import { compareFirmware, firmwareText, type SnpReport } from './report.js';
import { componentsBelow, decodeTcb } from './tcb.js';

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
    r: reverseBytes(report.signatureR.subarray(0, SIGNATURE_COMPONENT_LENGTH)),
    s: reverseBytes(report.signatureS.subarray(0, SIGNATURE_COMPONENT_LENGTH)),
  });
  return checked(holds, code, SIGNATURE_SOURCE, {
    expected: 'ECDSA P-384 with SHA-384 over bytes 0 to 0x29F',
    observed: holds ? 'the signature holds' : 'it does not hold under the key of the certificate',
  });
}

/** Firmware reports and commits only what it has reached; components one by one, never as one number. */
export function checkTcbOrder(report: SnpReport, product: SnpProduct | null): CheckResult {
  const code = 'snp_tcb_inconsistent';
  if (product === null) return notRun(code, TCB_SOURCE, 'the layout goes by product, which is not known');
  const current = decodeTcb(report.currentTcb, product);
  const above = (name: string, raw: Uint8Array): string[] =>
    componentsBelow(current, decodeTcb(raw, product)).map((component) => `${name} ${component}`);
  const contradictions = [
    ...above('reported', report.reportedTcb),
    ...above('committed', report.committedTcb),
    ...(compareFirmware(report.committedVersion, report.currentVersion) > 0 ? ['committed version'] : []),
  ];
  const versions = `committed ${firmwareText(report.committedVersion)}, current ${firmwareText(report.currentVersion)}`;
  return checked(contradictions.length === 0, code, TCB_SOURCE, {
    expected: 'reported and committed not above current in any component',
    observed:
      contradictions.length === 0 ? versions : `above current: ${contradictions.join(', ')} (${versions})`,
  });
}

/** Above VMPL 3 the host asked, and REPORT_DATA is not the guest's. */
export function checkGuestAsked(report: SnpReport): CheckResult {
  return checked(report.vmpl <= LAST_GUEST_VMPL, 'snp_host_requested_report', VMPL_SOURCE, {
    expected: `0 to ${LAST_GUEST_VMPL}`,
    observed: report.vmpl <= LAST_GUEST_VMPL ? String(report.vmpl) : `0x${report.vmpl.toString(16)}`,
  });
}

/** The paravisor's report holds the hash of the claims around it. */
export function checkRuntimeClaims(report: SnpReport, claims: RuntimeClaims): CheckResult {
  const bound = claimsBound(claims, report.reportData);
  const paravisor = report.vmpl === PARAVISOR_VMPL;
  return checked(bound && paravisor, 'vtpm_claims_binding_mismatch', CLAIMS_SOURCE, {
    expected: 'REPORT_DATA is the hash of the runtime claims, in a report made at VMPL 0',
    observed: `${bound ? 'the hash' : 'other bytes'}, VMPL ${report.vmpl}`,
  });
}
