/** A report decoded for display: everything it says, nothing of it believed. */
import { hexOf } from '../../bytes/encoding.js';
import { parseJsonObject } from '../../bytes/json.js';
import type { JsonObject } from '../../rats/result.js';
import type { UnwrappedEvidence } from '../scheme.js';
import { claimsOf, wordText } from './claims.js';
import { refuseEventLog } from './evidence.js';
import { readPresented } from './presented.js';
import { productOfCpuid, productOfIssuer } from './product.js';
import type { SnpReport } from './report.js';
import { readForDisplay, signingKeyOf, signingKeyText } from './report-form.js';

/**
 * Decodes versions 2 to 6. Refuses with `snp_report_malformed` or `snp_report_version_unsupported` what has no
 * known layout, and an event log with `request_invalid`.
 */
export function inspectEvidence(unwrapped: UnwrappedEvidence, eventLog: Uint8Array | null): JsonObject {
  refuseEventLog(eventLog);
  const report = readForDisplay(unwrapped.report);
  const presented = readPresented(unwrapped.certificates, report);
  const product =
    report.cpuid === null ? productOfIssuer(presented.leaf?.issuerCn ?? null) : productOfCpuid(report.cpuid);
  const certificates = [...(presented.leaf === null ? [] : [presented.leaf]), ...presented.others];
  const signingKey = signingKeyOf(report) ?? signingKeyText(report.keyInfo.signingKey);
  return {
    ...claimsOf(report, { product, signingKey, cspId: null }),
    key_info: { mask_chip_key: report.keyInfo.maskChipKey, raw: wordText(BigInt(report.keyInfo.raw)) },
    signature_algo: report.signatureAlgo,
    ...etcbs(report),
    signature: { r: hexOf(report.signatureR), s: hexOf(report.signatureS) },
    certificates: certificates.map(({ subjectCn, issuerCn, notBefore, notAfter, sha256 }) => ({
      subject: subjectCn,
      issuer: issuerCn,
      not_before: notBefore.toISOString(),
      not_after: notAfter.toISOString(),
      sha256,
    })),
    unreadable_certificate: presented.unreadable?.why ?? null,
    runtime_claims: unwrapped.runtimeClaims === null ? null : parseJsonObject(unwrapped.runtimeClaims.bytes),
  };
}

/** Version 6 only; AMD 56860 rev 1.59 defines them for Venice, their structure is not known. */
function etcbs({ etcb }: SnpReport): JsonObject {
  if (etcb === null) return {};
  return {
    current_etcb: hexOf(etcb.current),
    launch_etcb: hexOf(etcb.launch),
    committed_etcb: hexOf(etcb.committed),
  };
}
