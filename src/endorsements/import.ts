/**
 * Vendor documents from outside into the store: a set of files, each read and verified by the scheme that
 * knows its name, each document kept atomically. One bad file does not keep the good ones out.
 */
import { setImmediate as othersServed } from 'node:timers/promises';
import type { EndorsementDocument, EndorsementTrack, Realm, TrustAnchors } from '../rats/endorsement.js';
import { type RefusalCode, RefusalError } from '../rats/refusal.js';
import type { EndorsementContext, Scheme } from '../tee/scheme.js';
import type { EndorsementStore, KeptState } from '../verifier/endorsement-ports.js';

/** `path` as in the archive or below the directory; only its last part says what the file is. */
export interface ImportFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Where the archive says it of each file; otherwise the import's. */
  readonly track?: EndorsementTrack;
}

/** Member names are wire names. */
export interface ImportReport {
  readonly imported: readonly { readonly kind: string; readonly sha256: string; readonly state: KeptState }[];
  /** `why`: for people. */
  readonly rejected: readonly {
    readonly file: string;
    readonly code: RefusalCode;
    readonly why: string;
  }[];
}

export interface ImportTarget {
  readonly schemes: readonly Pick<Scheme, 'endorsementFiles' | 'readEndorsement'>[];
  readonly store: Pick<EndorsementStore, 'keep'>;
  readonly realm: Realm;
  readonly anchors: TrustAnchors;
  /** Of documents that a vendor publishes twice, which these are. */
  readonly track: EndorsementTrack;
  /** Where the files came from, for the store's record. */
  readonly source: string;
  readonly now: Date;
}

/**
 * Files of other names are ignored. A file that proves not to be the vendor's is rejected with its code. A file may
 * need another one of its own directory, the chain of its issuer for example.
 */
export async function importEndorsements(
  files: readonly ImportFile[],
  target: ImportTarget,
): Promise<ImportReport> {
  const byPath = filesByPath(files);
  const reports: ImportReport[] = [];
  for (const file of files) reports.push(await importFile(file, byPath, target));
  return {
    imported: reports.flatMap(({ imported }) => imported),
    rejected: reports.flatMap(({ rejected }) => rejected),
  };
}

/** Bytes by path. */
export type FilesByPath = ReadonlyMap<string, Uint8Array>;

export function filesByPath(files: readonly ImportFile[]): FilesByPath {
  return new Map(files.map(({ path, bytes }) => [path, bytes]));
}

/** One file among the others of its archive. */
export async function importFile(
  file: ImportFile,
  byPath: FilesByPath,
  target: ImportTarget,
): Promise<ImportReport> {
  const name = nameOf(file);
  const directory = file.path.slice(0, file.path.length - name.length);
  const context: EndorsementContext = {
    anchors: target.anchors,
    track: file.track ?? target.track,
    beside: (other) => byPath.get(`${directory}${other}`) ?? null,
  };
  const imported: ImportReport['imported'][number][] = [];
  const rejected: ImportReport['rejected'][number][] = [];
  for (const scheme of target.schemes) {
    if (!scheme.endorsementFiles.includes(name)) continue;
    // Reading is computing without a pause, and an archive has many files.
    await othersServed();
    try {
      imported.push(...(await keepAll(await scheme.readEndorsement(name, file.bytes, context), target)));
    } catch (error) {
      rejected.push(rejectionOf(file, error));
    }
  }
  return { imported, rejected };
}

/** The last part of the path: what the file is. */
export function nameOf({ path }: ImportFile): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What is wrong with a file; rethrows what is no fault of it. */
export function rejectionOf({ path }: ImportFile, error: unknown): ImportReport['rejected'][number] {
  if (!(error instanceof RefusalError) || error.refusal.code === 'database_unavailable') throw error;
  return { file: path, code: error.refusal.code, why: error.refusal.detail };
}

/** Each atomically. */
export async function keepAll(
  documents: readonly EndorsementDocument[],
  { store, realm, source, now }: Pick<ImportTarget, 'store' | 'realm' | 'source' | 'now'>,
): Promise<ImportReport['imported'][number][]> {
  const kept: ImportReport['imported'][number][] = [];
  for (const document of documents) {
    const state = await store.keep(realm, document, source, now);
    kept.push({ kind: document.kind, sha256: document.sha256, state });
  }
  return kept;
}
