/** Whether a file can be read, and why not, in words for whoever named it. */
import { accessSync, constants, statSync } from 'node:fs';

/**
 * Null when the file can be read. It is only asked about and never opened: what a pipe holds can be read once.
 */
export function whyUnreadable(path: string): string | null {
  try {
    if (statSync(path).isDirectory()) return 'it is a directory';
    accessSync(path, constants.R_OK);
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** True when it can be read more than once: what came through a pipe is gone. */
export function isRegularFile(path: string): boolean {
  return statSync(path).isFile();
}

/** `ENOENT` and the like; null for errors without one. */
export function systemCodeOf(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}

/** Why a file could not be read, in words. */
export function reasonOf(error: unknown): string {
  const code = systemCodeOf(error);
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory';
  if (code === 'EACCES') return 'permission denied';
  return code ?? String(error);
}
