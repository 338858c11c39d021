/** Intel's documents for people: what each is called, where Intel has it, and what brings it into a service. */
import type { EndorsementTrack } from '../../rats/endorsement.js';
import type { VendorRequest } from '../../rats/vendor-request.js';
import type { PckCa } from './pcs.js';
import {
  CERTIFICATES,
  PCS,
  pckCrlRequest,
  qeIdentityRequest,
  ROOT_CRL_REQUEST,
  tcbInfoRequest,
} from './pcs-request.js';

export interface VendorDocument {
  readonly name: string;
  readonly url: string;
  /** What is published once is of the standard one. */
  readonly track: EndorsementTrack;
  /** File of the endorsement layout. */
  readonly file: string;
  /** Name of the reply header with the issuer chain, and the chain's file; null: none is needed. */
  readonly chain: { readonly header: string; readonly file: string } | null;
}

export const ROOT_CRL_DOCUMENT = described('the root CA revocation list', ROOT_CRL_REQUEST);

export const QE_IDENTITY_DOCUMENTS: Readonly<Record<EndorsementTrack, VendorDocument>> = {
  standard: described('the TD QE identity', qeIdentityRequest('standard')),
  early: described('the early TD QE identity', qeIdentityRequest('early')),
};

export const PCK_CRL_DOCUMENTS: Readonly<Record<PckCa, VendorDocument>> = {
  platform: described('the PCK revocation list of the Platform CA', pckCrlRequest('platform')),
  processor: described('the PCK revocation list of the Processor CA', pckCrlRequest('processor')),
};

export function tcbInfoDocument(fmspc: string, track: EndorsementTrack): VendorDocument {
  const early = track === 'early' ? 'early ' : '';
  return described(`the ${early}TDX TCB info of FMSPC ${fmspc}`, tcbInfoRequest(fmspc, track));
}

function described(name: string, { service, path, track, file, beside }: VendorRequest): VendorDocument {
  const { base } = service === CERTIFICATES.name ? CERTIFICATES : PCS;
  return { name, url: `${base}${path}`, track, file, chain: beside[0] ?? null };
}

/** What brings a document into a service; offline the directory alone is enough. */
export function documentRemedy({ url, track, file, chain }: VendorDocument): string {
  const download = `Download it with \`mkdir -p intel && curl -fsS -D intel/headers -o intel/${file} "${url}"\``;
  const beside =
    chain === null
      ? ''
      : `, put the chain of the reply header ${chain.header} beside it as intel/${chain.file} (docs/operations.md, "Intel’s documents", has the commands)`;
  const ofTrack = track === 'standard' ? '' : ` --track ${track}`;
  return `${download}${beside}, then import both with \`assay endorsements import${ofTrack} intel\` (offline: \`assay verify --endorsements intel\`).`;
}
