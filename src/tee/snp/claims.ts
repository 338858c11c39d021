/** A report as claims, in the API's names: numbers decoded, byte strings in lowercase hex. */
import { hexOf } from '../../bytes/encoding.js';
import type { JsonObject, JsonValue } from '../../rats/result.js';
import { bitSet, PLATFORM_BIT, POLICY_BIT } from './layout.js';
import type { SnpProduct } from './product.js';
import { firmwareText, type SnpReport } from './report.js';
import { decodeTcb } from './tcb.js';

/** What the certificate adds, or the decoded product where nothing was verified. */
export interface ClaimContext {
  /** Null: TCBs are given raw, their layout goes by product. */
  readonly product: SnpProduct | null;
  readonly signingKey: string;
  readonly cspId: string | null;
}

/** POLICY bit 17 is always 1 and says nothing. */
const POLICY_NAMES = Object.entries(POLICY_BIT).filter(([name]) => name !== 'reserved_one');

/** Every member is always there; null where the report or the certificate does not say. */
export function claimsOf(report: SnpReport, { product, signingKey, cspId }: ClaimContext): JsonObject {
  const tcb = (raw: Uint8Array): JsonObject => tcbClaim(raw, product);
  return {
    version: report.version,
    product,
    measurement: hexOf(report.measurement),
    report_data: hexOf(report.reportData),
    host_data: hexOf(report.hostData),
    policy: {
      abi_minor: Number(report.policy & 0xffn),
      abi_major: Number((report.policy >> 8n) & 0xffn),
      ...bits(report.policy, POLICY_NAMES),
      raw: wordText(report.policy),
    },
    platform_info: {
      ...bits(report.platformInfo, Object.entries(PLATFORM_BIT)),
      raw: wordText(report.platformInfo),
    },
    vmpl: report.vmpl,
    guest_svn: report.guestSvn,
    family_id: hexOf(report.familyId),
    image_id: hexOf(report.imageId),
    report_id: hexOf(report.reportId),
    report_id_ma: hexOf(report.reportIdMa),
    chip_id: hexOf(report.chipId),
    id_key_digest: hexOf(report.idKeyDigest),
    author_key_digest: hexOf(report.authorKeyDigest),
    author_key_enabled: report.keyInfo.authorKeyEnabled,
    signing_key: signingKey,
    csp_id: cspId,
    cpuid: report.cpuid === null ? null : { ...report.cpuid },
    reported_tcb: tcb(report.reportedTcb),
    current_tcb: tcb(report.currentTcb),
    committed_tcb: tcb(report.committedTcb),
    launch_tcb: tcb(report.launchTcb),
    current_version: firmwareText(report.currentVersion),
    committed_version: firmwareText(report.committedVersion),
    launch_mit_vector: report.launchMitVector === null ? null : wordText(report.launchMitVector),
    current_mit_vector: report.currentMitVector === null ? null : wordText(report.currentMitVector),
  };
}

/** Every field that a reference value may match; zeros where no ID block or author key was given at launch. */
export function referenceFieldsOf(report: SnpReport): Readonly<Record<string, string>> {
  return {
    measurement: hexOf(report.measurement),
    host_data: hexOf(report.hostData),
    id_key_digest: hexOf(report.idKeyDigest),
    author_key_digest: hexOf(report.authorKeyDigest),
    family_id: hexOf(report.familyId),
    image_id: hexOf(report.imageId),
  };
}

/** `0x3001f`. */
export function wordText(word: bigint): string {
  return `0x${word.toString(16)}`;
}

function tcbClaim(raw: Uint8Array, product: SnpProduct | null): JsonObject {
  if (product === null) return { raw: hexOf(raw) };
  const { fmc, ...others } = decodeTcb(raw, product);
  return fmc === null ? { ...others } : { fmc, ...others };
}

function bits(
  word: bigint,
  names: readonly (readonly [string, number])[],
): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(names.map(([name, bit]) => [name, bitSet(word, bit)]));
}
