/** A quote as claims, in the API’s names: hex in the byte order of the evidence. */
import { hexOf } from '../../bytes/encoding.js';
import type { FieldPlace } from '../../bytes/field.js';
import { onceFor } from '../../rats/once.js';
import type { TDX_MATCH_FIELDS } from '../../rats/reference-value.js';
import type { JsonObject } from '../../rats/result.js';
import { BODY_FIELD } from './layout.js';
import { type PckFacts, pckTexts } from './pck.js';
import { bodyOf, type TdReport } from './td-report.js';

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
  const hex = hexOfReport(report);
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
    mrsignerseam: hex(report.mrSignerSeam, BODY_FIELD.mrSignerSeam),
    seam_attributes: hex(report.seamAttributes, BODY_FIELD.seamAttributes),
    mrconfigid,
    mrowner,
    mrownerconfig,
    mrservicetd: report.mrServiceTd === null ? null : hex(report.mrServiceTd, BODY_FIELD.mrServiceTd),
    tee_tcb_svn: hex(report.teeTcbSvn, BODY_FIELD.teeTcbSvn),
    tee_tcb_svn_2: report.teeTcbSvn2 === null ? null : hex(report.teeTcbSvn2, BODY_FIELD.teeTcbSvn2),
    td_attributes: hex(report.tdAttributes, BODY_FIELD.tdAttributes),
    xfam: hex(report.xfam, BODY_FIELD.xfam),
    report_data: hex(report.reportData, BODY_FIELD.reportData),
    fmspc: texts?.fmspc ?? null,
    pce_id: texts?.pceId ?? null,
    pck: pck === null ? null : pckClaim(pck),
  };
}

type ReferenceFields = Readonly<Record<(typeof TDX_MATCH_FIELDS)[number], string>>;

/** Every field that a reference value may match, lowercase hex; zeros where nothing was measured. */
export function referenceFieldsOf(report: TdReport): ReferenceFields {
  const [rtmr0, rtmr1, rtmr2, rtmr3] = report.rtmrs;
  const hex = hexOfReport(report);
  return {
    mrtd: hex(report.mrTd, BODY_FIELD.mrTd),
    rtmr0: hex(rtmr0, BODY_FIELD.rtmr0),
    rtmr1: hex(rtmr1, BODY_FIELD.rtmr1),
    rtmr2: hex(rtmr2, BODY_FIELD.rtmr2),
    rtmr3: hex(rtmr3, BODY_FIELD.rtmr3),
    mrconfigid: hex(report.mrConfigId, BODY_FIELD.mrConfigId),
    mrowner: hex(report.mrOwner, BODY_FIELD.mrOwner),
    mrownerconfig: hex(report.mrOwnerConfig, BODY_FIELD.mrOwnerConfig),
    mrseam: hex(report.mrSeam, BODY_FIELD.mrSeam),
  };
}

/** Fields as parts of one text, which is dearer to begin and cheaper for each: nearly all of them are claims. */
const hexOfReport = onceFor((report: TdReport) => {
  const body = bodyOf(report);
  if (body === null) return (field: Uint8Array): string => hexOf(field);
  const whole = hexOf(body);
  return (_field: Uint8Array, { offset, length }: FieldPlace): string =>
    whole.slice(2 * offset, 2 * (offset + length));
});

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
