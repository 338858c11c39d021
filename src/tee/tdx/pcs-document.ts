/** Intel's documents for people: what each is called, where Intel has it, and what brings it into a service. */
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
  /** File of the endorsement layout. */
  readonly file: string;
  /** Name of the reply header with the issuer chain, and the chain's file; null: none is needed. */
  readonly chain: { readonly header: string; readonly file: string } | null;
}

export const ROOT_CRL_DOCUMENT = described('the root CA revocation list', ROOT_CRL_REQUEST);

export const QE_IDENTITY_DOCUMENT = described('the TD QE identity', qeIdentityRequest('standard'));

export const PCK_CRL_DOCUMENTS: Readonly<Record<PckCa, VendorDocument>> = {
  platform: described('the PCK revocation list of the Platform CA', pckCrlRequest('platform')),
  processor: described('the PCK revocation list of the Processor CA', pckCrlRequest('processor')),
};

export function tcbInfoDocument(fmspc: string): VendorDocument {
  return described(`the TDX TCB info of FMSPC ${fmspc}`, tcbInfoRequest(fmspc, 'standard'));
}

function described(name: string, { service, path, file, beside }: VendorRequest): VendorDocument {
  const { base } = service === CERTIFICATES.name ? CERTIFICATES : PCS;
  return { name, url: `${base}${path}`, file, chain: beside[0] ?? null };
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
