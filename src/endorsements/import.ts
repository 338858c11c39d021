/**
 * Vendor documents from outside into the store: a set of files, each read and verified by the scheme that
 * knows its name, each document kept atomically. One bad file does not keep the good ones out.
 */
import { Readable } from 'node:stream';
import { setImmediate as othersServed } from 'node:timers/promises';
import { extract, type Header } from 'tar-stream';
import type { EndorsementDocument, EndorsementTrack, Realm, TrustAnchors } from '../rats/endorsement.js';
import { type RefusalCode, RefusalError } from '../rats/refusal.js';
import { refuseRequest, refuseSize } from '../rats/shared-refusals.js';
import type { EndorsementContext, Scheme } from '../tee/scheme.js';
import type { EndorsementStore, KeptState } from '../verifier/endorsement-ports.js';
import { tarObjection } from './tar-form.js';

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
  const imported: ImportReport['imported'][number][] = [];
  const rejected: ImportReport['rejected'][number][] = [];
  const byPath = new Map(files.map(({ path, bytes }) => [path, bytes]));
  for (const file of files) {
    const directory = file.path.slice(0, file.path.lastIndexOf('/') + 1);
    const name = file.path.slice(directory.length);
    const context: EndorsementContext = {
      anchors: target.anchors,
      track: target.track,
      beside: (other) => byPath.get(`${directory}${other}`) ?? null,
    };
    for (const scheme of target.schemes) {
      if (!scheme.endorsementFiles.includes(name)) continue;
      // Reading is computing without a pause, and an archive has many files.
      await othersServed();
      try {
        imported.push(...(await keepAll(await scheme.readEndorsement(name, file.bytes, context), target)));
      } catch (error) {
        if (!(error instanceof RefusalError) || error.refusal.code === 'database_unavailable') throw error;
        rejected.push({ file: file.path, code: error.refusal.code });
      }
    }
  }
  return { imported, rejected };
}

async function keepAll(
  documents: readonly EndorsementDocument[],
  { store, realm, source, now }: ImportTarget,
): Promise<ImportReport['imported'][number][]> {
  const kept: ImportReport['imported'][number][] = [];
  for (const document of documents) {
    const state = await store.keep(realm, document, source, now);
    kept.push({ kind: document.kind, sha256: document.sha256, state });
  }
  return kept;
}

/** Bounds of an archive; the caller bounds its whole size. */
const MAX_ENTRIES = 512;
const MAX_FILE_BYTES = 2 * 1024 * 1024;

/**
 * The files of an uncompressed tar. Nothing is written to disk; still a path that would leave its directory, a
 * link or a device says that this is no archive of vendor documents. Refuses with `request_invalid`, and with
 * `evidence_too_large` beyond the bounds.
 */
export async function readArchive(archive: Uint8Array): Promise<readonly ImportFile[]> {
  const objection = tarObjection(archive, MAX_FILE_BYTES);
  if (objection !== null) (objection.tooLarge ? tooLarge : refuseArchive)(objection.why);
  const files = new Map<string, ImportFile>();
  let entries = 0;
  const unpack = extract();
  Readable.from([Buffer.from(archive)]).pipe(unpack);
  try {
    for await (const entry of unpack) {
      entries += 1;
      if (entries > MAX_ENTRIES) tooLarge(`more than ${MAX_ENTRIES} entries`);
      const file = await readEntry(entry.header, entry);
      if (file === null) continue;
      if (files.has(file.path)) refuseArchive('names a file twice');
      files.set(file.path, file);
    }
  } catch (error) {
    if (error instanceof RefusalError) throw error;
    refuseArchive('is not a readable, uncompressed tar');
  } finally {
    unpack.destroy();
  }
  if (entries === 0) refuseArchive('is empty');
  return [...files.values()];
}

/** Null for a directory. */
async function readEntry(
  { name, type }: Header,
  content: AsyncIterable<unknown>,
): Promise<ImportFile | null> {
  if (type !== 'file' && type !== 'directory')
    refuseArchive('holds something other than files and directories');
  const path = name.replace(/^(\.\/)+/, '');
  const parts = path.split('/');
  if (
    path.length > 255 ||
    parts.includes('..') ||
    path.startsWith('/') ||
    !/^[\x20-\x5b\x5d-\x7e]*$/.test(path)
  ) {
    refuseArchive('holds a path that leaves it or is not plain ASCII');
  }
  const chunks: Buffer[] = [];
  for await (const chunk of content) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('an archive unpacks to bytes');
    chunks.push(Buffer.from(chunk));
  }
  return type === 'directory' ? null : { path, bytes: Uint8Array.from(Buffer.concat(chunks)) };
}

function refuseArchive(reason: string): never {
  refuseRequest(`The archive ${reason}.`);
}

function tooLarge(what: string): never {
  refuseSize('request', `The archive has ${what}.`);
}
