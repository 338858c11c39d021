/**
 * A simulated vendor on disk: one folder per product line with PEM certificates, PEM private keys (0600) and
 * DER lists. A line appears by renaming a finished folder, a list by renaming a finished file, so several
 * processes may start on one empty directory: the first rename wins and the others read it.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as pkijs from 'pkijs';
import { type Authority, pemOf } from '../certificate.js';
import type { SimulatedCrl } from '../crl.js';
import { namesIn, placeFolder, replaceFile } from '../folder.js';
import { mintAuthorities, type ProductAuthorities } from './authorities.js';
import { PRODUCTS, type ProductName } from './product-line.js';
import {
  AUTHORITY_KEY_BITS,
  isOfTheFuture,
  renewCrls,
  type SimulatedAmd,
  type VendorOptions,
  wantsRenewal,
} from './vendor.js';

const ROLES = ['ark', 'ask', 'asvk'] as const;
const LISTS = ['vcek', 'vlek'] as const;

/** Writes every line of the vendor. A line that is there already stays as it is. */
export async function saveVendor(dir: string, vendor: SimulatedAmd): Promise<void> {
  for (const authorities of vendor.products.values()) await saveLine(dir, authorities);
}

/** Reads every line that is there; a directory without any, or none at all, is a vendor without products. */
export async function loadVendor(dir: string): Promise<SimulatedAmd> {
  const present = new Set(await namesIn(dir));
  const products = new Map<ProductName, ProductAuthorities>();
  for (const product of PRODUCTS) {
    if (present.has(product)) products.set(product, await loadLine(dir, product));
  }
  return { products };
}

/**
 * Loads the vendor, mints the lines that are missing and renews lists past half of their life. For an instant
 * before the stored lists it gives lists of that instant and leaves the newer ones on disk alone.
 */
export async function ensureVendor(
  dir: string,
  at: Date,
  options: Omit<VendorOptions, 'at'> = {},
): Promise<SimulatedAmd> {
  const wanted = options.products ?? PRODUCTS;
  const present = new Set(await namesIn(dir));
  await Promise.all(
    wanted
      .filter((product) => !present.has(product))
      .map(async (product) =>
        saveLine(dir, await mintAuthorities(product, at, options.rsaBits ?? AUTHORITY_KEY_BITS)),
      ),
  );
  const { products } = await loadVendor(dir);
  const current = new Map<ProductName, ProductAuthorities>();
  for (const [product, authorities] of products) {
    if (wantsRenewal(authorities, at)) current.set(product, await renewLine(dir, authorities, at));
    else if (isOfTheFuture(authorities, at)) current.set(product, await renewCrls(authorities, at));
    else current.set(product, authorities);
  }
  return { products: current };
}

/** What is on disk afterwards counts: another process may renew at the same time. */
async function renewLine(
  dir: string,
  authorities: ProductAuthorities,
  at: Date,
): Promise<ProductAuthorities> {
  const { crls } = await renewCrls(authorities, at);
  for (const list of LISTS) {
    await replaceFile(crlFile(dir, authorities.product, list), crls[list].der);
  }
  return loadLine(dir, authorities.product);
}

function saveLine(dir: string, authorities: ProductAuthorities): Promise<void> {
  const content: Record<string, Uint8Array | string> = {};
  for (const role of ROLES) {
    const { certificate, key } = authorities[role];
    content[`${role}.pem`] = pemOf(certificate);
    content[`${role}.key.pem`] = key.export({ type: 'pkcs8', format: 'pem' });
  }
  for (const list of LISTS) content[`${list}_crl.der`] = authorities.crls[list].der;
  return placeFolder(dir, authorities.product, content);
}

async function loadLine(dir: string, product: ProductName): Promise<ProductAuthorities> {
  const authority = async (role: (typeof ROLES)[number], commonName: string): Promise<Authority> => {
    const pem = await readFile(join(dir, product, `${role}.pem`), 'utf8');
    const key = createPrivateKey(await readFile(join(dir, product, `${role}.key.pem`), 'utf8'));
    return { commonName, certificate: new Uint8Array(new X509Certificate(pem).raw), key };
  };
  const [ark, ask, asvk] = await Promise.all([
    authority('ark', `ARK-${product}`),
    authority('ask', `SEV-${product}`),
    authority('asvk', `SEV-VLEK-${product}`),
  ]);
  const [vcek, vlek] = await Promise.all(LISTS.map((list) => loadCrl(crlFile(dir, product, list))));
  if (vcek === undefined || vlek === undefined) throw new TypeError('two lists were read');
  return { product, ark, ask, asvk, crls: { vcek, vlek } };
}

async function loadCrl(file: string): Promise<SimulatedCrl> {
  const der = new Uint8Array(await readFile(file));
  const list = pkijs.CertificateRevocationList.fromBER(der);
  return { der, thisUpdate: list.thisUpdate.value, nextUpdate: list.nextUpdate?.value ?? null };
}

function crlFile(dir: string, product: ProductName, list: (typeof LISTS)[number]): string {
  return join(dir, product, `${list}_crl.der`);
}
