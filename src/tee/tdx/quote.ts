/**
 * Quotes of version 4 and 5, byte by byte (Intel TDX DCAP quoting library API, appendix A). Every byte is accounted
 * for, because the signature data is signed by nobody: sizes must agree exactly, and behind it nothing but zeros.
 */
import { type FieldPlace, fieldOf } from '../../bytes/field.js';
import { Reader } from '../../bytes/reader.js';
import { refuse } from '../../rats/refusal.js';
import { refuseSize } from '../../rats/shared-refusals.js';
import {
  BODY_DESCRIPTOR_LENGTH,
  BODY_LENGTH,
  BODY_TYPE,
  CERTIFICATION_PCK_CHAIN,
  CERTIFICATION_QE_REPORT,
  HEADER_FIELD,
  HEADER_LENGTH,
  KEY_TYPE_ECDSA_P256,
  MAX_QE_AUTH_DATA,
  QE_REPORT_LENGTH,
  SIGNATURE_FIELD,
  TEE_TYPE_TDX,
} from './layout.js';
import { decodeTdReport, type TdBodyType, type TdReport } from './td-report.js';

/** Kernels pad the buffer; a quote has about five thousand bytes. */
export const MAX_QUOTE_BYTES = 64 * 1024;

export interface TdxQuote {
  readonly version: 4 | 5;
  /** 2: ECDSA P-256. */
  readonly attestationKeyType: number;
  /** 16 bytes. */
  readonly qeVendorId: Uint8Array;
  /** 20 bytes; the first 16 name the quoting enclave. */
  readonly userData: Uint8Array;
  readonly report: TdReport;
  /** Header and body exactly as received: what the attestation key signs. */
  readonly signed: Uint8Array;
  /** Null for a key type whose signature data has a form that is not known. */
  readonly signature: QuoteSignature | null;
}

export interface QuoteSignature {
  /** r and s, 32 bytes each, big endian. */
  readonly signature: Uint8Array;
  /** x and y, 32 bytes each, big endian; not necessarily a point of the curve. */
  readonly attestationKey: Uint8Array;
  readonly certification: Certification;
}

/** What vouches for the attestation key: in all genuine quotes a QE report with the PCK chain. */
export type Certification =
  | {
      readonly kind: 'pck-chain';
      /** 384 bytes. */
      readonly qeReport: Uint8Array;
      /** r and s by the PCK key. */
      readonly qeReportSignature: Uint8Array;
      /** At most 1024 bytes. */
      readonly qeAuthData: Uint8Array;
      /** PEM, as received. */
      readonly chain: Uint8Array;
    }
  | {
      readonly kind: 'unsupported';
      readonly outerType: number;
      /** Null when the outer type already is not the expected one. */
      readonly innerType: number | null;
    };

/**
 * Refuses with `evidence_too_large`, `tdx_quote_malformed`, `tdx_quote_version_unsupported` or
 * `tdx_tee_type_mismatch`. Key type, vendor and certification data are for authentication to judge.
 */
export function readQuote(bytes: Uint8Array): TdxQuote {
  const { bodyType, ...quote } = splitQuote(bytes);
  if (bodyType === BODY_TYPE.tdReport15Extended) {
    unsupported(
      'its body is an extended TD report (type 4), which this build decodes but does not verify until a genuine one is known',
    );
  }
  return quote;
}

/** As `readQuote`, and takes the extended TD report too: for display, nothing of it is verified. */
export function readQuoteForDisplay(bytes: Uint8Array): TdxQuote {
  return splitQuote(bytes);
}

function splitQuote(bytes: Uint8Array): TdxQuote & { readonly bodyType: TdBodyType } {
  if (bytes.length > MAX_QUOTE_BYTES) {
    refuseSize('parse', `The quote has ${bytes.length} bytes; at most ${MAX_QUOTE_BYTES} are read.`);
  }
  if (bytes.length < HEADER_LENGTH) malformed(`it has ${bytes.length} bytes, fewer than a header`);
  const owned = new Uint8Array(bytes);
  const version = requireVersion(numberAt(owned, HEADER_FIELD.version));
  const teeType = numberAt(owned, HEADER_FIELD.teeType);
  if (teeType !== TEE_TYPE_TDX) {
    otherTee(
      `The quote is of TEE type 0x${teeType.toString(16)}${teeType === 0 ? ' (SGX)' : ''}, not 0x81 (TDX).`,
    );
  }
  const reader = new Reader(owned);
  reader.take(HEADER_LENGTH);
  const bodyType = version === 4 ? BODY_TYPE.tdReport10 : readBodyType(reader);
  const report = decodeTdReport(take(reader, BODY_LENGTH[bodyType] ?? 0, 'the TD report'), bodyType);
  const signed = owned.subarray(0, reader.offset);
  if (reader.remaining < 4) malformed('it ends before the size of its signature data');
  const size = reader.u32le();
  const data = take(reader, size, 'the signature data');
  if (!reader.zeros(reader.remaining)) malformed('bytes behind the signature data are not zero');
  const attestationKeyType = numberAt(owned, HEADER_FIELD.attestationKeyType);
  return {
    version,
    bodyType,
    attestationKeyType,
    qeVendorId: fieldOf(owned, HEADER_FIELD.qeVendorId),
    userData: fieldOf(owned, HEADER_FIELD.userData),
    report,
    signed,
    signature: attestationKeyType === KEY_TYPE_ECDSA_P256 ? readSignature(data) : null,
  };
}

function requireVersion(version: number): 4 | 5 {
  if (version === 4 || version === 5) return version;
  if (version === 3) unsupported('its version is 3, which only SGX enclaves have');
  return unsupported(
    `its version is ${version}, not 4 or 5; evidence in CBOR (DICE, CWT) is not read either`,
  );
}

/** Version 5 says what follows, and how long it is. */
function readBodyType(reader: Reader): TdBodyType {
  if (reader.remaining < BODY_DESCRIPTOR_LENGTH) malformed('it ends before its body');
  const type = reader.u16le();
  const size = reader.u32le();
  if (type === BODY_TYPE.sgxReport) {
    otherTee('The header says TDX, and the body is an SGX enclave report.');
  }
  if (type !== 2 && type !== 3 && type !== 4) unsupported(`its body type is ${type}, not 2 or 3`);
  if (size !== BODY_LENGTH[type]) {
    malformed(`its body of type ${type} has ${size} bytes, not ${BODY_LENGTH[type]}`);
  }
  return type;
}

function readSignature(data: Uint8Array): QuoteSignature {
  const reader = new Reader(data);
  const signature = take(reader, SIGNATURE_FIELD.signature.length, 'the signature');
  const attestationKey = take(reader, SIGNATURE_FIELD.attestationKey.length, 'the attestation key');
  const outer = readCertificationData(reader, 'certification data');
  if (outer.type !== CERTIFICATION_QE_REPORT) {
    const certification = { kind: 'unsupported', outerType: outer.type, innerType: null } as const;
    return { signature, attestationKey, certification };
  }
  return { signature, attestationKey, certification: readQeCertification(outer.data) };
}

function readQeCertification(data: Uint8Array): Certification {
  const reader = new Reader(data);
  const qeReport = take(reader, QE_REPORT_LENGTH, 'the QE report');
  const qeReportSignature = take(reader, SIGNATURE_FIELD.signature.length, 'the signature of the QE report');
  if (reader.remaining < 2) malformed('it ends before the QE authentication data');
  const length = reader.u16le();
  if (length > MAX_QE_AUTH_DATA) {
    malformed(`its QE authentication data have ${length} bytes; at most ${MAX_QE_AUTH_DATA} are read`);
  }
  const qeAuthData = take(reader, length, 'the QE authentication data');
  const inner = readCertificationData(reader, 'inner certification data');
  if (inner.type !== CERTIFICATION_PCK_CHAIN) {
    return { kind: 'unsupported', outerType: CERTIFICATION_QE_REPORT, innerType: inner.type };
  }
  return { kind: 'pck-chain', qeReport, qeReportSignature, qeAuthData, chain: inner.data };
}

/** u16 type, u32 size, and exactly that many bytes to the end. */
function readCertificationData(reader: Reader, name: string): { type: number; data: Uint8Array } {
  if (reader.remaining < 6) malformed(`it ends before the ${name}`);
  const type = reader.u16le();
  const size = reader.u32le();
  if (size !== reader.remaining) {
    malformed(`its ${name} announce ${size} bytes, and ${reader.remaining} are there`);
  }
  return { type, data: reader.take(size) };
}

function take(reader: Reader, length: number, name: string): Uint8Array {
  if (length > reader.remaining) {
    malformed(`it ends within ${name}: ${length} bytes belong there, ${reader.remaining} are left`);
  }
  return reader.take(length);
}

function numberAt(bytes: Uint8Array, place: FieldPlace): number {
  const byte = (index: number): number => bytes[place.offset + index] ?? 0;
  const low = byte(0) | (byte(1) << 8);
  return place.length === 2 ? low : (low | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
}

function malformed(what: string): never {
  refuse('tdx_quote_malformed', 'parse', `The quote cannot be read: ${what}.`);
}

function unsupported(what: string): never {
  refuse('tdx_quote_version_unsupported', 'parse', `The quote is not of a kind that is verified: ${what}.`);
}

function otherTee(detail: string): never {
  refuse('tdx_tee_type_mismatch', 'parse', detail);
}
