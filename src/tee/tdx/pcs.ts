/**
 * What Intel's provisioning certification service calls things (Intel PCS API, version 4): kinds and subjects that
 * endorsements are kept under, and the files that hold them.
 */
import type { EndorsementRequirement, EndorsementTrack } from '../../rats/endorsement.js';

export const ENDORSEMENT_KIND = {
  /** Subject: `<fmspc>/<track>`. */
  tcbInfo: 'tdx-tcb-info',
  /** Subject: the track. */
  qeIdentity: 'tdx-qe-identity',
  /** Subject: `intel`, here and for the root's list. */
  tcbSigning: 'tdx-tcb-signing',
  /** Subject: `platform` or `processor`, here and below. */
  pckCrl: 'tdx-pck-crl',
  pckCa: 'tdx-pck-ca',
  rootCrl: 'tdx-root-crl',
  /** Which evaluations there are, and since when; subject: `tdx`. No quote needs it: it says what is to come. */
  evaluationNumbers: 'tdx-tcb-evaluation-numbers',
  /** Of the quote itself or pinned, and so never looked up. */
  pck: 'tdx-pck',
  rootCa: 'tdx-root-ca',
} as const;

export const SUBJECT_INTEL = 'intel';

/** Files of the endorsement layout, issuers before what they vouch for. */
export const FILE = {
  signingChain: 'tcb_signing_chain.pem',
  tcbInfo: 'tcb_info.json',
  qeIdentity: 'qe_identity.json',
  evaluationNumbers: 'tcb_evaluation_data_numbers.json',
  pckCrlChain: 'pck_crl_issuer_chain.pem',
  pckCrl: 'pck_crl.der',
  rootCrl: 'root_ca_crl.der',
} as const;

/** Which authority issued a PCK certificate; server processors have the Platform CA. */
export type PckCa = 'platform' | 'processor';

export function tcbInfoRequirement(fmspc: string, track: EndorsementTrack): EndorsementRequirement {
  return { kind: ENDORSEMENT_KIND.tcbInfo, subject: `${fmspc}/${track}` };
}

export function qeIdentityRequirement(track: EndorsementTrack): EndorsementRequirement {
  return { kind: ENDORSEMENT_KIND.qeIdentity, subject: track };
}

export const EVALUATION_NUMBERS: EndorsementRequirement = {
  kind: ENDORSEMENT_KIND.evaluationNumbers,
  subject: 'tdx',
};

/** Whoever signed TCB info and QE identity, of any generation: each document finds its own. */
export const SIGNERS: EndorsementRequirement = {
  kind: ENDORSEMENT_KIND.tcbSigning,
  subject: SUBJECT_INTEL,
  each: true,
};

/** The track that verdicts rest on unless the policy says another. */
const TRACK: EndorsementTrack = 'standard';

/** Of a family of server processors, whose PCK certificates the Platform CA issues; null for any other name. */
export function familyRequirements(name: string): readonly EndorsementRequirement[] | null {
  return /^[0-9a-f]{12}$/.test(name) ? requirementsOf(name, 'platform') : null;
}

/** Everything that a quote needs and does not bring: never from the attester. `fmspc`: 12 lowercase hex digits. */
export function requirementsOf(fmspc: string, ca: PckCa): readonly EndorsementRequirement[] {
  return [
    { kind: ENDORSEMENT_KIND.rootCrl, subject: SUBJECT_INTEL },
    { kind: ENDORSEMENT_KIND.pckCrl, subject: ca },
    tcbInfoRequirement(fmspc, TRACK),
    qeIdentityRequirement(TRACK),
    SIGNERS,
  ];
}
