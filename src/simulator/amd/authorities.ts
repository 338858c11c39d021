/** The three authorities of one product line, and the revocation lists they sign. */
import type { KeyObject } from 'node:crypto';
import { type Authority, yearsFrom } from '../certificate.js';
import { type RevokedEntry, type SimulatedCrl, yearlyWindow } from '../crl.js';
import { makeRsaKey } from '../key-pair.js';
import { authorityExtensions, mintCertificate } from './certificate.js';
import { mintCrl } from './crl.js';
import { PRODUCT_LINES, type ProductName } from './product-line.js';

/** Which signing key a list or a leaf belongs to. */
export type SigningKeyKind = 'VCEK' | 'VLEK';

export interface ProductAuthorities {
  readonly product: ProductName;
  readonly ark: Authority;
  readonly ask: Authority;
  readonly asvk: Authority;
  readonly crls: { readonly vcek: SimulatedCrl; readonly vlek: SimulatedCrl };
}

/** Validity of ARK, ASK and ASVK: 25 years, five of them before `at` so that the past can be minted too. */
export const AUTHORITY_YEARS = { before: 5, after: 20 } as const;

export interface AuthorityKeys {
  readonly ark: KeyObject;
  readonly ask: KeyObject;
  readonly asvk: KeyObject;
}

/** Mints ARK, ASK, ASVK and both lists; the keys are made in parallel. */
export async function mintAuthorities(
  product: ProductName,
  at: Date,
  rsaBits: number,
): Promise<ProductAuthorities> {
  const [ark, ask, asvk] = await Promise.all([makeRsaKey(rsaBits), makeRsaKey(rsaBits), makeRsaKey(rsaBits)]);
  return certifyAuthorities(product, at, { ark, ask, asvk });
}

/** The certificates and lists for keys that exist already; only a forger's root has another name. */
export async function certifyAuthorities(
  product: ProductName,
  at: Date,
  keys: AuthorityKeys,
  rootName = `ARK-${product}`,
): Promise<ProductAuthorities> {
  const certify = async (
    commonName: string,
    key: KeyObject,
    serialNumber: bigint,
    list: 'vcek' | 'vlek',
    pathLength: number | null,
  ): Promise<Authority> => {
    const url = `https://kdsintf.amd.com/${list}/v1/${product}/crl`;
    const certificate = await mintCertificate(
      {
        serialNumber,
        subject: commonName,
        issuer: rootName,
        notBefore: yearsFrom(at, -AUTHORITY_YEARS.before),
        notAfter: yearsFrom(at, AUTHORITY_YEARS.after),
        key,
        extensions: authorityExtensions(key, keys.ark, pathLength, url),
      },
      keys.ark,
    );
    return { commonName, certificate, key };
  };
  const { serials } = PRODUCT_LINES[product];
  const [ark, ask, asvk] = await Promise.all([
    certify(rootName, keys.ark, serials.ark, 'vcek', null),
    certify(`SEV-${product}`, keys.ask, serials.ask, 'vcek', 0),
    certify(`SEV-VLEK-${product}`, keys.asvk, serials.asvk, 'vlek', 0),
  ]);
  const crls = await mintCrlsOf(product, ark, at);
  return { product, ark, ask, asvk, crls };
}

/** Both lists of a line, valid for one year from `at`. */
export async function mintCrlsOf(
  product: ProductName,
  ark: Authority,
  at: Date,
): Promise<ProductAuthorities['crls']> {
  const mint = (kind: SigningKeyKind) => mintCrl({ ...crlPlanOf(product, ark, kind), ...yearlyWindow(at) });
  const [vcek, vlek] = await Promise.all([mint('VCEK'), mint('VLEK')]);
  return { vcek, vlek };
}

/** Issuer, keys and entries of a line's list; the window is the caller's. */
export function crlPlanOf(
  product: ProductName,
  ark: Authority,
  kind: SigningKeyKind,
): { issuer: string; issuerKey: KeyObject; signingKey: KeyObject; revoked: readonly RevokedEntry[] } {
  const replaced = kind === 'VCEK' ? PRODUCT_LINES[product].replaced : [];
  return {
    issuer: ark.commonName,
    issuerKey: ark.key,
    signingKey: ark.key,
    revoked: replaced.map((serialNumber) => ({
      serialNumber,
      revokedAt: new Date('2022-10-31T12:00:00Z'),
    })),
  };
}
