/** Taking the transport envelope off a quote: bare, or configfs-tsm. */
import { equalBytes } from '../../bytes/encoding.js';
import { fieldOf } from '../../bytes/field.js';
import { refuseMember } from '../../rats/shared-refusals.js';
import type { UnwrappedEvidence } from '../scheme.js';
import type { TsmReport } from '../tsm-report.js';
import { HEADER_FIELD, HEADER_LENGTH, INTEL_QE_VENDOR_ID, TEE_TYPE_TDX } from './layout.js';

/** Versions with a header of this form; 3 is SGX only. */
const QUOTE_VERSIONS: readonly number[] = [3, 4, 5];

/** By version and key type together with TEE type or vendor: whatever is wrong with one of them is for the parser. */
export function looksLikeTdx(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_FIELD.qeVendorId.offset) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint16(HEADER_FIELD.version.offset, true);
  const keyType = view.getUint16(HEADER_FIELD.attestationKeyType.offset, true);
  const teeType = view.getUint32(HEADER_FIELD.teeType.offset, true);
  if (QUOTE_VERSIONS.includes(version) && keyType !== 0 && teeType === TEE_TYPE_TDX) return true;
  return (
    bytes.length >= HEADER_LENGTH && equalBytes(fieldOf(bytes, HEADER_FIELD.qeVendorId), INTEL_QE_VENDOR_ID)
  );
}

/** Kernels hand out padded buffers: zeros behind the quote belong to the parser. */
export function unwrapEvidence(bytes: Uint8Array): UnwrappedEvidence {
  return { envelope: 'raw', report: bytes, certificates: [], runtimeClaims: null };
}

/** `tdx_guest` has nothing to put beside a quote. */
export function unwrapTsm({ outblob, auxblob }: TsmReport): UnwrappedEvidence {
  if (auxblob.length > 0) {
    refuseMember('parse', 'A TDX guest has no "auxblob": the JSON is put together from two guests.');
  }
  return { envelope: 'configfs-tsm', report: outblob, certificates: [], runtimeClaims: null };
}
