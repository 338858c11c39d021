/** A realm with documents of both simulated vendors in a store of its own, and bundles of them. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { packArchive, readArchive } from '../../../src/endorsements/archive.js';
import { type ExportChoice, exportBundle } from '../../../src/endorsements/bundle/export.js';
import {
  type BundleManifest,
  readManifest,
  SIGNATURE_FILE,
  writeManifest,
} from '../../../src/endorsements/bundle/manifest.js';
import { type ImportFile, importEndorsements } from '../../../src/endorsements/import.js';
import type { EndorsementTrack } from '../../../src/rats/endorsement.js';
import { intelFiles } from '../../../src/simulator/index.js';
import { SCHEMES } from '../../../src/tee/registry.js';
import { bundleSignerOf, readBundleKeys } from '../../../src/token/bundle-signature.js';
import type { EndorsementStore } from '../../../src/verifier/endorsement-ports.js';
import type { BundleKeys, BundleSigner } from '../../../src/verifier/key-ports.js';
import { guestWith } from '../../http/guest.js';
import { simulatedAnchors } from '../../http/service.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../../simulated-vendor.js';

export interface KeyHolder {
  readonly signer: BundleSigner;
  readonly keys: BundleKeys;
  /** JWK set with the public half. */
  readonly jwks: Buffer;
}

export async function makeKeyHolder(): Promise<KeyHolder> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwks = jwksOf(publicKey);
  return {
    signer: bundleSignerOf({ kid: 'a hint', privateKey }),
    keys: await readBundleKeys(jwks),
    jwks,
  };
}

export function jwksOf(...publicKeys: readonly KeyObject[]): Buffer {
  return Buffer.from(JSON.stringify({ keys: publicKeys.map((key) => key.export({ format: 'jwk' })) }));
}

/** Files of every kind: lists and leaves of AMD, all that Intel publishes, in both series. */
export async function fill(store: EndorsementStore, at: Date = SIMULATED_AT): Promise<void> {
  const vendor = await simulatedVendor();
  const intel = await simulatedIntel();
  const vcek = await guestWith(Buffer.alloc(64));
  const vlek = await guestWith(Buffer.alloc(64), { signingKey: 'VLEK' });
  await bring(store, [
    ...[...vendor.products].flatMap(([product, { crls }]) => [
      { path: `${product}/vcek_crl.der`, bytes: crls.vcek.der },
      { path: `${product}/vlek_crl.der`, bytes: crls.vlek.der },
    ]),
    { path: 'vcek.der', bytes: leafOf(vcek.certificates) },
    { path: 'vlek.der', bytes: leafOf(vlek.certificates) },
    ...(await intelFiles(intel, at)),
  ]);
  await bring(store, await intelFiles(intel, new Date(at.getTime() - 1000)), 'early');
}

function leafOf([leaf]: readonly Uint8Array[]): Uint8Array {
  if (leaf === undefined) throw new TypeError('a guest brings its leaf');
  return leaf;
}

async function bring(
  store: EndorsementStore,
  files: readonly ImportFile[],
  track: EndorsementTrack = 'standard',
): Promise<void> {
  const { rejected } = await importEndorsements(files, {
    schemes: SCHEMES,
    store,
    realm: 'simulated',
    anchors: await simulatedAnchors(),
    track,
    source: 'test',
    now: SIMULATED_AT,
  });
  if (rejected.length > 0) throw new Error(`rejected: ${JSON.stringify(rejected)}`);
}

export async function bundleOf(
  store: Pick<EndorsementStore, 'list' | 'contents'>,
  signer: BundleSigner,
  choice: Partial<ExportChoice> = {},
  maxBytes: number = 8 * 1024 * 1024,
): Promise<Uint8Array> {
  return exportBundle(
    {
      schemes: SCHEMES,
      store,
      realm: 'simulated',
      anchors: await simulatedAnchors(),
      issuer: 'https://attest.example/simulated',
      signer,
      now: SIMULATED_AT,
      maxBytes,
    },
    { generations: false, kinds: null, ...choice },
  );
}

export async function manifestOf(archive: Uint8Array): Promise<BundleManifest> {
  const [first] = await readArchive(archive);
  return readManifest(first?.bytes ?? new Uint8Array(0));
}

/** The same bundle with other files; `manifest`: what its manifest becomes, signed again where there is a signer. */
export async function remade(
  archive: Uint8Array,
  change: {
    readonly files?: (files: readonly ImportFile[]) => readonly ImportFile[];
    readonly manifest?: (manifest: BundleManifest) => BundleManifest;
    readonly signer?: BundleSigner;
  },
): Promise<Uint8Array> {
  const [first, second, ...rest] = await readArchive(archive);
  if (first === undefined || second === undefined) throw new TypeError('a bundle has a manifest');
  const manifest =
    change.manifest === undefined ? first.bytes : writeManifest(change.manifest(readManifest(first.bytes)));
  const signature =
    change.signer === undefined
      ? second
      : { path: SIGNATURE_FILE, bytes: new Uint8Array(Buffer.from(await change.signer.sign(manifest))) };
  const all = [{ path: first.path, bytes: manifest }, signature, ...rest];
  return packArchive(change.files?.(all) ?? all);
}
