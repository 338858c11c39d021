/** Archives of vendor documents: uncompressed tar, in memory alone. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, type Header, pack } from 'tar-stream';
import { RefusalError } from '../rats/refusal.js';
import { refuseRequest, refuseSize } from '../rats/shared-refusals.js';
import type { ImportFile } from './import.js';
import { tarObjection } from './tar-form.js';

/** Bounds of an archive; the caller bounds its whole size. */
const MAX_ENTRIES = 512;
/** Of an archive that begins with a manifest, which names each file. */
const MAX_LISTED_ENTRIES = 8192;
export const MANIFEST_FILE = 'manifest.json';
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
  let most = MAX_ENTRIES;
  const unpack = extract();
  Readable.from([Buffer.from(archive)]).pipe(unpack);
  try {
    for await (const entry of unpack) {
      entries += 1;
      if (entries === 1 && entry.header.name === MANIFEST_FILE) most = MAX_LISTED_ENTRIES;
      if (entries > most) tooLarge(`more than ${most} entries`);
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

/** An uncompressed tar of the files, in their order. */
export async function packArchive(files: readonly ImportFile[]): Promise<Uint8Array> {
  const archive = pack();
  for (const { path, bytes } of files) archive.entry({ name: path, mtime: EPOCH }, Buffer.from(bytes));
  archive.finalize();
  return new Uint8Array(await buffer(archive));
}

/** One archive for one set of files, whenever it is made. */
const EPOCH = new Date('1970-01-01T00:00:00Z');
