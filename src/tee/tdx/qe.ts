/**
 * The quoting enclave: its report, what ties that report to PCK key and attestation key, and the quote's own
 * signature (Intel TDX DCAP quoting library API, appendix A.4). Anybody can make an attestation key; only these
 * steps tie it to Intel.
 */
import type { KeyObject } from 'node:crypto';
import { digestOf } from '../../bytes/digest.js';
import { equalBytes, hexOf, zeroBetween } from '../../bytes/encoding.js';
import { fieldOf } from '../../bytes/field.js';
import { Memory } from '../../bytes/memory.js';
import type { Certificate } from '../../pki/certificate.js';
import {
  isKnownSigned,
  p256KeyOf,
  type SignedDocument,
  verifyEcdsaRaw,
  verifySigned,
} from '../../pki/signature.js';
import { failed, notRun, passed } from '../../rats/check.js';
import { onceFor } from '../../rats/once.js';
import type { CheckResult } from '../../rats/result.js';
import { QE_FIELD } from './layout.js';
import type { PckChain } from './pck-chain.js';
import type { QeIdentity } from './qe-identity.js';
import type { Certification, TdxQuote } from './quote.js';

/** The members that anybody compares; byte fields as received. */
export interface QeReport {
  /** All 384 bytes: what the PCK key signs. */
  readonly signed: Uint8Array;
  readonly miscSelect: number;
  /** 16 bytes. */
  readonly attributes: Uint8Array;
  /** 32 bytes. */
  readonly mrSigner: Uint8Array;
  readonly isvProdId: number;
  readonly isvSvn: number;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
}

export type PckCertification = Extract<Certification, { readonly kind: 'pck-chain' }>;

const QUOTE_SOURCE = 'Intel TDX DCAP quoting library API, appendix A (ECDSA quote signature data)';
const IDENTITY_SOURCE = 'Intel PCS API v4, section Get TDX QE Identity; Intel SDM volume 3D, table of REPORT';
const NO_DATA = 'no certification data of a known kind';
const DIGEST_LENGTH = 32;

export function decodeQeReport(signed: Uint8Array): QeReport {
  const view = new DataView(signed.buffer, signed.byteOffset, signed.length);
  return {
    signed,
    miscSelect: view.getUint32(QE_FIELD.miscSelect.offset, true),
    attributes: fieldOf(signed, QE_FIELD.attributes),
    mrSigner: fieldOf(signed, QE_FIELD.mrSigner),
    isvProdId: view.getUint16(QE_FIELD.isvProdId.offset, true),
    isvSvn: view.getUint16(QE_FIELD.isvSvn.offset, true),
    reportData: fieldOf(signed, QE_FIELD.reportData),
  };
}

/** One platform's QE report is the same in all its quotes, so one that verified once is known by digest. */
export async function checkQeReportSignature(
  certification: PckCertification | null,
  chain: PckChain | null,
): Promise<CheckResult> {
  const code = 'tdx_qe_report_signature_invalid';
  if (certification === null) return notRun(code, QUOTE_SOURCE, NO_DATA);
  if (chain === null) return notRun(code, QUOTE_SOURCE, 'no PCK certificate that is good for verifying it');
  const document = documentOf(certification, chain.leaf);
  const holds = isKnownSigned(document, chain.leaf) || (await verifySigned(document, chain.leaf));
  if (!holds) {
    return failed(code, QUOTE_SOURCE, { expected: REPORT_EXPECTED, observed: 'it does not hold' });
  }
  if (lastSigned.get(chain.leaf) !== document) lastSigned.set(chain.leaf, document);
  return REPORT_HOLDS;
}

/**
 * The last one that held under a PCK certificate. What has the same octets is that very document, and is found among the verified
 * ones by itself: without it each quote would need a digest of key, report and signature to be recognised.
 */
const lastSigned = new WeakMap<Certificate, SignedDocument>();

function documentOf({ qeReport, qeReportSignature }: PckCertification, leaf: Certificate): SignedDocument {
  const last = lastSigned.get(leaf);
  const same =
    last !== undefined && equalBytes(last.tbs, qeReport) && equalBytes(last.signature, qeReportSignature);
  // A copy, so that what is kept does not keep a whole quote with it.
  return same
    ? last
    : {
        algorithm: 'ecdsa-p256-sha256-raw',
        tbs: new Uint8Array(qeReport),
        signature: new Uint8Array(qeReportSignature),
      };
}

const REPORT_EXPECTED = 'the QE report signed with the PCK key (ECDSA P-256, SHA-256)';
const REPORT_HOLDS: CheckResult = Object.freeze(
  passed('tdx_qe_report_signature_invalid', QUOTE_SOURCE, {
    expected: REPORT_EXPECTED,
    observed: 'the signature holds',
  }),
);

/** Hash of key and authentication data, then zeros: all 64 bytes. */
export function checkQeReportData(
  attestationKey: Uint8Array | null,
  certification: PckCertification | null,
): CheckResult {
  const code = 'tdx_qe_report_data_mismatch';
  if (attestationKey === null || certification === null) return notRun(code, QUOTE_SOURCE, NO_DATA);
  const { reportData } = decodeQeReport(certification.qeReport);
  const digest = digestOf('sha256', Buffer.concat([attestationKey, certification.qeAuthData]));
  const equal = equalBytes(reportData.subarray(0, DIGEST_LENGTH), digest);
  const padded = zeroBetween(reportData, DIGEST_LENGTH, reportData.length);
  if (equal && padded) return DATA_EQUAL;
  return failed(code, QUOTE_SOURCE, {
    expected: DATA_EXPECTED,
    observed: equal ? 'other bytes behind the hash' : 'another hash',
  });
}

const DATA_EXPECTED =
  'REPORTDATA of the QE is the hash of attestation key and QE authentication data, then zeros';
const DATA_EQUAL: CheckResult = Object.freeze(
  passed('tdx_qe_report_data_mismatch', QUOTE_SOURCE, { expected: DATA_EXPECTED, observed: 'as expected' }),
);

/** Imported attestation keys by their point: importing costs about as much as verifying. Only such that signed. */
const knownKeys = new Memory<KeyObject>({ entries: 1024, bytes: 1024 * 1024 });

/** Over the bytes as received; every signature is computed, none remembered. */
export async function checkQuoteSignature({ signed, signature }: TdxQuote): Promise<CheckResult> {
  const code = 'tdx_quote_signature_invalid';
  if (signature === null) return notRun(code, QUOTE_SOURCE, 'no signature of a known kind');
  const point = hexOf(signature.attestationKey);
  const known = knownKeys.recall(point);
  const key = known ?? p256KeyOf(signature.attestationKey);
  const [r, s] = [signature.signature.subarray(0, 32), signature.signature.subarray(32)];
  const holds = key !== null && (await verifyEcdsaRaw({ key, hash: 'sha256', message: signed, r, s }));
  if (!holds) {
    const observed = key === null ? 'the attestation key is no point of P-256' : 'it does not hold';
    return failed(code, QUOTE_SOURCE, { expected: QUOTE_EXPECTED, observed });
  }
  if (known === null) knownKeys.remember(point, key, point.length);
  return QUOTE_HOLDS;
}

const QUOTE_EXPECTED = 'header and body signed with the attestation key (ECDSA P-256, SHA-256)';
/** The words for a signature that has just been found to hold. */
const QUOTE_HOLDS: CheckResult = Object.freeze(
  passed('tdx_quote_signature_invalid', QUOTE_SOURCE, {
    expected: QUOTE_EXPECTED,
    observed: 'the signature holds',
  }),
);

/** The members of a QE report that an identity speaks of. */
export type QeIdentityFields = Pick<QeReport, 'miscSelect' | 'attributes' | 'mrSigner' | 'isvProdId'>;

/** Field by field, under the masks of the identity; the level is judged with the TCB. `report` null: there is none. */
export function checkQeIdentity(report: QeIdentityFields | null, identity: QeIdentity | null): CheckResult {
  const code = 'tdx_qe_identity_mismatch';
  if (report === null) return notRun(code, IDENTITY_SOURCE, NO_DATA);
  if (identity === null) return notRun(code, IDENTITY_SOURCE, 'no QE identity that is good for comparing');
  if (isOf(report, identity)) return identityMatched(identity);
  const mismatches = [
    ...((report.miscSelect & identity.miscSelectMask) >>> 0 === identity.miscSelect
      ? []
      : [`MISCSELECT 0x${report.miscSelect.toString(16)}`]),
    ...(equalBytes(masked(report.attributes, identity.attributesMask), identity.attributes)
      ? []
      : [`ATTRIBUTES ${hexOf(report.attributes)}`]),
    ...(equalBytes(report.mrSigner, identity.mrSigner) ? [] : [`MRSIGNER ${hexOf(report.mrSigner)}`]),
    ...(report.isvProdId === identity.isvProdId ? [] : [`ISVPRODID ${report.isvProdId}`]),
  ];
  return failed(code, IDENTITY_SOURCE, { expected: identityText(identity), observed: mismatches.join(', ') });
}

function isOf(
  { miscSelect, attributes, mrSigner, isvProdId }: QeIdentityFields,
  identity: QeIdentity,
): boolean {
  return (
    (miscSelect & identity.miscSelectMask) >>> 0 === identity.miscSelect &&
    isvProdId === identity.isvProdId &&
    equalBytes(mrSigner, identity.mrSigner) &&
    identity.attributes.length === attributes.length &&
    attributes.every((byte, at) => (byte & (identity.attributesMask[at] ?? 0)) === identity.attributes[at])
  );
}

const identityText = onceFor(({ mrSigner, isvProdId, attributes, attributesMask }: QeIdentity): string => {
  return `Intel’s TD QE: MRSIGNER ${hexOf(mrSigner)}, ISVPRODID ${isvProdId}, ATTRIBUTES ${hexOf(attributes)} under mask ${hexOf(attributesMask)}`;
});

const identityMatched = onceFor((identity: QeIdentity) =>
  Object.freeze(
    passed('tdx_qe_identity_mismatch', IDENTITY_SOURCE, {
      expected: identityText(identity),
      observed: 'as expected',
    }),
  ),
);

function masked(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => byte & (mask[index] ?? 0));
}
