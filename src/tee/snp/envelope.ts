/** Taking the transport envelope off a report: bare, extended, configfs-tsm, Azure's HCL envelope. */
import type { UnwrappedEvidence } from '../scheme.js';
import type { TsmReport } from '../tsm-report.js';
import { readCertificateTable } from './certificate-table.js';
import { isHclEnvelope, unwrapHcl } from './hcl.js';
import { REPORT_LENGTH } from './layout.js';

/** Versions are small: any first word below this may be a report's, however short the rest is. */
const PLAUSIBLE_VERSIONS = 0x80;

/**
 * A report by its length, or by a version word that no quote and no text begins with; an envelope by its
 * first bytes. What is recognised may still be malformed.
 */
export function looksLikeSnp(bytes: Uint8Array): boolean {
  if (isHclEnvelope(bytes) || bytes.length === REPORT_LENGTH) return true;
  if (bytes.length < 4) return false;
  const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  return word < PLAUSIBLE_VERSIONS;
}

/** The report inside may still have any length below 1184: judging its form is the parser's. */
export function unwrapEvidence(bytes: Uint8Array): UnwrappedEvidence {
  if (isHclEnvelope(bytes)) {
    const { report, claims } = unwrapHcl(bytes);
    return { envelope: 'azure-hcl', report, certificates: [], runtimeClaims: claims };
  }
  if (bytes.length <= REPORT_LENGTH) {
    return { envelope: 'raw', report: bytes, certificates: [], runtimeClaims: null };
  }
  const certificates = readCertificateTable(bytes.subarray(REPORT_LENGTH));
  const report = bytes.subarray(0, REPORT_LENGTH);
  return { envelope: 'extended', report, certificates, runtimeClaims: null };
}

/** `auxblob` is the certificate table. */
export function unwrapTsm({ outblob, auxblob }: TsmReport): UnwrappedEvidence {
  const certificates = readCertificateTable(auxblob);
  return { envelope: 'configfs-tsm', report: outblob, certificates, runtimeClaims: null };
}
