/**
 * Is the report genuine? The procedure, step by step: what it says of its signature, which product, the leaf,
 * the chain, revocation, what ties leaf and report together, the signature, and what no genuine report says.
 * Every step leaves its checks; a refusal found beats a document that is missing.
 */
import type { Crl } from '../../pki/crl.js';
import { absenceOf, longestWait } from '../../rats/absence.js';
import { refusalFrom } from '../../rats/authentication.js';
import { mergeChecks } from '../../rats/check.js';
import type { EndorsementRequirement, EndorsementSet, TrustAnchors } from '../../rats/endorsement.js';
import type { Authentication, AuthenticationInput } from '../../rats/evidence.js';
import type { Refusal } from '../../rats/refusal.js';
import { authenticateInGrace, type Pass, type Tolerance } from '../../rats/staleness.js';
import { checkGuestAsked, checkRuntimeClaims, checkSignature, checkTcbOrder } from './consistency.js';
import { type EndorserFindings, examineEndorser } from './endorser.js';
import { crlRequirement } from './kds.js';
import { candidateProducts } from './requirements.js';
import { examineRevocation, revocationNotExamined } from './revocation.js';
import { sealReport } from './seal.js';
import type { Endorsed, SnpSubmission } from './submission.js';

/** Everything that needs neither vendor documents nor the report's own signature. */
export async function screenSubmission(
  submission: SnpSubmission,
  anchors: TrustAnchors,
  at: Date,
): Promise<Refusal | null> {
  const endorser = await examineEndorser(submission, { anchors, endorsements: [], at });
  const { form, leaf, chain, binding } = endorser.checks;
  return refusalFrom([...form, ...leaf, ...chain, ...binding], 'refused');
}

/** Pure in (submission, endorsements, anchors, instant, mode, demands). */
export function authenticateSubmission(
  submission: SnpSubmission,
  input: AuthenticationInput,
): Promise<Authentication> {
  return authenticateInGrace(input.demands.staleHours, (tolerance) =>
    authenticateWithin(submission, input, tolerance),
  );
}

async function authenticateWithin(
  submission: SnpSubmission,
  input: AuthenticationInput,
  tolerance: Tolerance,
): Promise<Pass> {
  const { report, runtimeClaims } = submission;
  const { endorsements, at, revocation: mode, absences = [] } = input;
  const endorser = await examineEndorser(submission, input);
  const { chain, signingKey } = endorser;
  const revocation =
    chain === null || signingKey === null
      ? revocationNotExamined('no chain to a pinned root')
      : await examineRevocation({
          chain,
          lists: listsOf(endorsements, crlRequirement(signingKey, chain.product)),
          signingKey,
          at,
          mode,
          staleHours: tolerance.hours,
          absence: absenceOf(absences, crlRequirement(signingKey, chain.product)),
        });
  const keyIsGood = endorser.checks.binding.some(
    ({ id, outcome }) => id === 'snp_vek_key_invalid' && outcome === 'pass',
  );
  const checks = mergeChecks(
    endorser.checks.form,
    endorser.checks.leaf,
    endorser.checks.chain,
    revocation.checks,
    endorser.checks.binding,
    [
      await checkSignature(report, keyIsGood ? (chain?.leaf ?? null) : null),
      checkTcbOrder(report, endorser.product),
      checkGuestAsked(report),
      ...(runtimeClaims === null ? [] : [checkRuntimeClaims(report, runtimeClaims)]),
    ],
  );
  const { stale, list } = revocation;
  const refused = refusalFrom(checks, 'refused');
  if (refused !== null) {
    return { stale, authentication: { kind: 'refused', refusal: refused, checks, lacking: [] } };
  }
  const lacking = lackingOf(submission, { endorsements, endorser, list: stale ? null : list });
  const leaves = endorser.search.lacking;
  const lists = lacking.filter((requirement) => !leaves.includes(requirement));
  const inVain = [
    ...endorser.search.absences,
    ...lists.flatMap((requirement) => absenceOf(absences, requirement) ?? []),
  ];
  const retryAfter = longestWait(inVain);
  const undecided = refusalFrom(checks, 'undecided', { retryAfter });
  if (undecided !== null) {
    return { stale, authentication: { kind: 'undecided', refusal: undecided, checks, lacking } };
  }
  const endorsed = { ...requireEndorsed(endorser), list };
  const { otherwise } = tolerance;
  const evidence = sealReport(submission, endorsed, { input, otherwise, retryAfter });
  return { stale, authentication: { kind: 'authentic', evidence, checks, lacking } };
}

/** Before the leaf is known, of each line that it may be of the list that is not at hand: one turn brings both. */
function lackingOf(
  { report, presented }: SnpSubmission,
  {
    endorsements,
    endorser: { chain, signingKey, search },
    list,
  }: {
    readonly endorsements: EndorsementSet;
    readonly endorser: EndorserFindings;
    readonly list: Crl | null;
  },
): readonly EndorsementRequirement[] {
  if (signingKey === null) return [];
  if (chain !== null) return list === null ? [crlRequirement(signingKey, chain.product)] : [];
  const lists = candidateProducts(report, presented).map((product) => crlRequirement(signingKey, product));
  return [...search.lacking, ...lists.filter((wanted) => listsOf(endorsements, wanted).length === 0)];
}

function listsOf(
  endorsements: EndorsementSet,
  { kind, subject }: EndorsementRequirement,
): readonly Uint8Array[] {
  return endorsements
    .filter((endorsement) => endorsement.kind === kind && endorsement.subject === subject)
    .map(({ bytes }) => bytes);
}

function requireEndorsed({ signingKey, product, chain, vek }: EndorserFindings): Omit<Endorsed, 'list'> {
  if (signingKey === null || product === null || chain === null || vek === null) {
    throw new TypeError('a report without a failed check must have an endorser');
  }
  return { signingKey, product, chain, vek };
}
