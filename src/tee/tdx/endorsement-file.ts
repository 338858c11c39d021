/** Intel's documents as files, each verified in its own validity window; chains of issuers lie beside them. */
import { sha256Hex } from '../../bytes/digest.js';
import type { Certificate } from '../../pki/certificate.js';
import { verifySigned } from '../../pki/signature.js';
import type { EndorsementDocument, EndorsementRequirement, VendorAnchors } from '../../rats/endorsement.js';
import type { RefusalCode } from '../../rats/refusal.js';
import { refuseDocument } from '../../rats/shared-refusals.js';
import type { EndorsementContext } from '../scheme.js';
import {
  type DocumentDates,
  MalformedCollateral,
  type OtherDocument,
  type SignedDocumentJson,
} from './collateral.js';
import { readEvaluationNumbers } from './evaluation-numbers.js';
import { TCB_SIGNING_NAME } from './issuer.js';
import { caOf, certificateDocument, issuerIn, pckCaIn } from './issuer-file.js';
import { readPckCrl, readRootCrl } from './list-file.js';
import {
  ENDORSEMENT_KIND,
  EVALUATION_NUMBERS,
  FILE,
  qeIdentityRequirement,
  SIGNERS,
  tcbInfoRequirement,
} from './pcs.js';
import { readQeIdentity } from './qe-identity.js';
import { readTcbInfo } from './tcb-info.js';

export const ENDORSEMENT_FILES: readonly string[] = Object.values(FILE);

const FILES: ReadonlyMap<string, string> = new Map([
  [ENDORSEMENT_KIND.tcbSigning, FILE.signingChain],
  [ENDORSEMENT_KIND.tcbInfo, FILE.tcbInfo],
  [ENDORSEMENT_KIND.qeIdentity, FILE.qeIdentity],
  [ENDORSEMENT_KIND.evaluationNumbers, FILE.evaluationNumbers],
  [ENDORSEMENT_KIND.pckCa, FILE.pckCrlChain],
  [ENDORSEMENT_KIND.pckCrl, FILE.pckCrl],
  [ENDORSEMENT_KIND.rootCrl, FILE.rootCrl],
]);

export function fileOf(kind: string): string | null {
  return FILES.get(kind) ?? null;
}

/**
 * What a file of the layout holds; before a signed document comes the certificate that signed it, so that no
 * document is ever kept without. Refuses documents
 * that the anchors do not vouch for; throws TypeError for a file that is not of the layout.
 */
export async function readEndorsement(
  file: string,
  bytes: Uint8Array,
  context: EndorsementContext,
): Promise<readonly EndorsementDocument[]> {
  const intel = context.anchors.vendors.intel;
  if (intel === undefined) {
    return refuseDocument('tdx_pck_chain_untrusted', 'No trust anchor for Intel was given.');
  }
  switch (file) {
    case FILE.signingChain: {
      const { certificate } = await issuerIn(
        bytes,
        [TCB_SIGNING_NAME],
        intel,
        'tdx_tcb_info_signature_invalid',
      );
      return [certificateDocument(SIGNERS, certificate)];
    }
    case FILE.tcbInfo:
      return readTcbInfoFile(bytes, context, intel);
    case FILE.qeIdentity:
      return readQeIdentityFile(bytes, context, intel);
    case FILE.evaluationNumbers:
      return readEvaluationNumbersFile(bytes, context, intel);
    case FILE.pckCrlChain: {
      const { certificate } = await pckCaIn(bytes, intel);
      return [certificateDocument({ kind: ENDORSEMENT_KIND.pckCa, subject: caOf(certificate) }, certificate)];
    }
    case FILE.pckCrl:
      return [await readPckCrl(bytes, context.beside(FILE.pckCrlChain), intel)];
    case FILE.rootCrl:
      return [await readRootCrl(bytes, intel)];
    default:
      throw new TypeError(`${file} is not a file of Intel's layout`);
  }
}

async function readTcbInfoFile(
  bytes: Uint8Array,
  context: EndorsementContext,
  anchors: VendorAnchors,
): Promise<readonly EndorsementDocument[]> {
  const info = readSigned(bytes, readTcbInfo);
  if (info.kind === 'other') {
    return refuseDocument(
      'tdx_tcb_info_mismatch',
      `This is TCB info ${info.id} of version ${info.version}, not that of TDX, version 3.`,
    );
  }
  const signer = await signerOf(info, context, anchors, 'tdx_tcb_info_signature_invalid');
  return [
    certificateDocument(SIGNERS, signer),
    signedDocument(tcbInfoRequirement(info.fmspc, context.track), bytes, info, info.evaluationNumber),
  ];
}

async function readQeIdentityFile(
  bytes: Uint8Array,
  context: EndorsementContext,
  anchors: VendorAnchors,
): Promise<readonly EndorsementDocument[]> {
  const identity = readSigned(bytes, readQeIdentity);
  if (identity.kind === 'other') {
    return refuseDocument(
      'tdx_qe_identity_signature_invalid',
      `This is the identity ${identity.id} of version ${identity.version}, not TD_QE of version 2.`,
    );
  }
  const signer = await signerOf(identity, context, anchors, 'tdx_qe_identity_signature_invalid');
  return [
    certificateDocument(SIGNERS, signer),
    signedDocument(qeIdentityRequirement(context.track), bytes, identity, identity.evaluationNumber),
  ];
}

async function readEvaluationNumbersFile(
  bytes: Uint8Array,
  context: EndorsementContext,
  anchors: VendorAnchors,
): Promise<readonly EndorsementDocument[]> {
  const numbers = readSigned(bytes, readEvaluationNumbers);
  if (numbers.kind === 'other') {
    return refuseDocument(
      'tdx_tcb_info_mismatch',
      `These are evaluation numbers of ${numbers.id} in version ${numbers.version}, not those of TDX, version 1.`,
    );
  }
  const signer = await signerOf(numbers, context, anchors, 'tdx_tcb_info_signature_invalid');
  return [certificateDocument(SIGNERS, signer), signedDocument(EVALUATION_NUMBERS, bytes, numbers, null)];
}

function readSigned<Content>(
  bytes: Uint8Array,
  read: (bytes: Uint8Array) => Content | OtherDocument,
): Content | OtherDocument {
  try {
    return read(bytes);
  } catch (error) {
    if (!(error instanceof MalformedCollateral)) throw error;
    return refuseDocument('collateral_malformed', `The document cannot be read: ${error.message}.`);
  }
}

/** From the chain beside the document; in force when the document was issued. */
async function signerOf(
  { document, issueDate }: DocumentDates & SignedDocumentJson,
  { beside }: EndorsementContext,
  anchors: VendorAnchors,
  code: RefusalCode,
): Promise<Certificate> {
  const chain = beside(FILE.signingChain);
  if (chain === null) {
    return refuseDocument(code, `There is no ${FILE.signingChain} beside it, so nobody vouches for it.`);
  }
  const { certificate } = await issuerIn(chain, [TCB_SIGNING_NAME], anchors, code);
  if (!(await verifySigned(document, certificate)))
    refuseDocument(code, 'The certificate beside it did not sign it.');
  if (issueDate < certificate.notBefore || issueDate > certificate.notAfter) {
    refuseDocument(code, 'It was issued while its signing certificate was not valid.');
  }
  return certificate;
}

function signedDocument(
  { kind, subject }: EndorsementRequirement,
  bytes: Uint8Array,
  { issueDate, nextUpdate }: DocumentDates,
  number: number | null,
): EndorsementDocument {
  return {
    kind,
    subject,
    bytes,
    sha256: sha256Hex(bytes),
    issuedAt: issueDate,
    expiresAt: nextUpdate,
    sequence: number === null ? null : BigInt(number),
  };
}
