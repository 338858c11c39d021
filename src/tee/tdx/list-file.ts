/** Files with Intel's revocation lists, each held to the authority that signs it. */
import { type Certificate, parseCertificate } from '../../pki/certificate.js';
import { type Crl, crlSignedBy, parseCrl } from '../../pki/crl.js';
import { MalformedDer } from '../../pki/der.js';
import type { EndorsementDocument, EndorsementRequirement, VendorAnchors } from '../../rats/endorsement.js';
import { refuseDocument } from '../../rats/shared-refusals.js';
import { caOf, pckCaIn } from './issuer-file.js';
import { ENDORSEMENT_KIND, FILE, SUBJECT_INTEL } from './pcs.js';

/** Signed by a pinned root. Refuses with `tdx_crl_signature_invalid` or `collateral_malformed`. */
export function readRootCrl(bytes: Uint8Array, anchors: VendorAnchors): Promise<EndorsementDocument> {
  const requirement = { kind: ENDORSEMENT_KIND.rootCrl, subject: SUBJECT_INTEL };
  return readList(bytes, anchors.roots.map(parseCertificate), requirement);
}

/** `chain`: the file with its issuer; null: there is none. Refuses as for the root's list. */
export async function readPckCrl(
  bytes: Uint8Array,
  chain: Uint8Array | null,
  anchors: VendorAnchors,
): Promise<EndorsementDocument> {
  if (chain === null) {
    return refuseDocument(
      'tdx_crl_signature_invalid',
      `There is no ${FILE.pckCrlChain} beside the list, so nobody vouches for it.`,
    );
  }
  const { certificate } = await pckCaIn(chain, anchors);
  return readList(bytes, [certificate], { kind: ENDORSEMENT_KIND.pckCrl, subject: caOf(certificate) });
}

async function readList(
  bytes: Uint8Array,
  issuers: readonly Certificate[],
  requirement: EndorsementRequirement,
): Promise<EndorsementDocument> {
  const list = crlIn(bytes);
  if (list.number === null || list.authorityKeyId === null) {
    refuseDocument('tdx_crl_signature_invalid', 'The list has no number or does not name its key.');
  }
  const signed = await Promise.all(issuers.map((issuer) => crlSignedBy(list, issuer)));
  if (!signed.includes(true)) {
    refuseDocument('tdx_crl_signature_invalid', 'The list is not signed by its issuer.');
  }
  if (list.nextUpdate < list.thisUpdate) {
    refuseDocument('collateral_malformed', 'The list ends before it begins.');
  }
  return {
    ...requirement,
    bytes: list.der,
    sha256: list.sha256,
    issuedAt: list.thisUpdate,
    expiresAt: list.nextUpdate,
    sequence: list.number,
  };
}

function crlIn(bytes: Uint8Array): Crl {
  try {
    return parseCrl(bytes);
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error;
    return refuseDocument('collateral_malformed', `The list cannot be read: ${error.message}.`);
  }
}
