/** What a report needs that did not travel with it. */
import type { EndorsementRequirement } from '../../rats/endorsement.js';
import { BULLETIN_REQUIREMENT } from './bulletin-file.js';
import { authorityName, authorityRequirement, crlRequirement, ENDORSEMENT_KIND, vcekSubject } from './kds.js';
import type { PresentedCertificates } from './presented.js';
import { productOfCpuid, productOfIssuer, SNP_PRODUCTS, type SnpProduct } from './product.js';
import { chipIdMasked, type SnpReport } from './report.js';
import { signingKeyOf } from './report-form.js';

/**
 * The revocation list and the table of bulletins always, the leaf only where none was sent, the authority only where none of its name was. A
 * VLEK cannot be looked up (AMD gives it to the provider alone), nor can the VCEK of a masked chip.
 */
export function requirementsOf(
  report: SnpReport,
  presented: PresentedCertificates,
): readonly EndorsementRequirement[] {
  const key = signingKeyOf(report);
  if (key === null) return [];
  const lines = candidateProducts(report, presented);
  if (lines.length === 0) return [];
  const ofLines = lines.flatMap((product) => [
    ...(presented.leaf === null && canLookUpLeaf(report) ? [leafRequirement(report, product)] : []),
    ...(wasPresented(presented, authorityName(key, product)) ? [] : [authorityRequirement(key, product)]),
    crlRequirement(key, product),
  ]);
  return [...ofLines, BULLETIN_REQUIREMENT];
}

/** Authorities and revocation lists of a product line, for both kinds of leaf; null for any other name. */
export function familyRequirements(name: string): readonly EndorsementRequirement[] | null {
  const product = SNP_PRODUCTS.find((one) => one === name);
  if (product === undefined) return null;
  return (['VCEK', 'VLEK'] as const).flatMap((key) => [
    authorityRequirement(key, product),
    crlRequirement(key, product),
  ]);
}

export function leafRequirement(
  { chipId, reportedTcb: tcb }: SnpReport,
  product: SnpProduct,
): EndorsementRequirement {
  return { kind: ENDORSEMENT_KIND.leaf, subject: vcekSubject({ product, chipId, tcb }) };
}

export function canLookUpLeaf(report: SnpReport): boolean {
  return signingKeyOf(report) === 'VCEK' && !chipIdMasked(report);
}

/** Whether an authority of the name was sent, believable or not. */
export function wasPresented({ others }: PresentedCertificates, name: string | null): boolean {
  return others.some(({ subjectCn }) => subjectCn === name);
}

/** Before version 3 only a certificate tells; without one it is a line that made such reports. */
export function candidateProducts(
  report: SnpReport,
  presented: PresentedCertificates,
): readonly SnpProduct[] {
  const named = report.cpuid === null ? issuedFor(presented) : productOfCpuid(report.cpuid);
  if (named !== null) return [named];
  return report.cpuid === null && presented.leaf === null ? ['Milan', 'Genoa'] : [];
}

function issuedFor({ leaf }: PresentedCertificates): SnpProduct | null {
  return leaf === null ? null : productOfIssuer(leaf.issuerCn);
}
