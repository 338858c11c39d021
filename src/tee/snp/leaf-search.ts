/**
 * Where the leaf came from, or why there is none: sent, found in the store, or asked of AMD's key distribution service
 * (AMD 57230, chapter 4), which then had a reason not to give it.
 */
import { absenceOf, withAbsence } from '../../rats/absence.js';
import { failed, notRun, passed } from '../../rats/check.js';
import type { EndorsementAbsence, EndorsementRequirement } from '../../rats/endorsement.js';
import { onceForEach } from '../../rats/once.js';
import type { CheckResult } from '../../rats/result.js';
import { vcekRemedy } from './kds-remedy.js';
import type { PresentedCertificates } from './presented.js';
import type { SnpReport } from './report.js';
import { signingKeyOf } from './report-form.js';
import { candidateProducts, canLookUpLeaf, leafRequirement } from './requirements.js';

const SOURCE = 'AMD 57230, chapter 4 (KDS interface)';
const LOOK_UP_CODES = ['collateral_not_found', 'snp_kds_unavailable', 'snp_kds_rate_limited'] as const;

export interface LeafSearch {
  readonly checks: readonly CheckResult[];
  /** What AMD may have; empty where there is a leaf, or nothing to look up. */
  readonly lacking: readonly EndorsementRequirement[];
  /** What AMD was asked for in vain and may have yet. */
  readonly absences: readonly EndorsementAbsence[];
}

/** `found`: a leaf is at hand. */
export function examineLeafSearch(
  report: SnpReport,
  presented: PresentedCertificates,
  found: boolean,
  absences: readonly EndorsementAbsence[],
): LeafSearch {
  const expected = `a ${signingKeyOf(report) ?? 'VCEK or VLEK'} certificate`;
  if (found) return foundAs(`${expected}, ${presented.leaf === null ? FOUND : SENT}`);
  if (!canLookUpLeaf(report)) {
    const observed = 'none was sent, and AMD publishes none for a VLEK or a masked chip';
    const checks = [
      failed('snp_vek_missing', SOURCE, { expected, observed }),
      ...LOOK_UP_CODES.map((code) => notRun(code, SOURCE, 'nothing to look up')),
    ];
    return { checks, lacking: [], absences: [] };
  }
  const lacking = candidateProducts(report, presented).map((product) => leafRequirement(report, product));
  const inVain = lacking.flatMap((requirement) => absenceOf(absences, requirement) ?? []);
  const checks = [
    passed('snp_vek_missing', SOURCE, { expected: 'sent, or to be looked up', observed: 'can be looked up' }),
    ...lookUpChecks(expected, inVain, { asked: lacking.length, remedy: remedyFor(report, presented) }),
  ];
  return { checks, lacking, absences: inVain.filter(({ reason }) => reason !== 'not-found') };
}

const FOUND = 'found for chip and TCB';
const SENT = 'sent with the evidence';

/** By what was wanted, a comma, and where it was: there are six such texts. */
const foundAs = onceForEach(8, (text: string): LeafSearch => {
  const [expected, observed] = text.split(', ');
  const codes = ['snp_vek_missing', ...LOOK_UP_CODES] as const;
  const checks = codes.map((code) =>
    Object.freeze(passed(code, SOURCE, { expected: expected ?? null, observed: observed ?? null })),
  );
  return Object.freeze({ checks, lacking: [], absences: [] });
});

interface Question {
  /** Documents of which any would do: before version 3 a report does not say its product line. */
  readonly asked: number;
  readonly remedy: { readonly remedy?: string };
}

/** One of the three fails. Nobody has the certificate only once every line that it could be of was asked for. */
function lookUpChecks(
  expected: string,
  inVain: readonly EndorsementAbsence[],
  { asked, remedy }: Question,
): readonly CheckResult[] {
  const absent = 'none was sent and none is at hand for this chip and TCB';
  const limited = inVain.find(({ reason }) => reason === 'rate-limited') ?? null;
  const missing = inVain.filter(({ reason }) => reason === 'not-found');
  const [first = null] = missing;
  if (asked > 0 && missing.length === asked) {
    return [
      failed('collateral_not_found', SOURCE, { expected, observed: withAbsence(absent, first) }),
      notRun('snp_kds_unavailable', SOURCE, 'AMD answered'),
      notRun('snp_kds_rate_limited', SOURCE, 'AMD answered'),
    ];
  }
  const notFound = notRun('collateral_not_found', SOURCE, 'AMD has not answered for this chip and TCB');
  if (limited !== null) {
    return [
      notFound,
      notRun('snp_kds_unavailable', SOURCE, 'AMD was not asked yet, or asked for patience'),
      failed('snp_kds_rate_limited', SOURCE, { expected, observed: withAbsence(absent, limited) }),
    ];
  }
  const unavailable = inVain.find(({ reason }) => reason === 'unavailable') ?? null;
  return [
    notFound,
    failed('snp_kds_unavailable', SOURCE, {
      expected,
      observed: withAbsence(absent, unavailable),
      ...remedy,
    }),
    notRun('snp_kds_rate_limited', SOURCE, 'no turn was waited for'),
  ];
}

function remedyFor(report: SnpReport, presented: PresentedCertificates): Question['remedy'] {
  const [product] = candidateProducts(report, presented);
  if (product === undefined) return {};
  return { remedy: vcekRemedy({ product, chipId: report.chipId, tcb: report.reportedTcb }) };
}
