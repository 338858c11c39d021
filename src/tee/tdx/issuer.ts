/**
 * Certificates directly below Intel's root: the authorities of PCK certificates and the signer of TCB info and QE
 * identity. A root that comes with them is never an anchor: it must be the pinned key and a root, and is then put
 * aside for our own (Intel SGX PCK certificate and CRL profile specification; two issues of the root are in use).
 */
import { sha256Hex } from '../../bytes/digest.js';
import { equalBytes } from '../../bytes/encoding.js';
import { Memory } from '../../bytes/memory.js';
import { readAnchor } from '../../pki/anchor.js';
import { splitCertificates } from '../../pki/bundle.js';
import { type Certificate, isSelfIssued, parseCertificate } from '../../pki/certificate.js';
import { MalformedDer } from '../../pki/der.js';
import { EXTENSION_OID } from '../../pki/extensions.js';
import { examinePath, unknownCritical } from '../../pki/path.js';
import { signatureEra, verifySigned } from '../../pki/signature.js';
import type { VendorAnchors } from '../../rats/endorsement.js';

export const ROOT_NAME = 'Intel SGX Root CA';
export const TCB_SIGNING_NAME = 'Intel SGX TCB Signing';
/** By the CA parameter of Intel's service. */
export const PCK_CA_NAMES = {
  platform: 'Intel SGX PCK Platform CA',
  processor: 'Intel SGX PCK Processor CA',
} as const;

const CRL_DISTRIBUTION_POINTS = '2.5.29.31';
/** Of every certificate of Intel's, roots included. */
const REQUIRED_EXTENSIONS: readonly string[] = [
  EXTENSION_OID.authorityKeyIdentifier,
  CRL_DISTRIBUTION_POINTS,
  EXTENSION_OID.subjectKeyIdentifier,
  EXTENSION_OID.keyUsage,
  EXTENSION_OID.basicConstraints,
];

/** A certificate that a pinned root issued, and that root as it is pinned. */
export interface Issuer {
  readonly certificate: Certificate;
  readonly root: Certificate;
}

/** The bytes are not what they should be, in words. Callers turn it into their own refusal. */
export class UntrustedIssuer extends Error {
  override readonly name = 'UntrustedIssuer';
}

/**
 * A chain file (issuer and root, PEM, in any order) or an issuer alone (DER or PEM). `names`: the common names that
 * it may have. Validity is judged by whoever knows the instant. Throws UntrustedIssuer.
 */
export async function readIssuer(
  bytes: Uint8Array,
  names: readonly string[],
  anchors: VendorAnchors,
): Promise<Issuer> {
  const key = [sha256Hex(bytes), ...names].join('|');
  const known = issuersUnder(anchors.roots);
  const before = known.recall(key);
  if (before !== null) return before;
  const issuer = await examineIssuer(bytes, names, anchors);
  known.remember(key, issuer, issuer.certificate.der.length);
  return issuer;
}

/** By the roots that vouch for them, then by digest: nothing in an issuer depends on anything else. */
let knownIssuers = new WeakMap<VendorAnchors['roots'], Memory<Issuer>>();
let knownIn = signatureEra();

function issuersUnder(roots: VendorAnchors['roots']): Memory<Issuer> {
  if (knownIn !== signatureEra()) [knownIssuers, knownIn] = [new WeakMap(), signatureEra()];
  const known = knownIssuers.get(roots) ?? new Memory<Issuer>({ entries: 64, bytes: 128 * 1024 });
  knownIssuers.set(roots, known);
  return known;
}

async function examineIssuer(
  bytes: Uint8Array,
  names: readonly string[],
  anchors: VendorAnchors,
): Promise<Issuer> {
  const certificates = readCertificates(bytes);
  const roots = certificates.filter(isSelfIssued);
  const [certificate, ...more] = certificates.filter((one) => !isSelfIssued(one));
  if (certificate === undefined || more.length > 0 || roots.length > 1) {
    throw new UntrustedIssuer('not one certificate with its root');
  }
  for (const root of roots) {
    const objection = await rootObjection(root, anchors);
    if (objection !== null) throw new UntrustedIssuer(objection.why);
  }
  if (certificate.subjectCn === null || !names.includes(certificate.subjectCn)) {
    throw new UntrustedIssuer(`not a certificate of ${names.join(' or ')}`);
  }
  const missing = missingExtension(certificate);
  if (missing !== null) throw new UntrustedIssuer(missing);
  const critical = unknownCritical(certificate);
  if (critical !== null) throw new UntrustedIssuer(critical);
  const { path, untrusted, badSignature } = await examinePath(
    { leaf: certificate, intermediates: [], anchors },
    certificate.notBefore,
  );
  const [, root, ...above] = path ?? [];
  if (root === undefined || above.length > 0) {
    throw new UntrustedIssuer(untrusted ?? badSignature ?? 'not directly below the root');
  }
  return { certificate, root };
}

/** `foreign`: another key than the pinned one. `broken`: the pinned key, and yet not a root of Intel's. */
export interface RootObjection {
  readonly kind: 'foreign' | 'broken';
  readonly why: string;
}

/** What is wrong with a presented root; null: nothing. */
export async function rootObjection(
  root: Certificate,
  anchors: VendorAnchors,
): Promise<RootObjection | null> {
  const found = soundRoots.get(root);
  if (found?.roots === anchors.roots && found.era === signatureEra()) return null;
  const pinned = anchors.roots.map(readAnchor).some(({ spki }) => equalBytes(spki, root.spki));
  if (!pinned) return { kind: 'foreign', why: 'the root has another key than the pinned one' };
  const broken = (why: string): RootObjection => ({ kind: 'broken', why });
  if (root.subjectCn !== ROOT_NAME) return broken(`the root is not named ${ROOT_NAME}`);
  if (!isSelfIssued(root)) return broken('the root names another issuer than itself');
  if (!(await verifySigned(root.signed, root))) return broken('the root did not sign itself');
  soundRoots.set(root, { roots: anchors.roots, era: signatureEra() });
  return null;
}

/** Presented roots without objection, and the pinned ones that they were held against; validity is another question. */
const soundRoots = new WeakMap<
  Certificate,
  { readonly roots: VendorAnchors['roots']; readonly era: symbol }
>();

/** In words; null: all are there. */
export function missingExtension(certificate: Certificate): string | null {
  const missing = REQUIRED_EXTENSIONS.find((oid) => certificate.extension(oid) === null);
  return missing === undefined ? null : `${certificate.subjectCn} has no extension ${missing}`;
}

function readCertificates(bytes: Uint8Array): Certificate[] {
  try {
    return splitCertificates(bytes).map(parseCertificate);
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error;
    throw new UntrustedIssuer(`unreadable: ${error.message}`);
  }
}
