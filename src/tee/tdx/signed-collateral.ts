/**
 * TCB info and QE identity as endorsements: at hand, readable, signed by Intel's TCB signing certificate over the
 * very bytes that were received, and in force (Intel PCS API v4; Intel QVL, verifyTCBInfo and
 * verifyQuotingEnclaveIdentity).
 */

import { sha256Hex } from '../../bytes/digest.js';
import type { Memory } from '../../bytes/memory.js';
import type { Certificate } from '../../pki/certificate.js';
import { isKnownSigned, verifySigned } from '../../pki/signature.js';
import { failed, notRun, passed } from '../../rats/check.js';
import type { EndorsementRequirement, EndorsementSet, VendorAnchors } from '../../rats/endorsement.js';
import { onceFor, onceForEach } from '../../rats/once.js';
import type { CheckResult } from '../../rats/result.js';
import { countsAt } from '../../rats/staleness.js';
import {
  type DocumentHead,
  MalformedCollateral,
  type OtherDocument,
  type SignedDocumentJson,
} from './collateral.js';
import { type CollateralProblem, isInGrace, type ProblemCode } from './collateral-problems.js';
import { type Issuer, readIssuer, TCB_SIGNING_NAME, UntrustedIssuer } from './issuer.js';
import { ENDORSEMENT_KIND } from './pcs.js';
import type { VendorDocument } from './pcs-document.js';

/** A document that Intel signed. */
export interface AuthenticDocument<Content> {
  readonly content: Content;
  readonly signer: Issuer;
  /** Lowercase hex of SHA-256 over the whole document. */
  readonly sha256: string;
}

export interface DocumentFindings<Content> {
  /** Signed and of the wanted id and version, in force or not; null: a check failed, or nothing is at hand. */
  readonly signed: AuthenticDocument<Content> | null;
  /** The same, if it is in force or in grace: what a verdict may rest on. */
  readonly inForce: AuthenticDocument<Content> | null;
  /** Whose signature holds over what is at hand, whichever document it turned out to be. */
  readonly signer: Issuer | null;
  /** Signed, but another document than was asked for. */
  readonly other: OtherDocument | null;
  readonly signature: CheckResult;
  readonly problems: readonly CollateralProblem[];
}

export interface DocumentRequest<Content> {
  /** The one at hand; null: none is. */
  readonly document: Uint8Array | null;
  readonly read: (bytes: Uint8Array) => Content | OtherDocument;
  /** What was read before and had a good signature, by digest of its bytes: levels and dates are judged anew. */
  readonly known: Memory<Content>;
  readonly description: VendorDocument;
  readonly requirement: EndorsementRequirement;
  readonly code: 'tdx_tcb_info_signature_invalid' | 'tdx_qe_identity_signature_invalid';
  readonly signers: readonly Issuer[];
  /** Why a signing chain that is at hand is not Intel's; null: none was refused. */
  readonly badSigner: string | null;
  readonly at: Date;
  /** Hours past its nextUpdate for which a document counts. */
  readonly staleHours: number;
}

const SOURCE = 'Intel PCS API v4, sections Get TDX TCB Info and Get TDX QE Identity: signature over the body';

/** The signing certificates at hand that a pinned root issued, each once. */
export async function readSigners(
  endorsements: EndorsementSet,
  anchors: VendorAnchors | null,
): Promise<{ readonly signers: readonly Issuer[]; readonly badSigner: string | null }> {
  const signers = new Map<string, Issuer>();
  let badSigner: string | null = null;
  if (anchors === null) return { signers: [], badSigner };
  for (const { kind, bytes } of endorsements) {
    if (kind !== ENDORSEMENT_KIND.tcbSigning) continue;
    try {
      const issuer = await readIssuer(bytes, [TCB_SIGNING_NAME], anchors);
      signers.set(issuer.certificate.sha256, issuer);
    } catch (error) {
      if (!(error instanceof UntrustedIssuer)) throw error;
      badSigner = error.message;
    }
  }
  return { signers: [...signers.values()], badSigner };
}

export async function examineDocument<Content extends DocumentHead & SignedDocumentJson>(
  request: DocumentRequest<Content>,
): Promise<DocumentFindings<Content>> {
  const { document: bytes, description, requirement, code, signers, badSigner, at, staleHours } = request;
  const problem = (kind: ProblemCode, why: string): CollateralProblem => ({
    code: kind,
    document: description,
    requirement,
    why,
  });
  const nothing = { signed: null, inForce: null, signer: null, other: null } as const;
  if (bytes === null) {
    const signature = notRun(code, SOURCE, `${description.name} is not at hand`);
    return { ...nothing, signature, problems: [problem('collateral_unavailable', 'not at hand')] };
  }
  const sha256 = sha256Hex(bytes);
  const read = readDocument(bytes, (document) => request.known.recall(sha256) ?? request.read(document));
  if ('why' in read) {
    const signature = notRun(code, SOURCE, `${description.name} cannot be read`);
    return { ...nothing, signature, problems: [problem('collateral_malformed', read.why)] };
  }
  const { content } = read;
  if (signers.length === 0 && badSigner === null) {
    const signature = notRun(code, SOURCE, 'no signing chain is at hand');
    return {
      ...nothing,
      signature,
      problems: [problem('collateral_unavailable', 'no signing chain beside it')],
    };
  }
  const signer = await signerOf(content, signers, at);
  if (signer === null) {
    const signature = failed(code, SOURCE, {
      expected: signedExpected(description),
      observed: badSigner ?? 'it does not hold',
    });
    return { ...nothing, signature, problems: [] };
  }
  const signature = signatureHolds(description)(code);
  if ('kind' in content && content.kind === 'other') {
    return { ...nothing, signer, other: content as OtherDocument, signature, problems: [] };
  }
  const authentic = { content: content as Content, signer, sha256 };
  if (request.known.recall(sha256) !== authentic.content) {
    request.known.remember(sha256, authentic.content, bytes.length);
  }
  const problems = datesOf(authentic, at).map((found) => ({ ...found, document: description, requirement }));
  return {
    signed: authentic,
    inForce: problems.every((one) => isInGrace(one, at, staleHours)) ? authentic : null,
    signer,
    other: null,
    signature,
    problems,
  };
}

const signedExpected = ({ name }: VendorDocument): string =>
  `${name} signed by ${TCB_SIGNING_NAME} under the pinned root`;

/** The words for a signature that has just been found to hold. */
const signatureHolds = onceFor((document: VendorDocument) =>
  onceForEach(4, (code: DocumentRequest<unknown>['code']) =>
    Object.freeze(
      passed(code, SOURCE, { expected: signedExpected(document), observed: 'the signature holds' }),
    ),
  ),
);

/**
 * The findings once it is known that the signer was revoked: whoever has its key may have written the document, so
 * nothing is to be concluded from it, neither for the platform nor against it.
 */
export function withoutItsWord<Content>(findings: DocumentFindings<Content>): DocumentFindings<Content> {
  return { ...findings, signed: null, inForce: null, other: null };
}

function readDocument<Content>(
  bytes: Uint8Array,
  read: (bytes: Uint8Array) => Content,
): { readonly content: Content } | { readonly why: string } {
  try {
    return { content: read(bytes) };
  } catch (error) {
    if (!(error instanceof MalformedCollateral)) throw error;
    return { why: error.message };
  }
}

/** Intel re-issues the certificate with one key; of those that verify one in force, of several that ending last. */
async function signerOf(
  { document }: SignedDocumentJson,
  signers: readonly Issuer[],
  at: Date,
): Promise<Issuer | null> {
  const verified: Issuer[] = [];
  for (const signer of signers) {
    const { certificate } = signer;
    const holds = isKnownSigned(document, certificate) || (await verifySigned(document, certificate));
    if (holds) verified.push(signer);
  }
  const now = at.getTime();
  const inForce = ({ certificate }: Issuer): boolean => isValidAt(now)(certificate);
  const [only, ...others] = verified;
  if (others.length === 0) return only ?? null;
  const candidates = verified.some(inForce) ? verified.filter(inForce) : verified;
  return candidates.reduce<Issuer | null>(
    (best, one) => (best === null || one.certificate.notAfter > best.certificate.notAfter ? one : best),
    null,
  );
}

/** Both ends belong to it. */
function isDuring(from: Date, until: Date, now: number): boolean {
  return from.getTime() <= now && now <= until.getTime();
}

const isValidAt =
  (now: number) =>
  ({ notBefore, notAfter }: Certificate): boolean =>
    isDuring(notBefore, notAfter, now);

function datesOf(
  { content, signer }: AuthenticDocument<DocumentHead>,
  at: Date,
): readonly Omit<CollateralProblem, 'document' | 'requirement'>[] {
  const now = at.getTime();
  const { nextUpdate } = content;
  if (
    isDuring(content.issueDate, nextUpdate, now) &&
    [signer.certificate, signer.root].every(isValidAt(now))
  ) {
    return [];
  }
  const certificates: readonly (readonly [string, Certificate])[] = [
    ['its signing certificate', signer.certificate],
    ['the root', signer.root],
  ];
  return [
    ...(content.issueDate.getTime() > now
      ? [{ code: 'clock_skew', why: `issued ${content.issueDate.toISOString()}` } as const]
      : []),
    ...(countsAt(at, nextUpdate, 0)
      ? []
      : [{ code: 'stale_collateral', why: `nextUpdate ${nextUpdate.toISOString()}`, nextUpdate } as const]),
    ...certificates.flatMap(([name, { notBefore, notAfter }]) => [
      ...(notBefore.getTime() > now
        ? [{ code: 'clock_skew', why: `${name} begins ${notBefore.toISOString()}` } as const]
        : []),
      ...(notAfter.getTime() < now
        ? [{ code: 'stale_collateral', why: `${name} ended ${notAfter.toISOString()}` } as const]
        : []),
    ]),
  ];
}
