/** A quote as claims, in the API’s names: hex in the byte order of the evidence. */
import { hexOf } from '../../bytes/encoding.js';
import type { TDX_MATCH_FIELDS } from '../../rats/reference-value.js';
import type { JsonObject } from '../../rats/result.js';
import { type PckFacts, pckTexts } from './pck.js';
import type { TdReport } from './td-report.js';

export interface ClaimSource {
  readonly quoteVersion: 4 | 5;
  readonly report: TdReport;
  /** Null where no PCK certificate could be read, which only happens where nothing was verified. */
  readonly pck: PckFacts | null;
}

/** Every member is always there; null where the quote or the certificate does not say. */
export function claimsOf(
  { quoteVersion, report, pck }: ClaimSource,
  fields: ReferenceFields = referenceFieldsOf(report),
): JsonObject {
  const texts = pck === null ? null : pckTexts(pck);
  const { mrtd, rtmr0, rtmr1, rtmr2, rtmr3, mrseam, mrconfigid, mrowner, mrownerconfig } = fields;
  return {
    quote_version: quoteVersion,
    // Version 4 has one body, without saying which.
    body_type: quoteVersion === 4 ? null : report.bodyType,
    mrtd,
    rtmr0,
    rtmr1,
    rtmr2,
    rtmr3,
    mrseam,
    mrsignerseam: hexOf(report.mrSignerSeam),
    seam_attributes: hexOf(report.seamAttributes),
    mrconfigid,
    mrowner,
    mrownerconfig,
    mrservicetd: hexOrNull(report.mrServiceTd),
    tee_tcb_svn: hexOf(report.teeTcbSvn),
    tee_tcb_svn_2: hexOrNull(report.teeTcbSvn2),
    td_attributes: hexOf(report.tdAttributes),
    xfam: hexOf(report.xfam),
    report_data: hexOf(report.reportData),
    fmspc: texts?.fmspc ?? null,
    pce_id: texts?.pceId ?? null,
    pck: pck === null ? null : pckClaim(pck),
  };
}

type ReferenceFields = Readonly<Record<(typeof TDX_MATCH_FIELDS)[number], string>>;

/** Every field that a reference value may match, lowercase hex; zeros where nothing was measured. */
export function referenceFieldsOf(report: TdReport): ReferenceFields {
  const [rtmr0, rtmr1, rtmr2, rtmr3] = report.rtmrs;
  return {
    mrtd: hexOf(report.mrTd),
    rtmr0: hexOf(rtmr0),
    rtmr1: hexOf(rtmr1),
    rtmr2: hexOf(rtmr2),
    rtmr3: hexOf(rtmr3),
    mrconfigid: hexOf(report.mrConfigId),
    mrowner: hexOf(report.mrOwner),
    mrownerconfig: hexOf(report.mrOwnerConfig),
    mrseam: hexOf(report.mrSeam),
  };
}

/** A certificate of the Processor CA has no platform instance id, and the member is left out. */
function pckClaim(pck: PckFacts): JsonObject {
  const { configuration } = pck;
  const { platformInstanceId } = pckTexts(pck);
  return {
    ...(platformInstanceId === null ? {} : { platform_instance_id: platformInstanceId }),
    dynamic_platform: configuration.dynamicPlatform,
    cached_keys: configuration.cachedKeys,
    smt_enabled: configuration.smtEnabled,
  };
}

function hexOrNull(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : hexOf(bytes);
}
