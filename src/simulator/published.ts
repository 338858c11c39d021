/** What both miniature vendors have on their servers, for a service that trusts them. */
import type { TrustAnchors } from '../rats/endorsement.js';
import { anchorsOf } from './amd/vendor.js';
import { ensureVendor } from './amd/vendor-store.js';
import { intelAnchorsOf, intelFiles } from './intel/vendor.js';
import { ensureIntel } from './intel/vendor-store.js';

/** A file of the endorsement layout; only the last part of `path` says what it is. */
export interface PublishedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface PublishedVendors {
  readonly anchors: TrustAnchors;
  readonly files: readonly PublishedFile[];
}

/** Of the vendors in a directory, which are made where they are missing; documents past half their life are renewed. */
export async function publishVendors(dir: string, at: Date): Promise<PublishedVendors> {
  const [amd, intel] = await Promise.all([ensureVendor(dir, at), ensureIntel(dir, at)]);
  const lists = [...amd.products.values()].flatMap(({ product, crls }) => [
    { path: `${product}/vcek_crl.der`, bytes: crls.vcek.der },
    { path: `${product}/vlek_crl.der`, bytes: crls.vlek.der },
  ]);
  return {
    anchors: {
      simulated: true,
      vendors: { ...anchorsOf(amd).vendors, ...intelAnchorsOf(intel).vendors },
    },
    files: [...lists, ...(await intelFiles(intel, at))],
  };
}
