/** The simulated realm: miniature vendors in the data directory, whose documents are published into the store. */
import { join } from 'node:path';
import type { Config } from '../config.js';
import { importEndorsements } from '../endorsements/import.js';
import type { TrustAnchors } from '../rats/endorsement.js';
import { publishVendors } from '../simulator/index.js';
import { SCHEMES } from '../tee/registry.js';
import type { Clock, Stores } from '../verifier/ports.js';

export interface SimulatedVendors {
  readonly anchors: TrustAnchors;
  readonly renew: () => Promise<void>;
}

/** The miniature vendors in the data directory, which `assay simulate` reads too, and what they publish. */
export async function openSimulated(
  config: Pick<Config, 'simulatedVendors' | 'dataDir' | 'vendors'>,
  /** Anchors of a test’s own vendors, which publish nothing here. */
  given: TrustAnchors | undefined,
  { stores, clock }: { readonly stores: Pick<Stores, 'endorsements'>; readonly clock: Clock },
): Promise<SimulatedVendors | null> {
  if (!config.simulatedVendors) return null;
  if (given !== undefined) return { anchors: given, renew: async () => {} };
  const dir = join(config.dataDir, 'simulated');
  const renew = async (): Promise<TrustAnchors> => {
    const { anchors, files } = await publishVendors(dir, clock.now());
    // Where they are asked over HTTP, what they publish comes from there.
    if (config.vendors.simulated !== null) return anchors;
    const { rejected } = await importEndorsements(files, {
      schemes: SCHEMES,
      store: stores.endorsements,
      realm: 'simulated',
      anchors,
      track: 'standard',
      source: 'simulated vendor',
      now: clock.now(),
    });
    const [bad] = rejected;
    if (bad !== undefined) throw new Error(`the simulated document ${bad.file} is not good: ${bad.code}`);
    return anchors;
  };
  return { anchors: await renew(), renew: async () => void (await renew()) };
}
