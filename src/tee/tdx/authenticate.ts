/**
 * Is the quote genuine? The procedure, step by step: its form, the PCK chain, revocation, TCB info, QE identity,
 * what ties QE report, attestation key and quote together, the module, the levels. Every step leaves its checks; a
 * refusal found beats a document that is missing.
 */
import { Memory } from '../../bytes/memory.js';
import { absenceOf, longestWait } from '../../rats/absence.js';
import { refusalFrom } from '../../rats/authentication.js';
import { mergeChecks } from '../../rats/check.js';
import type { EndorsementSet, TrustAnchors } from '../../rats/endorsement.js';
import type { Authentication, AuthenticationInput } from '../../rats/evidence.js';
import type { Refusal } from '../../rats/refusal.js';
import { authenticateInGrace, type Pass, type Tolerance } from '../../rats/staleness.js';
import {
  isStale,
  lackingFor,
  problemChecks,
  problemsNotExamined,
  withAnswers,
} from './collateral-problems.js';
import { chainNotExamined, examinePckChain, type PckChain, type PckChainFindings } from './pck-chain.js';
import { ENDORSEMENT_KIND } from './pcs.js';
import {
  checkQeIdentity,
  checkQeReportData,
  checkQeReportSignature,
  checkQuoteSignature,
  decodeQeReport,
} from './qe.js';
import { type QeIdentity, readQeIdentity } from './qe-identity.js';
import { signatureFormChecks } from './quote-form.js';
import { examineRevocation, type RevocationFindings, revocationNotExamined } from './revocation.js';
import { sealQuote } from './seal.js';
import { type DocumentFindings, examineDocument, readSigners, withoutItsWord } from './signed-collateral.js';
import type { Endorsed, TdxSubmission } from './submission.js';
import { assessTcb, checkDocuments } from './tcb-evaluation.js';
import { readTcbInfo, type TcbInfo } from './tcb-info.js';
import { wantedFor } from './wanted-documents.js';

/** Some dozen platform families in several generations. */
const KNOWN_TCB_INFO = new Memory<TcbInfo>({ entries: 128, bytes: 2 * 1024 * 1024 });
const KNOWN_QE_IDENTITIES = new Memory<QeIdentity>({ entries: 32, bytes: 128 * 1024 });

/** Everything that needs neither vendor documents nor the quote's own signature. */
export async function screenSubmission(
  submission: TdxSubmission,
  anchors: TrustAnchors,
  at: Date,
): Promise<Refusal | null> {
  const chain = await chainOf(submission, anchors, at);
  return refusalFrom([...signatureFormChecks(submission.quote), ...chain.checks], 'refused');
}

/** Pure in (submission, endorsements, anchors, instant, mode, demands). */
export function authenticateSubmission(
  submission: TdxSubmission,
  input: AuthenticationInput,
): Promise<Authentication> {
  return authenticateInGrace(input.demands.staleHours, (tolerance) =>
    authenticateWithin(submission, input, tolerance),
  );
}

async function authenticateWithin(
  submission: TdxSubmission,
  input: AuthenticationInput,
  tolerance: Tolerance,
): Promise<Pass> {
  const { quote } = submission;
  const { chain, checks: chainChecks } = await chainOf(submission, input.anchors, input.at);
  const certification = quote.signature?.certification ?? null;
  const pckData = certification?.kind === 'pck-chain' ? certification : null;
  const documents = await examineDocuments(chain, input, tolerance);
  const { tcbInfo, qeIdentity, revocation } = documents;
  const assessed = assessTcb({ quote, chain, certification: pckData, tcbInfo, qeIdentity });
  const checks = mergeChecks(
    signatureFormChecks(quote),
    chainChecks,
    documents.problemChecks,
    revocation.checks,
    [tcbInfo.signature],
    [qeIdentity.signature],
    checkDocuments({ chain, tcbInfo, qeIdentity }, input.demands),
    [
      await checkQeReportSignature(pckData, chain),
      checkQeReportData(quote.signature?.attestationKey ?? null, pckData),
      checkQeIdentity(
        pckData === null ? null : decodeQeReport(pckData.qeReport),
        qeIdentity.inForce?.content ?? null,
      ),
      await checkQuoteSignature(quote),
    ],
    assessed.checks,
  );
  const overdue = documents.problems.filter(isStale);
  const stale = overdue.length > 0;
  const refused = refusalFrom(checks, 'refused');
  if (refused !== null) {
    return { stale, authentication: { kind: 'refused', refusal: refused, checks, lacking: [] } };
  }
  const { lacking } = documents;
  const inVain = lacking.flatMap((requirement) => absenceOf(input.absences ?? [], requirement) ?? []);
  const retryAfter = longestWait(inVain);
  const undecided = refusalFrom(checks, 'undecided', { retryAfter });
  if (undecided !== null) {
    return { stale, authentication: { kind: 'undecided', refusal: undecided, checks, lacking } };
  }
  const endorsed = requireEndorsed({
    chain,
    tcbInfo: tcbInfo.inForce,
    qeIdentity: qeIdentity.inForce,
    tcb: assessed.finding,
    rootCrl: revocation.root,
    pckCrl: revocation.pck,
  });
  const { otherwise } = tolerance;
  const evidence = sealQuote(submission, endorsed, { input, overdue, otherwise, retryAfter });
  return { stale, authentication: { kind: 'authentic', evidence, checks, lacking } };
}

async function chainOf(
  { presented }: TdxSubmission,
  { vendors }: TrustAnchors,
  at: Date,
): Promise<PckChainFindings> {
  if (presented === null) return { chain: null, checks: chainNotExamined('no PCK chain in the quote') };
  return examinePckChain(presented, vendors.intel ?? null, at);
}

/** Vendor documents say something about a quote only once it is known whose platform it is from. */
async function examineDocuments(
  chain: PckChain | null,
  { endorsements, anchors, at, revocation, demands: { track }, absences = [] }: AuthenticationInput,
  { hours: staleHours }: Tolerance,
) {
  const intel = anchors.vendors.intel ?? null;
  const atHand = chain === null ? [] : endorsements;
  const { signers, badSigner } = await readSigners(atHand, intel);
  const wanted = wantedFor(chain, track);
  const tcbInfo = await examineDocument({
    signers,
    badSigner,
    at,
    staleHours,
    document: documentOf(atHand, ENDORSEMENT_KIND.tcbInfo),
    requirement: wanted.tcbInfo,
    read: readTcbInfo,
    known: KNOWN_TCB_INFO,
    description: wanted.tcbInfoDocument,
    code: 'tdx_tcb_info_signature_invalid',
  });
  const qeIdentity = await examineDocument({
    signers,
    badSigner,
    at,
    staleHours,
    document: documentOf(atHand, ENDORSEMENT_KIND.qeIdentity),
    requirement: wanted.qeIdentity,
    read: readQeIdentity,
    known: KNOWN_QE_IDENTITIES,
    description: wanted.qeIdentityDocument,
    code: 'tdx_qe_identity_signature_invalid',
  });
  if (chain === null || intel === null) {
    const why = 'no chain to the pinned root';
    return {
      tcbInfo,
      qeIdentity,
      revocation: revocationNotExamined(why),
      problems: [],
      problemChecks: problemsNotExamined(why),
      lacking: [],
    };
  }
  const lists: RevocationFindings = await examineRevocation({
    chain,
    signers: [tcbInfo, qeIdentity].flatMap(({ signer }) => (signer === null ? [] : [signer.certificate])),
    rootLists: bytesOf(endorsements, ENDORSEMENT_KIND.rootCrl),
    pckLists: bytesOf(endorsements, ENDORSEMENT_KIND.pckCrl),
    at,
    mode: revocation,
    staleHours,
  });
  const problems = [...lists.problems, ...tcbInfo.problems, ...qeIdentity.problems];
  const believed = <Content>(findings: DocumentFindings<Content>): DocumentFindings<Content> =>
    findings.signer !== null && lists.revokedSigners.includes(findings.signer.certificate)
      ? withoutItsWord(findings)
      : findings;
  return {
    tcbInfo: believed(tcbInfo),
    qeIdentity: believed(qeIdentity),
    revocation: lists,
    problems,
    problemChecks: problemChecks(withAnswers(problems, absences), at, staleHours),
    lacking: lackingFor(problems),
  };
}

function bytesOf(endorsements: EndorsementSet, kind: string): readonly Uint8Array[] {
  return endorsements.filter((endorsement) => endorsement.kind === kind).map(({ bytes }) => bytes);
}

/** Store and directory have one of these kinds each. */
function documentOf(endorsements: EndorsementSet, kind: string): Uint8Array | null {
  return endorsements.find((endorsement) => endorsement.kind === kind)?.bytes ?? null;
}

type Nullable<T> = { readonly [Member in keyof T]: T[Member] | null };

function requireEndorsed({ chain, tcbInfo, qeIdentity, tcb, rootCrl, pckCrl }: Nullable<Endorsed>): Endorsed {
  if (chain === null || tcbInfo === null || qeIdentity === null || tcb === null) {
    throw new TypeError('a quote without a failed check must have an endorser and a level');
  }
  return { chain, tcbInfo, qeIdentity, tcb, rootCrl, pckCrl };
}
