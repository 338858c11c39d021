/** The certificates that travelled with evidence: read and sorted, not believed. */

import { sha256Hex } from '../../bytes/digest.js';
import { splitCertificates } from '../../pki/bundle.js';
import { type Certificate, certificateOf, isSelfIssued } from '../../pki/certificate.js';
import { MalformedDer, readDer, readDerSequence } from '../../pki/der.js';
import { readExtensions } from '../../pki/extensions.js';
import { signatureAlgorithmOf } from '../../pki/signature.js';
import type { RefusalCode } from '../../rats/refusal.js';
import { refuseSize } from '../../rats/shared-refusals.js';
import { fitsReport } from './leaf-binding.js';
import { productOfIssuer } from './product.js';
import type { SnpReport } from './report.js';
import { signingKeyOf } from './report-form.js';
import { kindOfLeaf } from './vek.js';

export interface PresentedCertificates {
  readonly leaf: Certificate | null;
  /** Everything else, further leaves included: each must lead to a pinned root, needed or not. */
  readonly others: readonly Certificate[];
  /** One that cannot be read, and the check that it fails; null: all were read. */
  readonly unreadable: Unreadable | null;
}

interface Unreadable {
  readonly code: RefusalCode;
  readonly why: string;
}

/** A table of 64 KiB and half as much beside it; what is given twice counts once. */
const MAX_TOTAL = 96 * 1024;

/** Both kinds of leaf with ASK, ASVK and ARK, and some neighbours; or the authorities of all lines. */
const MAX_CERTIFICATES = 9;

const EXTENSIONS_TAG = 0xa3;

/**
 * Sorts DER and PEM blobs. What is no root and no authority is a leaf. SIGNING_KEY picks the kind; of several the
 * one that fits the report, or else the first, so that what does not fit about it is what gets reported. Refuses
 * with `evidence_too_large`, before any certificate is read.
 */
export function readPresented(blobs: readonly Uint8Array[], report: SnpReport): PresentedCertificates {
  const distinct = new Map(blobs.map((blob) => [sha256Hex(blob), blob]));
  const total = [...distinct.values()].reduce((sum, blob) => sum + blob.length, 0);
  if (total > MAX_TOTAL) {
    refuseSize('parse', `The certificates have ${total} bytes together; at most ${MAX_TOTAL} are read.`);
  }
  const { ders, unsplit } = splitBlobs(distinct);
  const read = [...ders].map(([digest, der]) => readCertificate(der, digest));
  const certificates = read.filter((one): one is Certificate => !('why' in one));
  const leaf = chooseLeaf(certificates, report);
  return {
    leaf,
    others: certificates.filter((one) => one !== leaf),
    unreadable: unsplit ?? read.find((one): one is Unreadable => 'why' in one) ?? null,
  };
}

/** The distinct certificates of all blobs; both by digest. */
function splitBlobs(blobs: ReadonlyMap<string, Uint8Array>): {
  ders: ReadonlyMap<string, Uint8Array>;
  unsplit: Unreadable | null;
} {
  const ders = new Map<string, Uint8Array>();
  let unsplit: Unreadable | null = null;
  for (const [digest, blob] of blobs) {
    try {
      for (const der of splitCertificates(blob)) ders.set(der === blob ? digest : sha256Hex(der), der);
    } catch (error) {
      if (!(error instanceof MalformedDer)) throw error;
      unsplit ??= { code: 'snp_chain_untrusted', why: error.message };
    }
    if (ders.size > MAX_CERTIFICATES) {
      refuseSize(
        'parse',
        `There are more than ${MAX_CERTIFICATES} different certificates with the evidence.`,
      );
    }
  }
  return { ders, unsplit };
}

function chooseLeaf(certificates: readonly Certificate[], report: SnpReport): Certificate | null {
  const leaves = certificates.filter((one) => !isSelfIssued(one) && productOfIssuer(one.subjectCn) === null);
  const signingKey = signingKeyOf(report);
  const ofKind = leaves.filter((one) => kindOfLeaf(one) === signingKey);
  const [only, ...further] = ofKind;
  if (further.length === 0) return only ?? leaves[0] ?? null;
  return ofKind.find((one) => fitsReport(one, report)) ?? ofKind[0] ?? null;
}

function readCertificate(der: Uint8Array, digest: string): Certificate | Unreadable {
  try {
    return certificateOf(der, digest);
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
