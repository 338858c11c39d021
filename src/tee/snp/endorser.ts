/** Who vouches for a report: its product line, the leaf, the chain above it, and what ties the leaf to the report. */
import { readAnchor } from '../../pki/anchor.js';
import { type Certificate, parseCertificate } from '../../pki/certificate.js';
import { MalformedDer } from '../../pki/der.js';
import { failed, mergeChecks } from '../../rats/check.js';
import type { EndorsementSet, VendorAnchors } from '../../rats/endorsement.js';
import type { AuthenticationInput } from '../../rats/evidence.js';
import type { CheckResult } from '../../rats/result.js';
import { type ChainFindings, examineChain, type SnpChain } from './chain.js';
import { ENDORSEMENT_KIND } from './kds.js';
import { examineLeaf, findProduct } from './leaf-binding.js';
import { examineLeafSearch, type LeafSearch } from './leaf-search.js';
import type { PresentedCertificates } from './presented.js';
import type { SnpProduct } from './product.js';
import { signatureFormChecks, signingKeyOf } from './report-form.js';
import { wasPresented } from './requirements.js';
import type { SigningKey } from './signer.js';
import type { SnpSubmission } from './submission.js';
import type { Vek } from './vek.js';

/** Who vouches for the report; null where a check failed or could not run. */
export interface EndorserFindings {
  readonly signingKey: SigningKey | null;
  readonly product: SnpProduct | null;
  readonly chain: SnpChain | null;
  readonly vek: Vek | null;
  readonly search: Omit<LeafSearch, 'checks'>;
  readonly checks: Readonly<Record<'form' | 'leaf' | 'chain' | 'binding', readonly CheckResult[]>>;
}

/** Steps 4 to 8 of the procedure without revocation, and what the report says of its signature. */
export async function examineEndorser(
  { report, presented }: SnpSubmission,
  {
    anchors,
    endorsements,
    at,
    absences = [],
  }: Pick<AuthenticationInput, 'anchors' | 'endorsements' | 'at' | 'absences'>,
): Promise<EndorserFindings> {
  const signingKey = signingKeyOf(report);
  const leaf = presented.leaf ?? leafOf(endorsements);
  const found = findProduct(report, leaf);
  const amd = anchors.vendors.amd ?? null;
  const chain = await examineChain(presented, leaf, amd && anchorsFor(presented, endorsements, amd), at);
  const search = examineLeafSearch(report, presented, leaf !== null, absences);
  const { vek, checks } = examineLeaf({ report, leaf, signingKey, product: found.product });
  return {
    signingKey,
    product: found.product,
    chain: chain.chain,
    vek,
    search,
    checks: {
      form: [...signatureFormChecks(report), found.check],
      leaf: search.checks,
      chain: withUnreadable(chain, presented),
      binding: checks,
    },
  };
}

/**
 * A shipped or stored authority stands in only where none of its name was sent: a revoked one must not be papered
 * over.
 */
function anchorsFor(
  presented: PresentedCertificates,
  endorsements: EndorsementSet,
  amd: VendorAnchors,
): VendorAnchors {
  const isAbsent = (authority: Certificate | null): boolean =>
    authority !== null && !wasPresented(presented, authority.subjectCn);
  const stored = endorsements
    .filter(({ kind }) => kind === ENDORSEMENT_KIND.ask || kind === ENDORSEMENT_KIND.asvk)
    .map(({ bytes }) => bytes)
    .filter((der) => isAbsent(readStored(der)));
  const pinned = amd.intermediates.filter((der) => isAbsent(readAnchor(der)));
  return { roots: amd.roots, intermediates: [...stored, ...pinned] };
}

function leafOf(endorsements: EndorsementSet): Certificate | null {
  const stored = endorsements.filter(({ kind }) => kind === ENDORSEMENT_KIND.leaf);
  for (const { bytes } of stored) {
    const leaf = readStored(bytes);
    if (leaf !== null) return leaf;
  }
  return null;
}

/** A stored document that cannot be read is as good as absent. */
function readStored(der: Uint8Array): Certificate | null {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof MalformedDer) return null;
    throw error;
  }
}

/** A certificate that cannot be read fails the check that it got stuck at. */
function withUnreadable(
  { checks }: ChainFindings,
  { unreadable }: PresentedCertificates,
): readonly CheckResult[] {
  if (unreadable === null) return checks;
  const stuck = failed(unreadable.code, 'AMD 57230, chapter 3; RFC 5280, section 4.1', {
    expected: 'certificates as AMD makes them, in DER or PEM',
    observed: unreadable.why,
  });
  return mergeChecks([...checks, stuck]);
}
