/**
 * Vendor documents from outside into the store: a set of files, each read and verified by the scheme that
 * knows its name, each document kept atomically. One bad file does not keep the good ones out.
 */
import type { Realm, TrustAnchors } from '../rats/endorsement.js';
import { type RefusalCode, RefusalError } from '../rats/refusal.js';
import type { Scheme } from '../tee/scheme.js';
import type { EndorsementStore, KeptState } from '../verifier/ports.js';

/** `path` as in the archive or below the directory; only its last part says what the file is. */
export interface ImportFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Member names are wire names. */
export interface ImportReport {
  readonly imported: readonly { readonly kind: string; readonly sha256: string; readonly state: KeptState }[];
  readonly rejected: readonly { readonly file: string; readonly code: RefusalCode }[];
}

export interface ImportTarget {
  readonly schemes: readonly Pick<Scheme, 'endorsementFiles' | 'readEndorsement'>[];
  readonly store: Pick<EndorsementStore, 'keep'>;
  readonly realm: Realm;
  readonly anchors: TrustAnchors;
  /** Where the files came from, for the store's record. */
  readonly source: string;
  readonly now: Date;
}

/** Files of other names are ignored. A file that proves not to be the vendor's is rejected with its code. */
export async function importEndorsements(
  files: readonly ImportFile[],
  target: ImportTarget,
): Promise<ImportReport> {
  const imported: ImportReport['imported'][number][] = [];
  const rejected: ImportReport['rejected'][number][] = [];
  for (const file of files) {
    const name = file.path.slice(file.path.lastIndexOf('/') + 1);
    for (const scheme of target.schemes) {
      if (!scheme.endorsementFiles.includes(name)) continue;
      try {
        imported.push(...(await importFile(name, file.bytes, scheme, target)));
      } catch (error) {
        if (!(error instanceof RefusalError) || error.refusal.code === 'database_unavailable') throw error;
        rejected.push({ file: file.path, code: error.refusal.code });
      }
    }
  }
  return { imported, rejected };
}

async function importFile(
  name: string,
  bytes: Uint8Array,
  scheme: ImportTarget['schemes'][number],
  { store, realm, anchors, source, now }: ImportTarget,
): Promise<ImportReport['imported'][number][]> {
  const kept: ImportReport['imported'][number][] = [];
  for (const document of await scheme.readEndorsement(name, bytes, anchors)) {
    const state = await store.keep(realm, document, source, now);
    kept.push({ kind: document.kind, sha256: document.sha256, state });
  }
  return kept;
}
