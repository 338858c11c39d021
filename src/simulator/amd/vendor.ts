/** A miniature AMD: authorities per product line, its trust anchors, its lists at any instant. */
import type { Endorsement, TrustAnchors } from '../../rats/endorsement.js';
import { refuse } from '../../rats/refusal.js';
import { type RevokedEntry, type SimulatedCrl, yearlyWindow } from '../crl.js';
import {
  crlPlanOf,
  mintAuthorities,
  mintCrlsOf,
  type ProductAuthorities,
  type SigningKeyKind,
} from './authorities.js';
import { mintCrl } from './crl.js';
import { PRODUCTS, type ProductName } from './product-line.js';

export interface SimulatedAmd {
  readonly products: ReadonlyMap<ProductName, ProductAuthorities>;
}

export interface VendorOptions {
  /** Certificates hold from five years before to twenty years after; lists for one year. */
  readonly at: Date;
  /** Default: every line. */
  readonly products?: readonly ProductName[];
  /** Default 4096, as AMD's. Smaller keys are for tests. */
  readonly rsaBits?: number;
}

export const AUTHORITY_KEY_BITS = 4096;

export async function mintVendor(options: VendorOptions): Promise<SimulatedAmd> {
  const names = options.products ?? PRODUCTS;
  const rsaBits = options.rsaBits ?? AUTHORITY_KEY_BITS;
  const minted = await Promise.all(names.map((name) => mintAuthorities(name, options.at, rsaBits)));
  return { products: new Map(minted.map((authorities) => [authorities.product, authorities])) };
}

/** Its ARKs as roots, ASKs and ASVKs as intermediates. Throws TypeError for a vendor without products. */
export function anchorsOf(vendor: SimulatedAmd): TrustAnchors {
  const all = [...vendor.products.values()];
  const [first, ...rest] = all.map((authorities) => authorities.ark.certificate);
  if (first === undefined) throw new TypeError('a simulated vendor has at least one product');
  return {
    simulated: true,
    vendors: {
      amd: {
        roots: [first, ...rest],
        intermediates: all.flatMap(({ ask, asvk }) => [ask.certificate, asvk.certificate]),
      },
    },
  };
}

/** The authorities of a line; refuses (`request_invalid`) a line that this vendor does not have. */
export function authoritiesOf(vendor: SimulatedAmd, product: ProductName): ProductAuthorities {
  const authorities = vendor.products.get(product);
  if (authorities === undefined) {
    refuse('request_invalid', 'request', `the simulated vendor has no authorities for ${product}`);
  }
  return authorities;
}

export function crlKindOf(kind: SigningKeyKind): 'snp-vcek-crl' | 'snp-vlek-crl' {
  return kind === 'VCEK' ? 'snp-vcek-crl' : 'snp-vlek-crl';
}

/** The stored lists of every line, as endorsements. */
export function crlDocuments(vendor: SimulatedAmd): Endorsement[] {
  return [...vendor.products.values()].flatMap(({ product, crls }) => [
    { kind: crlKindOf('VCEK'), subject: product, bytes: crls.vcek.der },
    { kind: crlKindOf('VLEK'), subject: product, bytes: crls.vlek.der },
  ]);
}

export interface ListRequest {
  readonly product: ProductName;
  readonly kind: SigningKeyKind;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Default: seconds of thisUpdate. */
  readonly number?: bigint | undefined;
  /** Beside what the line's list always names. */
  readonly revoked?: readonly RevokedEntry[] | undefined;
}

/** A list of any window, as an endorsement. Refuses (`request_invalid`) a line that this vendor does not have. */
export async function mintList(vendor: SimulatedAmd, request: ListRequest): Promise<Endorsement> {
  const { product, kind, thisUpdate, nextUpdate, number, revoked = [] } = request;
  const usual = crlPlanOf(product, authoritiesOf(vendor, product).ark, kind);
  const list = await mintCrl({
    ...usual,
    thisUpdate,
    nextUpdate,
    number,
    revoked: [...usual.revoked, ...revoked],
  });
  return { kind: crlKindOf(kind), subject: product, bytes: list.der };
}

/** The stored list when it holds at the instant, otherwise one minted for it. */
export async function crlAt(
  authorities: ProductAuthorities,
  kind: SigningKeyKind,
  at: Date,
): Promise<SimulatedCrl> {
  const stored = kind === 'VCEK' ? authorities.crls.vcek : authorities.crls.vlek;
  if (stored.thisUpdate <= at && stored.nextUpdate !== null && at < stored.nextUpdate) return stored;
  return mintCrl({ ...crlPlanOf(authorities.product, authorities.ark, kind), ...yearlyWindow(at) });
}

/** True when a list of the line is past half of its life. */
export function wantsRenewal({ crls }: ProductAuthorities, at: Date): boolean {
  return [crls.vcek, crls.vlek].some(
    ({ thisUpdate, nextUpdate }) =>
      nextUpdate === null || at.getTime() > (thisUpdate.getTime() + nextUpdate.getTime()) / 2,
  );
}

/** True when a list of the line begins only after the instant. */
export function isOfTheFuture({ crls }: ProductAuthorities, at: Date): boolean {
  return at < crls.vcek.thisUpdate || at < crls.vlek.thisUpdate;
}

/** The same authorities with lists of `at`. */
export async function renewCrls(authorities: ProductAuthorities, at: Date): Promise<ProductAuthorities> {
  return { ...authorities, crls: await mintCrlsOf(authorities.product, authorities.ark, at) };
}
