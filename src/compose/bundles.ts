/** Bundles of vendor documents: who signs ours, whose are trusted, and the way of an archive into the store. */
import { readFile } from 'node:fs/promises';
import { readArchive } from '../endorsements/archive.js';
import { exportBundle } from '../endorsements/bundle/export.js';
import { importBundle, isBundle } from '../endorsements/bundle/import.js';
import { importEndorsements } from '../endorsements/import.js';
import type { Archives } from '../http/parts.js';
import { reasonOf } from '../platform/file-access.js';
import { SecretUnusable } from '../platform/secret-file.js';
import type { Realm, TrustAnchors } from '../rats/endorsement.js';
import { SCHEMES } from '../tee/registry.js';
import { readBundleKeys, UnusableBundleKeys } from '../token/bundle-signature.js';
import type { BundleKeys, BundleSigner } from '../verifier/key-ports.js';
import type { Clock, Stores } from '../verifier/ports.js';

/** Null: no file was named. Throws SecretUnusable, in words for the operator. */
export async function openBundleKeys(path: string | null): Promise<BundleKeys | null> {
  if (path === null) return null;
  try {
    return await readBundleKeys(await readFile(path));
  } catch (error) {
    const why = error instanceof UnusableBundleKeys ? error.message : `cannot be read: ${reasonOf(error)}`;
    throw new SecretUnusable(`ASSAY_BUNDLE_KEYS names ${path}, which ${why}.`);
  }
}

export interface BundleParts {
  readonly stores: Pick<Stores, 'endorsements'>;
  readonly clock: Clock;
  readonly anchorsFor: (realm: Realm) => TrustAnchors;
  readonly trusted: BundleKeys | null;
  readonly signerFor: (tenant: string) => Promise<BundleSigner>;
}

export function createArchives({ stores, clock, anchorsFor, trusted, signerFor }: BundleParts): Archives {
  return {
    async take({ realm }, archive, track) {
      const files = await readArchive(archive);
      const bundled = isBundle(files);
      const target = {
        schemes: SCHEMES,
        store: stores.endorsements,
        realm,
        anchors: anchorsFor(realm),
        track,
        source: bundled ? 'bundle' : 'import',
        now: clock.now(),
      };
      return bundled ? importBundle(files, { ...target, trusted }) : importEndorsements(files, target);
    },
    make: async ({ name, issuer, realm }, choice, maxBytes) =>
      exportBundle(
        {
          schemes: SCHEMES,
          store: stores.endorsements,
          realm,
          anchors: anchorsFor(realm),
          issuer,
          signer: await signerFor(name),
          now: clock.now(),
          maxBytes,
        },
        choice,
      ),
  };
}
