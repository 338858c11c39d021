/** Trust anchors: the pinned ones that ship in `certs/`, or others that the command line names. */
import { readFileSync } from 'node:fs';
import { type Certificate, isSelfIssued, parseCertificate, splitCertificates } from '../pki/certificate.js';
import { MalformedDer } from '../pki/der.js';
import { authorityObjection, examinePath } from '../pki/path.js';
import { verifySigned } from '../pki/signature.js';
import type { TrustAnchors, VendorAnchors } from '../rats/endorsement.js';
import { refuse } from '../rats/refusal.js';
import { PINNED_ARKS } from '../tee/snp/pins.js';

/** The built file lies three levels below the package: build/src/platform. */
const CERTS = new URL('../../../certs/', import.meta.url);

/**
 * AMD's anchors from a folder laid out like `certs/`. Throws an Error that names the file when one is missing,
 * is not one certificate, or is not the pinned root: then the installation is broken, and nothing may start.
 */
export function loadPinnedAnchors(certs: URL = CERTS): TrustAnchors {
  const folders = Object.entries(PINNED_ARKS).map(([product, pin]) => ({
    folder: `amd/${product.toLowerCase()}`,
    pin,
  }));
  const roots = folders.map(({ folder, pin }) => readPinned(certs, `${folder}/ark.pem`, pin));
  const intermediates = folders.flatMap(({ folder }) =>
    ['ask.pem', 'asvk.pem'].map((file) => readOne(certs, `${folder}/${file}`).der),
  );
  return { simulated: false, vendors: { amd: vendorAnchors(roots, intermediates) } };
}

/**
 * Anchors in place of the pinned ones: DER or PEM blobs, in any order. Certificates that issue themselves are
 * roots, the others intermediates that must lead to one of them. Refuses (`request_invalid`) what is no
 * certificate, what may not be an authority, a root that did not sign itself, and a set without root.
 */
export async function anchorsFromFiles(blobs: readonly Uint8Array[]): Promise<TrustAnchors> {
  const certificates = blobs.flatMap(readBlob);
  for (const certificate of certificates) {
    const objection = authorityObjection(certificate);
    if (objection !== null) refuseAnchor(certificate, objection);
  }
  const roots = certificates.filter(isSelfIssued);
  const intermediates = certificates.filter((certificate) => !isSelfIssued(certificate));
  for (const root of roots) {
    if (!(await verifySigned(root.signed, root))) refuseAnchor(root, 'it did not sign itself');
  }
  if (roots.length === 0) refuse('request_invalid', 'request', 'no root among the trust anchors');
  const anchors = vendorAnchors(
    roots.map(({ der }) => der),
    intermediates.map(({ der }) => der),
  );
  for (const intermediate of intermediates) {
    const { path } = await examinePath(
      { leaf: intermediate, intermediates: [], anchors },
      intermediate.notBefore,
    );
    if (path === null) refuseAnchor(intermediate, 'it leads to none of the roots given with it');
  }
  return { simulated: true, vendors: { amd: anchors } };
}

function vendorAnchors(roots: readonly Uint8Array[], intermediates: readonly Uint8Array[]): VendorAnchors {
  const [first, ...rest] = roots;
  if (first === undefined) throw new TypeError('anchors without a root');
  return { roots: [first, ...rest], intermediates };
}

function readPinned(certs: URL, file: string, pin: string): Uint8Array {
  const root = readOne(certs, file);
  if (root.sha256 !== pin) throw new Error(`${file} has SHA-256 ${root.sha256}, and ${pin} is pinned`);
  return root.der;
}

function readOne(certs: URL, file: string): Certificate {
  try {
    const [der, ...more] = splitCertificates(readFileSync(new URL(file, certs)));
    if (der === undefined || more.length > 0) throw new MalformedDer('not one certificate');
    return parseCertificate(der);
  } catch (error) {
    throw new Error(`pinned certificate ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readBlob(blob: Uint8Array): Certificate[] {
  try {
    return splitCertificates(blob).map(parseCertificate);
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error;
    refuse('request_invalid', 'request', `a trust anchor cannot be read: ${error.message}`);
  }
}

function refuseAnchor(certificate: Certificate, why: string): never {
  refuse('request_invalid', 'request', `trust anchor ${JSON.stringify(certificate.subjectCn)}: ${why}`);
}
