/** A quote decoded for display: everything it says, nothing of it believed. */
import { hexOf } from '../../bytes/encoding.js';
import type { Certificate } from '../../pki/certificate.js';
import type { JsonObject } from '../../rats/result.js';
import type { UnwrappedEvidence } from '../scheme.js';
import { claimsOf } from './claims.js';
import { inspectLog } from './event-log-inspect.js';
import { type PresentedChain, readPresentedChain } from './pck-chain.js';
import { decodeQeReport } from './qe.js';
import { type Certification, readQuoteForDisplay, type TdxQuote } from './quote.js';
import type { ExtendedFields } from './td-report.js';

/**
 * Decodes versions 4 and 5 with every TD report that is known, the extended one too, and an event log. Refuses what `verify` would
 * refuse as malformed or of another kind.
 */
export function inspectEvidence(unwrapped: UnwrappedEvidence, eventLog: Uint8Array | null): JsonObject {
  const quote = readQuoteForDisplay(unwrapped.report);
  const certification = quote.signature?.certification ?? null;
  const chain = certification?.kind === 'pck-chain' ? readPresentedChain(certification.chain) : null;
  const pck = chain?.kind === 'read' ? chain.pck : null;
  return {
    ...claimsOf({ quoteVersion: quote.version, report: quote.report, pck }),
    ...extendedOf(quote.report.extended),
    attestation_key_type: quote.attestationKeyType,
    qe_vendor_id: hexOf(quote.qeVendorId),
    user_data: hexOf(quote.userData),
    signature: quote.signature === null ? null : hexOf(quote.signature.signature),
    attestation_key: quote.signature === null ? null : hexOf(quote.signature.attestationKey),
    certification_data: certification === null ? null : typesOf(certification),
    qe: qeOf(quote),
    certificates: chain?.kind === 'read' ? [chain.leaf, chain.ca, chain.root].map(certificateOf) : [],
    unreadable_chain: reasonOf(chain),
    ...(eventLog === null ? {} : { event_log: inspectLog(eventLog, quote.report) }),
  };
}

/** Left out where the body has none of them: they are no claims, since nothing that has them is verified. */
function extendedOf(fields: ExtendedFields | null): JsonObject {
  if (fields === null) return {};
  return {
    vmid: hexOf(fields.vmId),
    tdid: hexOf(fields.tdId),
    devinfo: hexOf(fields.devInfo),
    init_servtd_hash: hexOf(fields.initServTdHash),
    init_servtd_attr: hexOf(fields.initServTdAttr),
    init_cpusvn: hexOf(fields.initCpuSvn),
    init_tee_tcb_svn: hexOf(fields.initTeeTcbSvn),
    init_tee_fmspc: hexOf(fields.initTeeFmspc),
    cur_servtd_hash: hexOf(fields.curServTdHash),
    cur_servtd_attr: hexOf(fields.curServTdAttr),
  };
}

function typesOf(certification: Certification): string {
  if (certification.kind === 'pck-chain') return '6/5';
  const { outerType, innerType } = certification;
  return innerType === null ? String(outerType) : `${outerType}/${innerType}`;
}

function qeOf({ signature }: TdxQuote): JsonObject | null {
  if (signature?.certification.kind !== 'pck-chain') return null;
  const report = decodeQeReport(signature.certification.qeReport);
  return {
    mrsigner: hexOf(report.mrSigner),
    isvprodid: report.isvProdId,
    isvsvn: report.isvSvn,
    miscselect: `0x${report.miscSelect.toString(16)}`,
    attributes: hexOf(report.attributes),
    report_data: hexOf(report.reportData),
    auth_data: hexOf(signature.certification.qeAuthData),
  };
}

function certificateOf({ subjectCn, issuerCn, notBefore, notAfter, sha256 }: Certificate): JsonObject {
  return {
    subject: subjectCn,
    issuer: issuerCn,
    not_before: notBefore.toISOString(),
    not_after: notAfter.toISOString(),
    sha256,
  };
}

function reasonOf(chain: PresentedChain | null): string | null {
  return chain?.kind === 'unreadable' ? chain.why : null;
}
