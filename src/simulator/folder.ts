/**
 * Files that several processes may make at the same time: a folder or a file appears by renaming a finished one,
 * the first rename of a folder wins, and everything is its owner’s alone (0700, 0600).
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Contents by file name. */
export type FolderContent = Readonly<Record<string, Uint8Array | string>>;

/** Makes `dir/name` with this content; one that is there already stays as it is. */
export async function placeFolder(dir: string, name: string, content: FolderContent): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const draft = join(dir, `.${name}-${randomUUID()}`);
  await mkdir(draft, { mode: 0o700 });
  for (const [file, bytes] of Object.entries(content)) {
    await writeFile(join(draft, file), bytes, { mode: 0o600 });
  }
  try {
    await rename(draft, join(dir, name));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process was first: its folder counts.
    if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'EEXIST')) throw error;
  }
}

export async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, bytes, { mode: 0o600 });
  await rename(draft, file);
}

/** Names in a directory; none where there is no such directory. */
export async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
