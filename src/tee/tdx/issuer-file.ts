/** Files with certificates of Intel's authorities and signers, which vouch for the documents beside them. */
import type { Certificate } from '../../pki/certificate.js';
import type { EndorsementDocument, EndorsementRequirement, VendorAnchors } from '../../rats/endorsement.js';
import type { RefusalCode } from '../../rats/refusal.js';
import { refuseDocument } from '../../rats/shared-refusals.js';
import { type Issuer, PCK_CA_NAMES, readIssuer, UntrustedIssuer } from './issuer.js';
import type { PckCa } from './pcs.js';

/** The Platform or Processor CA in a file. Refuses with `tdx_crl_signature_invalid`. */
export function pckCaIn(bytes: Uint8Array, anchors: VendorAnchors): Promise<Issuer> {
  return issuerIn(bytes, Object.values(PCK_CA_NAMES), anchors, 'tdx_crl_signature_invalid');
}

/** An issuer of one of the names in a file, with its root. Refuses with `code`. */
export async function issuerIn(
  bytes: Uint8Array,
  names: readonly string[],
  anchors: VendorAnchors,
  code: RefusalCode,
): Promise<Issuer> {
  try {
    return await readIssuer(bytes, names, anchors);
  } catch (error) {
    if (!(error instanceof UntrustedIssuer)) throw error;
    return refuseDocument(code, `The issuer chain is not Intel’s: ${error.message}.`);
  }
}

export function caOf({ subjectCn }: Certificate): PckCa {
  return subjectCn === PCK_CA_NAMES.platform ? 'platform' : 'processor';
}

export function certificateDocument(
  { kind, subject }: EndorsementRequirement,
  { der, sha256, notBefore, notAfter }: Certificate,
): EndorsementDocument {
  return { kind, subject, bytes: der, sha256, issuedAt: notBefore, expiresAt: notAfter, sequence: null };
}
