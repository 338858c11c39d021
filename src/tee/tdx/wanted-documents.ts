/** Which of Intel’s two series of documents a quote is judged by, and what they are called. */
import type { EndorsementRequirement, EndorsementTrack } from '../../rats/endorsement.js';
import { type PckFacts, pckTexts } from './pck.js';
import type { PckChain } from './pck-chain.js';
import { ENDORSEMENT_KIND, qeIdentityRequirement, tcbInfoRequirement } from './pcs.js';
import { QE_IDENTITY_DOCUMENTS, tcbInfoDocument, type VendorDocument } from './pcs-document.js';

export interface WantedDocuments {
  readonly tcbInfo: EndorsementRequirement;
  readonly tcbInfoDocument: VendorDocument;
  readonly qeIdentity: EndorsementRequirement;
  readonly qeIdentityDocument: VendorDocument;
}

/** Who has no chain asks for nothing. */
const NOTHING_WANTED = byTrack((track) => ({
  tcbInfo: { kind: ENDORSEMENT_KIND.tcbInfo, subject: '' },
  tcbInfoDocument: tcbInfoDocument('', track),
  qeIdentity: { kind: ENDORSEMENT_KIND.qeIdentity, subject: '' },
  qeIdentityDocument: QE_IDENTITY_DOCUMENTS[track],
}));

/** By certificate read, for as long as somebody holds it. */
const WANTED = new WeakMap<PckFacts, Readonly<Record<EndorsementTrack, WantedDocuments>>>();

export function wantedFor(chain: PckChain | null, track: EndorsementTrack): WantedDocuments {
  if (chain === null) return NOTHING_WANTED[track];
  const known = WANTED.get(chain.pck);
  if (known !== undefined) return known[track];
  const { fmspc } = pckTexts(chain.pck);
  const wanted = byTrack((series) => ({
    tcbInfo: tcbInfoRequirement(fmspc, series),
    tcbInfoDocument: tcbInfoDocument(fmspc, series),
    qeIdentity: qeIdentityRequirement(series),
    qeIdentityDocument: QE_IDENTITY_DOCUMENTS[series],
  }));
  WANTED.set(chain.pck, wanted);
  return wanted[track];
}

function byTrack(
  wanted: (track: EndorsementTrack) => WantedDocuments,
): Readonly<Record<EndorsementTrack, WantedDocuments>> {
  return { standard: wanted('standard'), early: wanted('early') };
}
