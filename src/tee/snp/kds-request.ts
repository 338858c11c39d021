/**
 * What AMD's key distribution service is asked for (AMD 57230, chapter 4), as data.
 *
 * The public clients agree: a VCEK and a list come in DER, `cert_chain` in PEM with ASK or ASVK first and ARK second;
 * the chip is named by the lowercase hex of hwID, 64 bytes, on Turin 8; SPLs are decimal, in any order, with or
 * without a leading zero. The VLEK's certificate needs a cloud provider's credential, so nobody else can ask for it.
 * 404: no such chip, TCB or product. 429: too many VCEKs from one address; `Retry-After` is not always sent.
 */
import { allZero, bytesOfHex, hexOf } from '../../bytes/encoding.js';
import type { EndorsementRequirement } from '../../rats/endorsement.js';
import type { VendorRequest, VendorService } from '../../rats/vendor-request.js';
import { type ChipAtTcb, ENDORSEMENT_KIND } from './kds.js';
import { chipIdLength, SNP_PRODUCTS, type SnpProduct } from './product.js';
import type { SigningKey } from './signer.js';
import { decodeTcb, tcbReservedZero } from './tcb.js';

export const KDS: VendorService = {
  name: 'amd-kds',
  vendor: 'amd',
  base: 'https://kdsintf.amd.com',
  // Nowhere promised; what users observe.
  ration: 10,
};

export const SERVICES: readonly VendorService[] = [KDS];

/** SPLs in KDS's order: on Turin fmcSPL first, elsewhere none. */
export function vcekPath({ product, chipId, tcb }: ChipAtTcb): string {
  const { fmc, bootloader, tee, snp, microcode } = decodeTcb(tcb, product);
  const levels = `blSPL=${bootloader}&teeSPL=${tee}&snpSPL=${snp}&ucodeSPL=${microcode}`;
  const chip = hexOf(chipId.subarray(0, chipIdLength(product)));
  return `${lineOf('VCEK', product)}/${chip}?${fmc === null ? '' : `fmcSPL=${fmc}&`}${levels}`;
}

export function crlPath(key: SigningKey, product: SnpProduct): string {
  return `${lineOf(key, product)}/crl`;
}

function chainPath(key: SigningKey, product: SnpProduct): string {
  return `${lineOf(key, product)}/cert_chain`;
}

function lineOf(key: SigningKey, product: SnpProduct): string {
  return `/${key.toLowerCase()}/v1/${product}`;
}

/**
 * Null for what AMD publishes for nobody: a VLEK, the VCEK of a masked chip (all zero) or of a TCB with reserved bytes
 * in use, and subjects of another form.
 */
export function requestFor({
  kind,
  subject,
}: Pick<EndorsementRequirement, 'kind' | 'subject'>): VendorRequest | null {
  const asked = kind === ENDORSEMENT_KIND.leaf ? leafRequest(subject) : lineRequest(kind, subject);
  if (asked === null) return null;
  return {
    ...asked,
    service: KDS.name,
    requirement: { kind, subject },
    track: 'standard',
    encoding: 'bytes',
    beside: [],
  };
}

type Asked = Pick<VendorRequest, 'path' | 'file' | 'rationed' | 'witness'>;

function leafRequest(subject: string): Asked | null {
  const chip = chipOf(subject);
  if (chip === null) return null;
  return {
    path: vcekPath(chip),
    file: 'vcek.der',
    rationed: true,
    witness: crlPath('VCEK', chip.product),
  };
}

function lineRequest(kind: string, subject: string): Asked | null {
  const product = SNP_PRODUCTS.find((name) => name === subject);
  if (product === undefined) return null;
  const whole = (path: string, file: string): Asked => ({ path, file, rationed: false, witness: null });
  switch (kind) {
    case ENDORSEMENT_KIND.ark:
    case ENDORSEMENT_KIND.ask:
      return whole(chainPath('VCEK', product), 'chain.pem');
    case ENDORSEMENT_KIND.asvk:
      return whole(chainPath('VLEK', product), 'chain.pem');
    case ENDORSEMENT_KIND.vcekCrl:
      return whole(crlPath('VCEK', product), 'vcek_crl.der');
    case ENDORSEMENT_KIND.vlekCrl:
      return whole(crlPath('VLEK', product), 'vlek_crl.der');
    default:
      return null;
  }
}

/** The subject of a VCEK taken apart again; null where it is none that can exist. */
function chipOf(subject: string): ChipAtTcb | null {
  const found = /^(?<name>\w+)\/(?<chip>[0-9a-f]+)\/(?<raw>[0-9a-f]{16})$/.exec(subject)?.groups;
  const product = SNP_PRODUCTS.find((one) => one === found?.name);
  const [chipId, tcb] = [found?.chip, found?.raw].map((hex) => bytesOfHex(hex ?? ''));
  if (product === undefined || !chipId || !tcb || chipId.length !== chipIdLength(product)) return null;
  return allZero(chipId) || !tcbReservedZero(tcb, product) ? null : { product, chipId, tcb };
}
