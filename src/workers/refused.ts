/** Why several workers cannot start, in words for the operator. */
import type { Config } from '../config.js';
import { isRegularFile } from '../platform/file-access.js';

/** What a worker said of it, or what can be said before there is one. */
export class WorkerRefused extends Error {
  override readonly name = 'WorkerRefused';
}

/** Every worker reads the files for itself, and what comes through a pipe can be read once. */
export function requireFiles({ kek, kekPrevious, challengeSecret, tls }: Config): void {
  const secrets = [kek, kekPrevious, challengeSecret].flatMap((place) =>
    place?.kind === 'file' && !place.create ? [place.path] : [],
  );
  for (const path of [...secrets, ...(tls === null ? [] : [tls.certFile, tls.keyFile])]) {
    if (isRegularFile(path)) continue;
    throw new WorkerRefused(
      `${path} is no regular file: several workers cannot each read it. Put it into a file, or set ASSAY_WORKERS=1.`,
    );
  }
}
