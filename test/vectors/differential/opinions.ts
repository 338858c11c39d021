/** One question, two verifiers: Assay, and dcap-qvl, which others wrote from Intel's library. */
import { constants, QuoteVerifier } from '@phala/dcap-qvl';
import type { Endorsement, TrustAnchors } from '../../../src/rats/endorsement.js';
import { type RefusalCode, RefusalError } from '../../../src/rats/refusal.js';
import type { TcbAssessment } from '../../../src/rats/result.js';
import type { TdDocuments } from '../../../src/simulator/index.js';
import { parseEvidence } from '../../../src/tee/registry.js';
import { NO_DEMANDS } from '../../tee/context.js';

/** What both verifiers are given. */
export interface Material {
  /** Which mutant it is, for people. */
  readonly name: string;
  readonly evidence: Uint8Array;
  readonly documents: TdDocuments;
  readonly at: Date;
  /** Intel's, or those of the miniature Intel that signed everything anew. */
  readonly anchors: TrustAnchors;
}

export type Opinion =
  | { readonly accepted: true; readonly status: string; readonly advisories: readonly string[] }
  | { readonly accepted: false; readonly why: string };

/** Every check that failed, not the first alone: each needs its own reason when the other verifier accepts. */
export type AssayOpinion =
  | (Extract<Opinion, { readonly accepted: true }> & { readonly tcb: TcbAssessment })
  | (Extract<Opinion, { readonly accepted: false }> & { readonly failed: readonly RefusalCode[] });

export async function askAssay({ evidence, documents, at, anchors }: Material): Promise<AssayOpinion> {
  try {
    const result = await parseEvidence('tdx', evidence, []).authenticate({
      endorsements: endorsementsFrom(documents),
      anchors,
      at,
      revocation: 'required',
      demands: NO_DEMANDS,
    });
    if (result.kind === 'authentic') {
      const { tcb } = result.evidence;
      return { accepted: true, status: tcb.status ?? '', advisories: sorted(tcb.advisories), tcb };
    }
    const failed = result.checks.filter(({ outcome }) => outcome === 'fail');
    const why = failed.map(({ id, observed }) => `${id} (${observed})`).join(', ');
    return { accepted: false, why, failed: failed.map(({ id }) => id as RefusalCode) };
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    const { code, detail } = error.refusal;
    return { accepted: false, why: `${code} (${detail})`, failed: [code] };
  }
}

export function endorsementsFrom(documents: TdDocuments): readonly Endorsement[] {
  const named = [
    ['tdx-tcb-info', documents.tcbInfo],
    ['tdx-qe-identity', documents.qeIdentity],
    ['tdx-tcb-signing', documents.tcbSigningChain],
    ['tdx-pck-crl', documents.pckCrl],
    ['tdx-pck-ca', documents.pckCrlIssuerChain],
    ['tdx-root-crl', documents.rootCrl],
  ] as const;
  return named.flatMap(([kind, bytes]) => (bytes === null ? [] : [{ kind, subject: 'any', bytes }]));
}

/** What is thrown is a refusal: the library has no other way to say no. */
export function askDcapQvl({ evidence, documents, at, anchors }: Material): Opinion {
  const [root] = anchors.vendors.intel?.roots ?? [];
  if (root === undefined) throw new TypeError('no root of Intel');
  const verifier =
    Buffer.compare(root, constants.TRUSTED_ROOT_CA_DER) === 0
      ? QuoteVerifier.newProd()
      : QuoteVerifier.newWithRootCa(Buffer.from(root));
  const chain = textOf(documents.tcbSigningChain);
  try {
    const info = splitDocument(documents.tcbInfo, 'tcbInfo');
    const identity = splitDocument(documents.qeIdentity, 'enclaveIdentity');
    const { status, advisory_ids } = verifier.verify(
      Buffer.from(evidence),
      {
        tcb_info: info.text,
        tcb_info_signature: info.signature,
        tcb_info_issuer_chain: chain,
        qe_identity: identity.text,
        qe_identity_signature: identity.signature,
        qe_identity_issuer_chain: chain,
        pck_crl: hexOf(documents.pckCrl),
        pck_crl_issuer_chain: textOf(documents.pckCrlIssuerChain),
        root_ca_crl: hexOf(documents.rootCrl),
      },
      at.getTime() / 1000,
    );
    return { accepted: true, status, advisories: sorted(advisory_ids) };
  } catch (error) {
    return { accepted: false, why: error instanceof Error ? error.message : String(error) };
  }
}

/** The inner object as text, and the hex digits of the signature: the library wants them apart. */
export function splitDocument(
  document: Uint8Array | null,
  member: 'tcbInfo' | 'enclaveIdentity',
): { readonly text: string; readonly signature: string } {
  const match = new RegExp(`^\\{"${member}":(\\{.*\\}),"signature":"([^"]*)"\\}$`, 's').exec(
    textOf(document),
  );
  if (match?.[1] === undefined || match[2] === undefined) throw new Error(`no answer with ${member}`);
  return { text: match[1], signature: match[2] };
}

function textOf(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}

function hexOf(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

function sorted(advisories: readonly string[]): readonly string[] {
  return [...new Set(advisories)].sort();
}
