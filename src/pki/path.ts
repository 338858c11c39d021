/** From a leaf to a pinned root: who signed whom, and whether all of it holds at an instant (RFC 5280, 6). */
import { equalBytes } from '../bytes/encoding.js';
import type { VendorAnchors } from '../rats/endorsement.js';
import { readAnchor } from './anchor.js';
import { type Certificate, isSelfIssued, rememberCertificate } from './certificate.js';
import { EXTENSION_OID } from './extensions.js';
import { keyFitsAlgorithm, type SignatureAlgorithm, signatureEra, verifySigned } from './signature.js';

/** A certificate, its issuer, and so on up to a root. */
export type Path = readonly [Certificate, ...Certificate[]];

export interface PathRequest {
  readonly leaf: Certificate;
  /** Everything else that was sent: each must lead to a root itself, needed or not. */
  readonly intermediates: readonly Certificate[];
  readonly anchors: VendorAnchors;
}

/** Separate facts, so that each gets its own check entry. All four null: the path is good. */
export interface PathFindings {
  /** Leaf first, root last; null when there is none. */
  readonly path: Path | null;
  /** A certificate whose issuer no root vouches for. */
  readonly untrusted: string | null;
  /** A certificate that the authority named in it did not sign. */
  readonly badSignature: string | null;
  readonly expired: string | null;
  readonly notYetValid: string | null;
}

/** All authorities that AMD has, of three lines; more is somebody wasting our time. */
const MAX_INTERMEDIATES = 9;

/** Leaf, two authorities and the root: AMD has three, Intel as many. */
const MAX_PATH = 4;

/** Critical extensions that this file obeys; another critical one makes a certificate unusable. */
const OBEYED: readonly string[] = [EXTENSION_OID.basicConstraints, EXTENSION_OID.keyUsage];

/**
 * Examines the leaf and everything sent with it at an instant. Whatever was sent must be signed up to a root, the
 * path alone must be valid at the instant. Roots are recognised by their bytes. An authority issues only once it
 * is known to lead to a root, so that loops and look-alikes lead nowhere and the number of signatures computed is
 * at most (sent + pinned) × authorities of one name.
 */
export async function examinePath(request: PathRequest, at: Date): Promise<PathFindings> {
  const { leaf, intermediates, anchors } = request;
  const known = knownPath(request);
  if (known !== null) {
    return { path: known, untrusted: null, badSignature: null, ...examineValidity(known, at) };
  }
  // The leaf comes last: what is wrong above it explains more than what follows for it.
  const sent = [
    ...new Map([...intermediates, leaf].map((certificate) => [certificate.sha256, certificate])).values(),
  ];
  if (intermediates.length > MAX_INTERMEDIATES) {
    const untrusted = `${intermediates.length} certificates beside the leaf; at most ${MAX_INTERMEDIATES} are read`;
    return { path: null, untrusted, badSignature: null, ...examineValidity([leaf], at) };
  }
  const paths = await findPaths(sent, anchors);
  const found = paths.get(leaf.sha256);
  if (found !== undefined && sent.every(({ sha256 }) => paths.has(sha256))) {
    pathsOfLeaf.set(leaf, { era: signatureEra(), others: othersOf(request), path: found });
  }
  const facts = sent.map((certificate) => explain(certificate, paths));
  const path = paths.get(leaf.sha256) ?? null;
  return {
    path,
    untrusted: facts.find(({ untrusted }) => untrusted !== null)?.untrusted ?? null,
    badSignature: facts.find(({ badSignature }) => badSignature !== null)?.badSignature ?? null,
    ...examineValidity(path ?? sent, at),
  };
}

const KEY_WANTED: Readonly<Record<SignatureAlgorithm, string>> = {
  'rsassa-pss-sha384': 'not an RSA key of 2048 bits or more',
  'ecdsa-p256-sha256': 'not an EC key on P-256',
  'ecdsa-p256-sha256-raw': 'not an EC key on P-256',
};

/** Whoever does not know what a critical extension demands must not rely on the certificate (RFC 5280, 4.2). */
export function unknownCritical({ extensions }: Pick<Certificate, 'extensions'>): string | null {
  const unknown = extensions.find(({ oid, critical }) => critical && !OBEYED.includes(oid));
  return unknown === undefined ? null : `critical extension ${unknown.oid} is unknown`;
}

/** Null when the certificate may act as an authority of this build, otherwise why not. */
export function authorityObjection(certificate: Certificate): string | null {
  const { authority, publicKey, signed } = certificate;
  if (!authority.isAuthority) return 'basicConstraints do not say CA';
  if (!authority.mayCertify) return 'keyUsage does not allow signing certificates';
  // No vendor mixes: an authority signs in the way in which it was signed itself.
  if (!keyFitsAlgorithm(publicKey, signed.algorithm)) return KEY_WANTED[signed.algorithm];
  return unknownCritical(certificate);
}

/** What was found for a leaf the last time, and what else it depends on. Nothing in it depends on the instant. */
interface KnownPath {
  readonly era: symbol;
  readonly others: readonly unknown[];
  readonly path: Path;
}

/** By the leaf, for as long as somebody holds it. Only where everything that was sent led to a root. */
const pathsOfLeaf = new WeakMap<Certificate, KnownPath>();

function othersOf({ intermediates, anchors }: PathRequest): readonly unknown[] {
  return [...intermediates, anchors.roots, ...anchors.intermediates];
}

/** Null where anything else was sent, or trusted, than when the path was found. */
function knownPath(request: PathRequest): Path | null {
  const known = pathsOfLeaf.get(request.leaf);
  const counts =
    known !== undefined && known.era === signatureEra() && sameItems(known.others, othersOf(request));
  return counts ? known.path : null;
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

/** Paths by digest. What was sent comes before what is pinned, so that a revoked authority is seen as such. */
async function findPaths(
  sent: readonly Certificate[],
  anchors: VendorAnchors,
): Promise<ReadonlyMap<string, Path>> {
  const paths = new Map<string, Path>();
  for (const root of anchors.roots.map(readAnchor)) paths.set(root.sha256, [root]);
  const waiting = new Set([...sent, ...anchors.intermediates.map(readAnchor)]);
  const failed = new Set<string>();
  for (let found = true; found; ) {
    found = false;
    for (const certificate of waiting) {
      const path = paths.get(certificate.sha256) ?? (await extendPath(certificate, paths, failed));
      if (path === null) continue;
      paths.set(certificate.sha256, path);
      waiting.delete(certificate);
      found = true;
    }
  }
  for (const [certificate] of paths.values()) rememberCertificate(certificate);
  return paths;
}

/** `failed`: pairs whose signature does not hold; none is computed twice. */
async function extendPath(
  certificate: Certificate,
  paths: ReadonlyMap<string, Path>,
  failed: Set<string>,
): Promise<Path | null> {
  for (const above of authoritiesOver(certificate, paths)) {
    const pair = `${certificate.sha256} ${above[0].sha256}`;
    if (failed.has(pair)) continue;
    if (await verifySigned(certificate.signed, above[0])) return [certificate, ...above];
    failed.add(pair);
  }
  return null;
}

/** Paths of the authorities that the certificate names as its issuer and that may issue it. */
function authoritiesOver(certificate: Certificate, paths: ReadonlyMap<string, Path>): Path[] {
  if (isSelfIssued(certificate)) return [];
  return namedBy(certificate, paths).filter(
    (above) =>
      above.length < MAX_PATH &&
      authorityObjection(above[0]) === null &&
      keepsPathLengths(certificate, above),
  );
}

function namedBy(certificate: Certificate, paths: ReadonlyMap<string, Path>): Path[] {
  return [...paths.values()].filter(([issuer]) => equalBytes(issuer.subject, certificate.issuer));
}

/** pathLenConstraint (RFC 5280, 4.2.1.9): authorities between the one that says it and the leaf. */
function keepsPathLengths(certificate: Certificate, above: Path): boolean {
  const self = certificate.authority.isAuthority ? 1 : 0;
  return above.every(({ authority }, between) => {
    return authority.pathLength === null || between + self <= authority.pathLength;
  });
}

function explain(
  certificate: Certificate,
  paths: ReadonlyMap<string, Path>,
): Pick<PathFindings, 'untrusted' | 'badSignature'> {
  if (paths.has(certificate.sha256)) return { untrusted: null, badSignature: null };
  const name = printable(certificate.subjectCn);
  const issuer = printable(certificate.issuerCn);
  if (isSelfIssued(certificate)) {
    return { untrusted: `${name} is its own issuer and not a trusted root`, badSignature: null };
  }
  if (authoritiesOver(certificate, paths).length > 0) {
    return { untrusted: null, badSignature: `${name} is not signed with the key of ${issuer}` };
  }
  const [named] = namedBy(certificate, paths);
  const why = named === undefined ? 'no trusted root vouches for it' : objectionTo(named);
  return { untrusted: `${name} names ${issuer} as its issuer: ${why}`, badSignature: null };
}

function objectionTo([issuer]: Path): string {
  return authorityObjection(issuer) ?? 'it may not have this certificate below it';
}

function examineValidity(
  certificates: readonly Certificate[],
  at: Date,
): Pick<PathFindings, 'expired' | 'notYetValid'> {
  const now = at.getTime();
  const ended = certificates.find(({ notAfter }) => now > notAfter.getTime());
  const early = certificates.find(({ notBefore }) => now < notBefore.getTime());
  return {
    expired: ended ? `${printable(ended.subjectCn)} ended ${ended.notAfter.toISOString()}` : null,
    notYetValid: early ? `${printable(early.subjectCn)} begins ${early.notBefore.toISOString()}` : null,
  };
}

/** Names come from strangers and go into sentences and logs. */
function printable(name: string | null): string {
  if (name === null) return 'a certificate without one common name';
  return name.replace(/[^\x20-\x7e]/g, '?').slice(0, 64);
}
