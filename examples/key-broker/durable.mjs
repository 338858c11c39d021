/** What is on the disk when a function ends: a crash loses contents whose name is not there too. */
import { randomUUID } from 'node:crypto';
import { link, open, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Whole or not at all, for its owner alone, and never over another file: throws Error (EEXIST). */
export async function writeOnce(path, bytes) {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, bytes, { flag: 'wx', mode: 0o600, flush: true });
    await link(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
}

export async function syncFolder(path) {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
