/** Vendor documents on disk as an archive for the service: a directory of the layout, or an archive already. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { packArchive } from '../../endorsements/archive.js';
import { reasonOf } from '../../platform/file-access.js';
import { SCHEMES } from '../../tee/registry.js';
import { UsageMistake } from '../exit.js';
import { readBytes } from '../files.js';

/** A file is an archive already; the service reads it. */
export async function archiveAt(path: string): Promise<Uint8Array> {
  if (await isFile(path)) return readBytes(path);
  const files = await documentsBelow(path);
  if (files.length === 0) throw new UsageMistake(`${path} holds no vendor document: ${layout().join(', ')}.`);
  const entries = files.map(async (file) => ({
    path: relative(path, file).split(sep).join('/'),
    bytes: new Uint8Array(await readFile(file)),
  }));
  return packArchive(await Promise.all(entries));
}

function layout(): string[] {
  return [...new Set(SCHEMES.flatMap((scheme) => [...scheme.endorsementFiles]))];
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    throw new UsageMistake(`${path} cannot be read: ${reasonOf(error)}.`);
  }
}

async function documentsBelow(dir: string): Promise<string[]> {
  const names = layout();
  try {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && names.includes(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    throw new UsageMistake(`${dir} cannot be read: ${reasonOf(error)}.`);
  }
}
