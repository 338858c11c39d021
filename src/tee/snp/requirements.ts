/** What a report needs that did not travel with it. */
import type { EndorsementRequirement } from '../../rats/endorsement.js';
import { authorityRequirement, crlRequirement, ENDORSEMENT_KIND, vcekSubject } from './kds.js';
import type { PresentedCertificates } from './presented.js';
import { productOfCpuid, productOfIssuer, type SnpProduct } from './product.js';
import { chipIdMasked, type SnpReport } from './report.js';
import { signingKeyOf } from './report-form.js';

/**
 * The revocation list always, the authority and the leaf only where none was sent. A VLEK cannot be looked up
 * (AMD gives it to the provider alone), nor can the VCEK of a masked chip.
 */
export function requirementsOf(
  report: SnpReport,
  presented: PresentedCertificates,
): readonly EndorsementRequirement[] {
  const key = signingKeyOf(report);
  if (key === null) return [];
  return candidateProducts(report, presented).flatMap((product) => [
    ...(presented.leaf === null && canLookUpLeaf(report)
      ? [
          {
            kind: ENDORSEMENT_KIND.leaf,
            subject: vcekSubject({ product, chipId: report.chipId, tcb: report.reportedTcb }),
          },
        ]
      : []),
    ...(presented.others.length === 0 ? [authorityRequirement(key, product)] : []),
    crlRequirement(key, product),
  ]);
}

export function canLookUpLeaf(report: SnpReport): boolean {
  return signingKeyOf(report) === 'VCEK' && !chipIdMasked(report);
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
