/** Vendors as configured: whom each realm asks, and how. */
import type { Config } from '../config.js';
import { type FetchParts, fetchDocument } from '../endorsements/fetch.js';
import { createTransport, type VendorNetwork } from '../endorsements/transport.js';
import type { FetchResult, VendorTransport } from '../endorsements/vendor-answer.js';
import { readAuthorities } from '../platform/authorities-file.js';
import type { BuildInfo } from '../platform/build-info.js';
import type { EndorsementRequirement, Realm } from '../rats/endorsement.js';
import type { VendorRequest } from '../rats/vendor-request.js';
import { requestFor, SCHEMES, VENDOR_SERVICES } from '../tee/registry.js';
import type { RequestOptions } from '../tee/scheme.js';

/** How one realm asks its vendors. */
export interface RealmVendors {
  /** Null: nobody publishes it, or it comes with another document. */
  requestFor(
    requirement: Pick<EndorsementRequirement, 'kind' | 'subject'>,
    options?: Omit<RequestOptions, 'cacheServer'>,
  ): VendorRequest | null;
  fetchDocument(request: VendorRequest): Promise<FetchResult>;
}

export interface Vendors {
  /** Null: the realm asks nobody, and its documents come with evidence or by import. */
  of(realm: Realm): RealmVendors | null;
  close(): Promise<void>;
}

export interface VendorParts extends Pick<FetchParts, 'store' | 'fetched'> {
  readonly build: BuildInfo;
  readonly anchorsFor: (realm: Realm) => FetchParts['anchors'];
  readonly now: () => Date;
}

/** Throws AuthoritiesUnusable. Opens no connection. */
export function openVendors({ vendors }: Pick<Config, 'vendors'>, parts: VendorParts): Vendors {
  const { build, store, fetched, anchorsFor, now } = parts;
  const transports: VendorTransport[] = [];
  const open = (
    realm: Realm,
    cacheServer: boolean,
    network: Omit<VendorNetwork, 'userAgent'>,
  ): RealmVendors => {
    const transport = createTransport({ ...network, userAgent: `${build.name}/${build.version}` });
    transports.push(transport);
    return {
      requestFor: (requirement, options) => requestFor(requirement, { ...options, cacheServer }),
      fetchDocument: (request) =>
        fetchDocument(request, {
          transport,
          schemes: SCHEMES,
          store,
          fetched,
          realm,
          anchors: anchorsFor(realm),
          now: now(),
        }),
    };
  };
  const realms: Readonly<Record<Realm, RealmVendors | null>> = {
    genuine: vendors.fetch ? open('genuine', isCacheServer(vendors), genuineNetwork(vendors)) : null,
    simulated:
      vendors.fetch && vendors.simulated !== null
        ? open('simulated', false, simulatedNetwork(vendors.simulated))
        : null,
  };
  return {
    of: (realm) => realms[realm],
    close: async () => {
      await Promise.all(transports.map((transport) => transport.close()));
    },
  };
}

function genuineNetwork({
  bases,
  proxy,
  authoritiesFile,
}: Config['vendors']): Omit<VendorNetwork, 'userAgent'> {
  const chosen: Readonly<Record<string, string | null>> = bases;
  return {
    services: VENDOR_SERVICES.map(({ name, base }) => ({
      name,
      base: chosen[name] ?? base,
      chosen: (chosen[name] ?? base) !== base,
    })),
    proxy,
    authorities: authoritiesFile === null ? null : readAuthorities(authoritiesFile),
  };
}

/** One server on the operator's own machine has everything, and no proxy leads there. */
function simulatedNetwork(base: string): Omit<VendorNetwork, 'userAgent'> {
  return {
    services: VENDOR_SERVICES.map(({ name }) => ({ name, base, chosen: true })),
    proxy: null,
    authorities: null,
  };
}

/** Whoever names another place than Intel's own for Intel's service names a cache server. */
function isCacheServer({ bases }: Config['vendors']): boolean {
  const base = bases['intel-pcs'];
  return base !== null && VENDOR_SERVICES.every((service) => service.base !== base);
}
