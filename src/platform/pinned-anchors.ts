/** Trust anchors: the pinned ones that ship in `certs/`, or others that the command line names. */
import { readFileSync } from 'node:fs';
import { sha256Hex } from '../bytes/digest.js';
import { type Certificate, isSelfIssued, parseCertificate, splitCertificates } from '../pki/certificate.js';
import { MalformedDer } from '../pki/der.js';
import { authorityObjection, examinePath } from '../pki/path.js';
import { type SignatureAlgorithm, verifySigned } from '../pki/signature.js';
import type { TrustAnchors, Vendor, VendorAnchors } from '../rats/endorsement.js';
import { refuseRequest } from '../rats/shared-refusals.js';
import { PINNED_ARKS } from '../tee/snp/pins.js';
import { PINNED_INTEL_ROOT_KEY } from '../tee/tdx/pins.js';

/** The built file lies three levels below the package: build/src/platform. */
const CERTS = new URL('../../../certs/', import.meta.url);

/**
 * The vendors' anchors from a folder laid out like `certs/`. Throws an Error that names the file when one is
 * missing, is not one certificate, or is not what is pinned: then the installation is broken, and nothing may start.
 */
export function loadPinnedAnchors(certs: URL = CERTS): TrustAnchors {
  return { simulated: false, vendors: { amd: loadAmd(certs), intel: loadIntel(certs) } };
}

function loadAmd(certs: URL): VendorAnchors {
  const folders = Object.entries(PINNED_ARKS).map(([product, pin]) => ({
    folder: `amd/${product.toLowerCase()}`,
    pin,
  }));
  const roots = folders.map(({ folder, pin }) => {
    const file = `${folder}/ark.pem`;
    const root = readOne(certs, file);
    requirePin(file, root.sha256, pin);
    return root.der;
  });
  const intermediates = folders.flatMap(({ folder }) =>
    ['ask.pem', 'asvk.pem'].map((file) => readOne(certs, `${folder}/${file}`).der),
  );
  return vendorAnchors(roots, intermediates);
}

/** The key is pinned and not the certificate, of which there are two issues. */
function loadIntel(certs: URL): VendorAnchors {
  const file = 'intel/sgx-root-ca.pem';
  const root = readOne(certs, file);
  requirePin(file, sha256Hex(root.spki), PINNED_INTEL_ROOT_KEY, ' of its public key');
  return vendorAnchors([root.der], []);
}

/** Whose a root is goes by how it is signed: AMD's are RSA, Intel's are ECDSA. */
const VENDOR_OF: Readonly<Record<SignatureAlgorithm, Vendor>> = {
  'rsassa-pss-sha384': 'amd',
  'ecdsa-p256-sha256': 'intel',
  'ecdsa-p256-sha256-raw': 'intel',
};

/**
 * Anchors in place of the pinned ones: DER or PEM blobs, in any order, of one vendor or of both. Certificates that
 * issue themselves are roots, the others intermediates that must lead to one of them. Refuses (`request_invalid`)
 * what is no certificate, what may not be an authority, a root that did not sign itself, and a set without root.
 */
export async function anchorsFromFiles(blobs: readonly Uint8Array[]): Promise<TrustAnchors> {
  const certificates = blobs.flatMap(readBlob);
  for (const certificate of certificates) {
    const objection = authorityObjection(certificate);
    if (objection !== null) refuseAnchor(certificate, objection);
  }
  if (!certificates.some(isSelfIssued)) refuseRequest('no root among the trust anchors');
  const vendors: Partial<Record<Vendor, VendorAnchors>> = {};
  for (const vendor of new Set(certificates.map(vendorOf))) {
    vendors[vendor] = await anchorsOfVendor(certificates.filter((one) => vendorOf(one) === vendor));
  }
  return { simulated: true, vendors };
}

async function anchorsOfVendor(certificates: readonly Certificate[]): Promise<VendorAnchors> {
  const roots = certificates.filter(isSelfIssued);
  const intermediates = certificates.filter((certificate) => !isSelfIssued(certificate));
  for (const root of roots) {
    if (!(await verifySigned(root.signed, root))) refuseAnchor(root, 'it did not sign itself');
  }
  const [stray] = intermediates;
  if (roots.length === 0 && stray !== undefined) {
    refuseAnchor(stray, 'it leads to none of the roots given with it');
  }
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
  return anchors;
}

function vendorOf({ signed }: Certificate): Vendor {
  return VENDOR_OF[signed.algorithm];
}

function vendorAnchors(roots: readonly Uint8Array[], intermediates: readonly Uint8Array[]): VendorAnchors {
  const [first, ...rest] = roots;
  if (first === undefined) throw new TypeError('anchors without a root');
  return { roots: [first, ...rest], intermediates };
}

function requirePin(file: string, digest: string, pin: string, of = ''): void {
  if (digest !== pin) throw new Error(`${file} has SHA-256 ${digest}${of}, and ${pin} is pinned`);
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
    refuseRequest(`a trust anchor cannot be read: ${error.message}`);
  }
}

function refuseAnchor(certificate: Certificate, why: string): never {
  refuseRequest(`trust anchor ${JSON.stringify(certificate.subjectCn)}: ${why}`);
}
