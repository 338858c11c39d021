/** A quote as claims, in the API’s names: hex in the byte order of the evidence. */
import { hexOf } from '../../bytes/encoding.js';
import { onceFor } from '../../rats/once.js';
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
  hex: HexWriter = hexOf,
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
    mrsignerseam: hex(report.mrSignerSeam),
    seam_attributes: hex(report.seamAttributes),
    mrconfigid,
    mrowner,
    mrownerconfig,
    mrservicetd: report.mrServiceTd === null ? null : hex(report.mrServiceTd),
    tee_tcb_svn: hex(report.teeTcbSvn),
    tee_tcb_svn_2: report.teeTcbSvn2 === null ? null : hex(report.teeTcbSvn2),
    td_attributes: hex(report.tdAttributes),
    xfam: hex(report.xfam),
    report_data: hex(report.reportData),
    fmspc: texts?.fmspc ?? null,
    pce_id: texts?.pceId ?? null,
    pck: pck === null ? null : pckClaim(pck),
  };
}

type HexWriter = (field: Uint8Array) => string;
type ReferenceFields = Readonly<Record<(typeof TDX_MATCH_FIELDS)[number], string>>;

/** Every field that a reference value may match, lowercase hex; zeros where nothing was measured. */
export function referenceFieldsOf(report: TdReport, hex: HexWriter = hexOf): ReferenceFields {
  const [rtmr0, rtmr1, rtmr2, rtmr3] = report.rtmrs;
  return {
    mrtd: hex(report.mrTd),
    rtmr0: hex(rtmr0),
    rtmr1: hex(rtmr1),
    rtmr2: hex(rtmr2),
    rtmr3: hex(rtmr3),
    mrconfigid: hex(report.mrConfigId),
    mrowner: hex(report.mrOwner),
    mrownerconfig: hex(report.mrOwnerConfig),
    mrseam: hex(report.mrSeam),
  };
}

/** A certificate of the Processor CA has no platform instance id, and the member is left out. */
const pckClaim = onceFor((pck: PckFacts): JsonObject => {
  const { configuration } = pck;
  const { platformInstanceId } = pckTexts(pck);
  return Object.freeze({
    ...(platformInstanceId === null ? {} : { platform_instance_id: platformInstanceId }),
    dynamic_platform: configuration.dynamicPlatform,
    cached_keys: configuration.cachedKeys,
    smt_enabled: configuration.smtEnabled,
  });
});
