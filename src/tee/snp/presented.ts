/** The certificates that travelled with evidence: read and sorted, not believed. */

import { splitCertificates } from '../../pki/bundle.js';
import { type Certificate, isSelfIssued, parseCertificate } from '../../pki/certificate.js';
import { MalformedDer, readDer, readDerSequence } from '../../pki/der.js';
import { readExtensions } from '../../pki/extensions.js';
import { signatureAlgorithmOf } from '../../pki/signature.js';
import { type RefusalCode, refuse } from '../../rats/refusal.js';
import { productOfIssuer } from './product.js';
import type { SigningKey } from './signer.js';
import { kindOfLeaf } from './vek.js';

export interface PresentedCertificates {
  readonly leaf: Certificate | null;
  /** Everything else, a second leaf included: each must find its place in the chain. */
  readonly others: readonly Certificate[];
  /** One that cannot be read, and the check that it fails; null: all were read. */
  readonly unreadable: { readonly code: RefusalCode; readonly why: string } | null;
}

/** A table is at most 64 KiB, and its certificates may be given a second time beside it. */
const MAX_TOTAL = 256 * 1024;

const EXTENSIONS_TAG = 0xa3;

/**
 * Sorts DER and PEM blobs. What is no root and no authority is a leaf; of several the one whose name is that
 * of `signingKey`. Refuses with `evidence_too_large`.
 */
export function readPresented(
  blobs: readonly Uint8Array[],
  signingKey: SigningKey | null,
): PresentedCertificates {
  const total = blobs.reduce((sum, blob) => sum + blob.length, 0);
  if (total > MAX_TOTAL) {
    refuse(
      'evidence_too_large',
      'parse',
      `The certificates have ${total} bytes together; at most ${MAX_TOTAL} are read.`,
    );
  }
  const byDigest = new Map<string, Certificate>();
  let unreadable: PresentedCertificates['unreadable'] = null;
  for (const [index, blob] of blobs.entries()) {
    try {
      for (const der of splitCertificates(blob)) {
        const read = readCertificate(der);
        if ('code' in read) unreadable ??= { code: read.code, why: `certificate ${index + 1}: ${read.why}` };
        else byDigest.set(read.sha256, read);
      }
    } catch (error) {
      if (!(error instanceof MalformedDer)) throw error;
      unreadable ??= { code: 'snp_chain_untrusted', why: `certificate ${index + 1}: ${error.message}` };
    }
  }
  const certificates = [...byDigest.values()];
  const leaves = certificates.filter((one) => !isSelfIssued(one) && productOfIssuer(one.subjectCn) === null);
  const leaf = leaves.find((one) => kindOfLeaf(one) === signingKey) ?? leaves[0] ?? null;
  return { leaf, others: certificates.filter((one) => one !== leaf), unreadable };
}

function readCertificate(der: Uint8Array): Certificate | { code: RefusalCode; why: string } {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error;
    return { code: failedCheckOf(der), why: error.message };
  }
}

/** Which check an unreadable certificate fails: its algorithm, its extensions, or being a certificate at all. */
function failedCheckOf(der: Uint8Array): RefusalCode {
  try {
    const [tbs, algorithm] = readDerSequence(readDer(der));
    if (tbs === undefined || algorithm === undefined) return 'snp_chain_untrusted';
    if (signatureAlgorithmOf(algorithm.der) === null) return 'snp_chain_signature_invalid';
    const tagged = readDerSequence(tbs).at(-1);
    return hasReadableExtensions(tagged) ? 'snp_chain_untrusted' : 'snp_vek_extension_invalid';
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error;
    return 'snp_chain_untrusted';
  }
}

function hasReadableExtensions(tagged: ReturnType<typeof readDer> | undefined): boolean {
  if (tagged?.tag !== EXTENSIONS_TAG) return false;
  try {
    const [list] = readDerSequence(tagged, EXTENSIONS_TAG);
    return list !== undefined && readExtensions(list).size > 0;
  } catch (error) {
    if (error instanceof MalformedDer) return false;
    throw error;
  }
}
