/** AMD's documents as files: certificates, chains and lists, each verified in its own validity window. */
import { splitCertificates } from '../../pki/bundle.js';
import { type Certificate, parseCertificate } from '../../pki/certificate.js';
import { type Crl, crlSignedBy } from '../../pki/crl.js';
import { MalformedDer } from '../../pki/der.js';
import { examinePath, type Path } from '../../pki/path.js';
import type { EndorsementDocument, VendorAnchors } from '../../rats/endorsement.js';
import { refuseDocument } from '../../rats/shared-refusals.js';
import type { EndorsementContext } from '../scheme.js';
import { chainOf, type SnpChain } from './chain.js';
import { authorityRequirement, crlRequirement, ENDORSEMENT_KIND, vcekSubject, vlekSubject } from './kds.js';
import { productOfIssuer, SNP_PRODUCTS, type SnpProduct } from './product.js';
import { parseAmdCrl } from './revocation.js';
import type { SigningKey } from './signer.js';
import { kindOfIssuer, kindOfLeaf, readVek, type Vek } from './vek.js';

/** Authorities before the leaves that need them. */
export const ENDORSEMENT_FILES = [
  'chain.pem',
  'vcek.der',
  'vlek.der',
  'vcek_crl.der',
  'vlek_crl.der',
] as const;
export const CERTIFICATE_FILES: readonly string[] = ['vcek.der', 'vlek.der', 'chain.pem'];

const FILES: ReadonlyMap<string, (typeof ENDORSEMENT_FILES)[number]> = new Map([
  [ENDORSEMENT_KIND.leaf, 'vcek.der'],
  [ENDORSEMENT_KIND.ask, 'chain.pem'],
  [ENDORSEMENT_KIND.asvk, 'chain.pem'],
  [ENDORSEMENT_KIND.ark, 'chain.pem'],
  [ENDORSEMENT_KIND.vcekCrl, 'vcek_crl.der'],
  [ENDORSEMENT_KIND.vlekCrl, 'vlek_crl.der'],
]);

export function fileOf(kind: string): string | null {
  return FILES.get(kind) ?? null;
}

/**
 * What a file of the layout holds. Refuses documents that the anchors do not vouch for; throws TypeError for a
 * file that is not of the layout.
 */
export async function readEndorsement(
  file: string,
  bytes: Uint8Array,
  { anchors }: Pick<EndorsementContext, 'anchors'>,
): Promise<readonly EndorsementDocument[]> {
  const amd = anchors.vendors.amd;
  if (amd === undefined) {
    return refuseDocument('snp_chain_untrusted', 'No trust anchor for AMD was given.');
  }
  switch (file) {
    case 'chain.pem':
      return readChain(bytes, amd);
    case 'vcek.der':
      return [await readLeaf(bytes, 'VCEK', amd)];
    case 'vlek.der':
      return [await readLeaf(bytes, 'VLEK', amd)];
    case 'vcek_crl.der':
      return [await readList(bytes, 'VCEK', amd)];
    case 'vlek_crl.der':
      return [await readList(bytes, 'VLEK', amd)];
    default:
      throw new TypeError(`${file} is not a file of AMD's layout`);
  }
}

/** ASK or ASVK and the ARK, in any order; each must lead to a root by itself. */
async function readChain(bytes: Uint8Array, anchors: VendorAnchors): Promise<readonly EndorsementDocument[]> {
  const certificates = readCertificates(bytes);
  const documents: EndorsementDocument[] = [];
  for (const certificate of certificates) {
    const path = await verifyPath(certificate, certificates, anchors);
    const product = SNP_PRODUCTS.find((name) => path.at(-1)?.subjectCn === `ARK-${name}`);
    const kind = kindOfIssuer(certificate.subjectCn);
    if (product !== undefined && path.length === 1) {
      documents.push(documentOf({ kind: ENDORSEMENT_KIND.ark, subject: product }, certificate));
    } else if (kind !== null && path.length === 2 && productOfIssuer(certificate.subjectCn) === product) {
      documents.push(documentOf(authorityRequirement(kind, product), certificate));
    } else {
      untrusted('A certificate of the chain is none of ARK, ASK and ASVK.');
    }
  }
  return documents;
}

async function readLeaf(
  bytes: Uint8Array,
  kind: SigningKey,
  anchors: VendorAnchors,
): Promise<EndorsementDocument> {
  const [leaf, ...more] = readCertificates(bytes);
  if (leaf === undefined || more.length > 0) untrusted('The file must hold exactly one certificate.');
  const chain = chainOf(await verifyPath(leaf, [], anchors));
  if (chain === null) untrusted('The certificate is no leaf under an ASK or ASVK.');
  if (kindOfLeaf(leaf) !== kind || kindOfIssuer(leaf.issuerCn) !== kind) {
    refuseDocument('snp_vek_kind_mismatch', `The certificate is not a ${kind}.`);
  }
  if (leaf.keyFacts.type !== 'ec' || leaf.keyFacts.curve !== 'secp384r1') {
    refuseDocument('snp_vek_key_invalid', 'The key of the certificate is not EC P-384.');
  }
  return {
    ...documentOf({ kind: ENDORSEMENT_KIND.leaf, subject: subjectOf(chain, kind) }, leaf),
    ofMachine: true,
  };
}

function subjectOf({ leaf, product }: SnpChain, kind: SigningKey): string {
  const { hwid, cspId, tcb } = readExtensions(leaf, kind, product);
  return hwid === null ? vlekSubject(product, cspId ?? '', tcb) : vcekSubject({ product, chipId: hwid, tcb });
}

function readExtensions(leaf: Certificate, kind: SigningKey, product: SnpProduct): Vek {
  try {
    return readVek(leaf, kind, product);
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error;
    return refuseDocument('snp_vek_extension_invalid', `The ${kind} cannot be read: ${error.message}.`);
  }
}

/** The list says whose it is by its issuer; VCEK and VLEK lists are told apart by where they were fetched. */
async function readList(
  bytes: Uint8Array,
  kind: SigningKey,
  anchors: VendorAnchors,
): Promise<EndorsementDocument> {
  const list = readCrl(bytes);
  const ark = anchors.roots.map(parseCertificate).find(({ subjectCn }) => subjectCn === list.issuerCn);
  const product = SNP_PRODUCTS.find((name) => list.issuerCn === `ARK-${name}`);
  if (ark === undefined || product === undefined || !(await crlSignedBy(list, ark))) {
    refuseDocument('snp_crl_signature_invalid', 'The list is not signed by the ARK of a product line.');
  }
  if (list.nextUpdate < list.thisUpdate) {
    refuseDocument('collateral_malformed', 'The list ends before it begins.');
  }
  return {
    ...crlRequirement(kind, product),
    bytes: list.der,
    sha256: list.sha256,
    issuedAt: list.thisUpdate,
    expiresAt: list.nextUpdate,
    sequence: list.number,
  };
}

/** A path whose certificates were valid together at some instant; the document's own window is kept with it. */
async function verifyPath(
  certificate: Certificate,
  beside: readonly Certificate[],
  anchors: VendorAnchors,
): Promise<Path> {
  const {
    path,
    untrusted: stranger,
    badSignature,
  } = await examinePath({ leaf: certificate, intermediates: beside, anchors }, certificate.notBefore);
  if (badSignature !== null) {
    refuseDocument('snp_chain_signature_invalid', `A certificate is forged or damaged: ${badSignature}.`);
  }
  if (path === null || stranger !== null) untrusted(`No chain to a pinned ARK: ${stranger ?? 'no path'}.`);
  const begin = Math.max(...path.map(({ notBefore }) => notBefore.getTime()));
  const end = Math.min(...path.map(({ notAfter }) => notAfter.getTime()));
  if (begin > end) {
    refuseDocument('snp_cert_expired', 'The certificates of the chain were never valid together.');
  }
  return path;
}

function readCertificates(bytes: Uint8Array): Certificate[] {
  try {
    return splitCertificates(bytes).map(parseCertificate);
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error;
    return untrusted(`The file cannot be read: ${error.message}.`);
  }
}

function readCrl(bytes: Uint8Array): Crl {
  try {
    return parseAmdCrl(bytes);
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error;
    return refuseDocument('collateral_malformed', `The list cannot be read: ${error.message}.`);
  }
}

function documentOf(
  { kind, subject }: Pick<EndorsementDocument, 'kind' | 'subject'>,
  { der, sha256, notBefore, notAfter }: Certificate,
): EndorsementDocument {
  return { kind, subject, bytes: der, sha256, issuedAt: notBefore, expiresAt: notAfter, sequence: null };
}

function untrusted(detail: string): never {
  refuseDocument('snp_chain_untrusted', detail);
}
