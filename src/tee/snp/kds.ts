/**
 * What AMD's key distribution service calls things (AMD 57230, chapter 4): subjects that endorsements are kept
 * under, and the addresses to fetch them from. Nothing here fetches.
 */
import { hexOf } from '../../bytes/encoding.js';
import type { EndorsementRequirement } from '../../rats/endorsement.js';
import { chipIdLength, type SnpProduct } from './product.js';
import type { SigningKey } from './signer.js';
import { decodeTcb } from './tcb.js';

export const KDS = 'https://kdsintf.amd.com';

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

export function crlUrl(key: SigningKey, product: SnpProduct): string {
  return `${KDS}/${key.toLowerCase()}/v1/${product}/crl`;
}

/** SPLs in decimal, in KDS's order: on Turin fmcSPL first, elsewhere none. */
export function vcekUrl({ product, chipId, tcb }: ChipAtTcb): string {
  const { fmc, bootloader, tee, snp, microcode } = decodeTcb(tcb, product);
  const levels = `blSPL=${bootloader}&teeSPL=${tee}&snpSPL=${snp}&ucodeSPL=${microcode}`;
  const chip = hexOf(chipId.subarray(0, chipIdLength(product)));
  return `${KDS}/vcek/v1/${product}/${chip}?${fmc === null ? '' : `fmcSPL=${fmc}&`}${levels}`;
}

/** The two commands that bring a list into a service; offline the directory alone is enough. */
export function crlRemedy(key: SigningKey, product: SnpProduct): string {
  const file = `amd/${key.toLowerCase()}_crl.der`;
  return (
    `Download the list with \`curl -fsS --create-dirs -o ${file} ${crlUrl(key, product)}\`, ` +
    'then import it with `assay endorsements import amd` (offline: `assay verify --endorsements amd`).'
  );
}

/** The same for the certificate of one chip at one TCB. */
export function vcekRemedy(chip: ChipAtTcb): string {
  return (
    `Send the VCEK with the evidence, or download it with \`curl -fsS --create-dirs -o amd/vcek.der ` +
    `"${vcekUrl(chip)}"\` and import it with \`assay endorsements import amd\` (offline: \`--endorsements amd\`).`
  );
}
