/**
 * What Intel's provisioning certification service calls things (Intel PCS API, version 4): subjects that
 * endorsements are kept under, and the addresses to fetch them from. Nothing here fetches.
 */
import type { EndorsementRequirement, EndorsementTrack } from '../../rats/endorsement.js';

export const PCS = 'https://api.trustedservices.intel.com';

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

/** Everything that a quote needs and does not bring: never from the attester. `fmspc`: 12 lowercase hex digits. */
export function requirementsOf(fmspc: string, ca: PckCa): readonly EndorsementRequirement[] {
  const track = 'standard';
  return [
    { kind: ENDORSEMENT_KIND.rootCrl, subject: SUBJECT_INTEL },
    { kind: ENDORSEMENT_KIND.pckCrl, subject: ca },
    tcbInfoRequirement(fmspc, track),
    qeIdentityRequirement(track),
    SIGNERS,
  ];
}

/** A document for people: what it is called, where Intel has it, and its file in the layout. */
export interface VendorDocument {
  readonly name: string;
  readonly url: string;
  readonly file: string;
  /** Name of the reply header with the issuer chain, and the chain's file; null: none is needed. */
  readonly chain: { readonly header: string; readonly file: string } | null;
}

export const SIGNING_CHAIN_FILE = 'tcb_signing_chain.pem';
export const PCK_CRL_CHAIN_FILE = 'pck_crl_issuer_chain.pem';

export const ROOT_CRL_DOCUMENT: VendorDocument = {
  name: 'the root CA revocation list',
  url: 'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der',
  file: 'root_ca_crl.der',
  chain: null,
};

export const QE_IDENTITY_DOCUMENT: VendorDocument = {
  name: 'the TD QE identity',
  url: `${PCS}/tdx/certification/v4/qe/identity`,
  file: 'qe_identity.json',
  chain: { header: 'SGX-Enclave-Identity-Issuer-Chain', file: SIGNING_CHAIN_FILE },
};

export function pckCrlDocument(ca: PckCa): VendorDocument {
  return {
    name: `the PCK revocation list of the ${ca === 'platform' ? 'Platform' : 'Processor'} CA`,
    url: `${PCS}/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der`,
    file: 'pck_crl.der',
    chain: { header: 'SGX-PCK-CRL-Issuer-Chain', file: PCK_CRL_CHAIN_FILE },
  };
}

export function tcbInfoDocument(fmspc: string): VendorDocument {
  return {
    name: `the TDX TCB info of FMSPC ${fmspc}`,
    url: `${PCS}/tdx/certification/v4/tcb?fmspc=${fmspc}`,
    file: 'tcb_info.json',
    chain: { header: 'TCB-Info-Issuer-Chain', file: SIGNING_CHAIN_FILE },
  };
}

/** What brings a document into a service; offline the directory alone is enough. */
export function documentRemedy({ url, file, chain }: VendorDocument): string {
  const download = `Download it with \`mkdir -p intel && curl -fsS -D intel/headers -o intel/${file} "${url}"\``;
  const beside =
    chain === null
      ? ''
      : `, put the chain of the reply header ${chain.header} beside it as intel/${chain.file} (docs/operations.md, "Intel’s documents", has the commands)`;
  return `${download}${beside}, then import both with \`assay endorsements import intel\` (offline: \`assay verify --endorsements intel\`).`;
}
