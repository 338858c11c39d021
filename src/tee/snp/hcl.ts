/**
 * Azure's HCL envelope, as the guest reads it from vTPM NV index 0x01400001: a header, the report, and the
 * paravisor's runtime claims, whose hash is what REPORT_DATA holds. Source: Azure’s confidential VM guest
 * attestation documentation, "HCL report"; little endian throughout.
 */
import { type DigestName, digestOf } from '../../bytes/digest.js';
import { allZero, equalBytes } from '../../bytes/encoding.js';
import { parseJsonObject } from '../../bytes/json.js';
import { Reader } from '../../bytes/reader.js';
import { RefusalError, refuse } from '../../rats/refusal.js';
import { refuseSize, refuseType } from '../../rats/shared-refusals.js';
import { REPORT_LENGTH } from './layout.js';

/** `HCLA`. */
const MAGIC = Uint8Array.of(0x48, 0x43, 0x4c, 0x41);
const HEADER_LENGTH = 32;
const DATA_HEADER_LENGTH = 20;
const LEAST_LENGTH = HEADER_LENGTH + REPORT_LENGTH + DATA_HEADER_LENGTH;
/** The NV index has 2600 bytes in current machines; nothing larger is an index. */
const MAX_LENGTH = 64 * 1024;

const REQUEST_TYPE = 2;
const REPORT_TYPE_SNP = 2;
const REPORT_TYPE_TDX = 4;

const CLAIMS_HASHES: Readonly<Record<number, DigestName>> = { 1: 'sha256', 2: 'sha384', 3: 'sha512' };

export interface RuntimeClaims {
  /** UTF-8 JSON, exactly as received. */
  readonly bytes: Uint8Array;
  /** 1 SHA-256, 2 SHA-384, 3 SHA-512. */
  readonly hashType: number;
}

export function isHclEnvelope(bytes: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, MAGIC.length), MAGIC);
}

/**
 * Report and claims out of an envelope that begins with the magic. Every byte is accounted for: nothing signs
 * the headers. Refuses with `evidence_too_large`, `vtpm_envelope_malformed`, or `evidence_type_unknown` for an
 * envelope around another TEE's report.
 */
export function unwrapHcl(bytes: Uint8Array): { report: Uint8Array; claims: RuntimeClaims } {
  if (bytes.length > MAX_LENGTH) {
    refuseSize('parse', `The envelope has ${bytes.length} bytes; at most ${MAX_LENGTH} are read.`);
  }
  if (bytes.length < LEAST_LENGTH)
    malformed(`it has ${bytes.length} bytes, fewer than its headers and a report`);
  const reader = new Reader(bytes);
  reader.take(MAGIC.length);
  const version = reader.u32le();
  if (version !== 1 && version !== 2) malformed(`its header version is ${version}`);
  const reportSize = reader.u32le();
  const requestType = reader.u32le();
  const status = reader.u32le();
  const reserved = reader.take(12);
  const report = reader.take(REPORT_LENGTH);
  const dataSize = reader.u32le();
  const dataVersion = reader.u32le();
  const reportType = reader.u32le();
  const hashType = reader.u32le();
  const claimsLength = reader.u32le();

  if (reportType === REPORT_TYPE_TDX) {
    refuseType(
      'parse',
      'The envelope is around an Intel TDREPORT, which only the machine that made it can check. Send the quote that Azure’s /acc/tdquote makes of it.',
    );
  }
  if (reportType !== REPORT_TYPE_SNP)
    malformed(`its report type is ${reportType}, not ${REPORT_TYPE_SNP} (SEV-SNP)`);
  if (requestType !== REQUEST_TYPE) malformed(`its request type is ${requestType}, not ${REQUEST_TYPE}`);
  if (dataVersion !== 1) malformed(`the version of its request data is ${dataVersion}`);
  if (status !== 0) malformed(`it reports status ${status}`);
  if (!allZero(reserved)) malformed('reserved bytes of its header are not zero');
  if (CLAIMS_HASHES[hashType] === undefined) malformed(`its hash type is ${hashType}`);
  if (claimsLength > reader.remaining) {
    malformed(`it announces ${claimsLength} bytes of runtime claims and has room for ${reader.remaining}`);
  }
  if (
    dataSize !== DATA_HEADER_LENGTH + claimsLength ||
    reportSize !== HEADER_LENGTH + REPORT_LENGTH + dataSize
  ) {
    malformed('its sizes contradict one another');
  }
  const claims = reader.take(claimsLength);
  if (!reader.zeros(reader.remaining)) malformed('bytes behind the runtime claims are not zero');
  requireJson(claims);
  return { report, claims: { bytes: claims, hashType } };
}

/** True when `reportData` is the hash of the claims as received, filled up with zeros to 64 bytes. */
export function claimsBound(claims: RuntimeClaims, reportData: Uint8Array): boolean {
  const name = CLAIMS_HASHES[claims.hashType];
  if (name === undefined) return false;
  const digest = digestOf(name, claims.bytes);
  return (
    equalBytes(reportData.subarray(0, digest.length), digest) && allZero(reportData.subarray(digest.length))
  );
}

function requireJson(claims: Uint8Array): void {
  try {
    parseJsonObject(claims);
  } catch (error) {
    if (error instanceof RefusalError)
      malformed(`its runtime claims are not good JSON (${error.refusal.detail})`);
    throw error;
  }
}

function malformed(what: string): never {
  refuse('vtpm_envelope_malformed', 'parse', `The HCL envelope cannot be read: ${what}.`);
}
