/** The real SNP reports of the vectors folder, read in place. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Endorsement } from '../../src/rats/endorsement.js';
import type { JsonObject } from '../../src/rats/result.js';

export type Product = 'Milan' | 'Genoa' | 'Turin';

export interface SnpSample {
  readonly slug: string;
  readonly product: Product;
  readonly signingKey: 'VCEK' | 'VLEK';
  /** The instant that the manifest pins for this sample. */
  readonly pinned: Date;
  readonly leafNotBefore: Date;
  readonly leafNotAfter: Date;
  readonly report: Uint8Array;
  /** Leaf, then the chain (PEM), as files of the endorsement layout hold them. */
  readonly leaf: Uint8Array;
  readonly chain: Uint8Array;
  /** Directory of the sample. */
  readonly directory: string;
  readonly expected: JsonObject & { readonly measurement: string; readonly report_data: string };
}

interface ManifestEntry {
  readonly slug: string;
  readonly kind: string;
  readonly product: Product;
  readonly dir: string;
  readonly verification_time: {
    readonly pinned: string;
    readonly leaf_not_before: string;
    readonly leaf_not_after: string;
  };
  readonly expected: JsonObject & {
    readonly signing_key: 'VCEK' | 'VLEK';
    readonly measurement: string;
    readonly report_data: string;
  };
}

/** Every entry of kind `snp-report`. */
export function snpSamples(home: string): readonly SnpSample[] {
  const manifest = JSON.parse(readFileSync(join(home, 'manifest.json'), 'utf8')) as {
    samples: readonly ManifestEntry[];
  };
  return manifest.samples.filter(({ kind }) => kind === 'snp-report').map((entry) => sampleOf(home, entry));
}

function sampleOf(home: string, entry: ManifestEntry): SnpSample {
  const directory = join(home, entry.dir);
  const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(directory, name)));
  const { expected, verification_time: times } = entry;
  return {
    slug: entry.slug,
    product: entry.product,
    signingKey: expected.signing_key,
    pinned: new Date(times.pinned),
    leafNotBefore: new Date(times.leaf_not_before),
    leafNotAfter: new Date(times.leaf_not_after),
    report: read('report.bin'),
    leaf: read(expected.signing_key === 'VLEK' ? 'vlek.der' : 'vcek.der'),
    chain: read('chain.pem'),
    directory,
    expected,
  };
}

/** AMD's VCEK list of a product line, as the vectors hold it. */
export function vcekCrl(home: string, product: Product): Endorsement {
  const bytes = readFileSync(join(home, 'roots', 'amd', product.toLowerCase(), 'crl', 'vcek_crl.der'));
  return { kind: 'snp-vcek-crl', subject: product, bytes: new Uint8Array(bytes) };
}

/** The first whole day inside each list at hand, and the list's last day. */
const CRL_DAYS: Readonly<Record<Product, { readonly from: string; readonly until: string }>> = {
  Milan: { from: '2025-05-07T00:00:00Z', until: '2026-05-11T00:00:00Z' },
  Genoa: { from: '2024-10-24T00:00:00Z', until: '2025-11-02T00:00:00Z' },
  Turin: { from: '2026-08-20T00:00:00Z', until: '2026-10-03T00:00:00Z' },
};

/** An instant inside the windows of leaf and list, the pinned one if it can be; null: there is none. */
export function instantWithCrl(sample: SnpSample): Date | null {
  if (sample.signingKey === 'VLEK') return null;
  const { from, until } = CRL_DAYS[sample.product];
  const instant = new Date(Math.max(sample.pinned.getTime(), new Date(from).getTime()));
  const end = Math.min(new Date(until).getTime(), sample.leafNotAfter.getTime());
  return instant.getTime() <= end ? instant : null;
}
