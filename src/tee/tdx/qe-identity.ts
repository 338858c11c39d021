/**
 * Intel's identity of the TD quoting enclave, version 2: which enclave may sign quotes, and at which level.
 * Source: Intel PCS API v4, "Get TDX QE Identity"; Intel QVL, EnclaveIdentityV2.
 */
import {
  type DocumentHead,
  type IsvSvnLevel,
  type OtherDocument,
  readEvaluationNumber,
  readIsvSvnLevels,
  readSignedDocument,
  type SignedDocumentJson,
  sortLevels,
} from './collateral.js';

export const QE_IDENTITY_ID = 'TD_QE';
export const QE_IDENTITY_VERSION = 2;

export interface QeIdentity extends DocumentHead, SignedDocumentJson {
  readonly kind: 'qe-identity';
  /** 32 bits each; the hex of the document has the byte order of the report, little endian. */
  readonly miscSelect: number;
  readonly miscSelectMask: number;
  /** 16 bytes each. */
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
  /** 32 bytes. */
  readonly mrSigner: Uint8Array;
  /** 0 to 65535. */
  readonly isvProdId: number;
  /** By `isvSvn`, then date, descending; never empty. */
  readonly levels: readonly IsvSvnLevel[];
}

/**
 * Reads the answer of the PCS, at most 256 KiB. Neither signature nor dates are judged. A document that is not
 * `TD_QE` of version 2 comes back as `other`. Throws MalformedCollateral.
 */
export function readQeIdentity(bytes: Uint8Array): QeIdentity | OtherDocument {
  return readSignedDocument(
    bytes,
    { member: 'enclaveIdentity', id: QE_IDENTITY_ID, version: QE_IDENTITY_VERSION },
    (members, dates) => ({
      kind: 'qe-identity' as const,
      ...dates,
      evaluationNumber: readEvaluationNumber(members),
      miscSelect: wordOf(members.bytes('miscselect', 4)),
      miscSelectMask: wordOf(members.bytes('miscselectMask', 4)),
      attributes: members.bytes('attributes', 16),
      attributesMask: members.bytes('attributesMask', 16),
      mrSigner: members.bytes('mrsigner', 32),
      isvProdId: members.integer('isvprodid', 0xffff),
      // The date is part of the rank: of two levels with one ISVSVN the later counts.
      levels: sortLevels(
        readIsvSvnLevels(members),
        ({ isvSvn, tcbDate }) => [isvSvn, tcbDate.getTime()],
        'enclaveIdentity.tcbLevels',
      ),
    }),
  );
}

function wordOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}
