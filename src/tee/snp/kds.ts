/**
 * What AMD's key distribution service calls things (AMD 57230, chapter 4), and the subjects that endorsements are kept
 * under.
 */
import { hexOf } from '../../bytes/encoding.js';
import type { EndorsementRequirement } from '../../rats/endorsement.js';
import { chipIdLength, type SnpProduct } from './product.js';
import type { SigningKey } from './signer.js';

export const ENDORSEMENT_KIND = {
  /** VCEK or VLEK; subject `<product>/<chip id>/<tcb>` or `<product>/vlek/<csp id>/<tcb>`. */
  leaf: 'snp-vek',
  /** Subject: the product, here and below. */
  ask: 'snp-ask',
  asvk: 'snp-asvk',
  ark: 'snp-ark',
  vcekCrl: 'snp-vcek-crl',
  vlekCrl: 'snp-vlek-crl',
  /** The table of AMD's bulletins, which no vendor publishes; subject `amd`. */
  bulletins: 'snp-bulletins',
} as const;

/** Chip id and TCB as the report has them (64 and 8 bytes), or the certificate (hwID). */
export interface ChipAtTcb {
  readonly product: SnpProduct;
  readonly chipId: Uint8Array;
  readonly tcb: Uint8Array;
}

/** `Turin/0123456789abcdef/0101010400000051`. */
export function vcekSubject({ product, chipId, tcb }: ChipAtTcb): string {
  return `${product}/${hexOf(chipId.subarray(0, chipIdLength(product)))}/${hexOf(tcb)}`;
}

/** `Milan/vlek/CN=cc-us-east-2.amazonaws.com/04000000000018d9`. */
export function vlekSubject(product: SnpProduct, cspId: string, tcb: Uint8Array): string {
  return `${product}/vlek/${cspId}/${hexOf(tcb)}`;
}

export function crlRequirement(key: SigningKey, product: SnpProduct): EndorsementRequirement {
  const kind = key === 'VCEK' ? ENDORSEMENT_KIND.vcekCrl : ENDORSEMENT_KIND.vlekCrl;
  return { kind, subject: product };
}

/** Common name of the ASK or ASVK. */
export function authorityName(key: SigningKey, product: SnpProduct): string {
  return key === 'VCEK' ? `SEV-${product}` : `SEV-VLEK-${product}`;
}

export function authorityRequirement(key: SigningKey, product: SnpProduct): EndorsementRequirement {
  return { kind: key === 'VCEK' ? ENDORSEMENT_KIND.ask : ENDORSEMENT_KIND.asvk, subject: product };
}
