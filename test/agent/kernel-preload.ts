/**
 * Loaded before an agent that runs as a process of its own: making and removing a folder beneath TSM_FOLDER goes by way
 * of the commands that come first on the PATH, which bring the files as the kernel does (test/examples/tsm-folder.ts).
 */
import { execFile } from 'node:child_process';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = `${process.env.TSM_FOLDER ?? ''}/`;
const { mkdir, rmdir, writeFile } = promises;

Object.assign(promises, {
  mkdir: async (
    path: string,
    ...rest: Parameters<typeof mkdir> extends [unknown, ...infer R] ? R : never
  ) => {
    if (!path.startsWith(root)) return mkdir(path, ...rest);
    await run('mkdir', [path]);
    await writeFile(join(path, 'inblob'), '');
    return undefined;
  },
  rmdir: async (path: string) => {
    if (!path.startsWith(root)) return rmdir(path);
    await run('rmdir', [path]);
    return undefined;
  },
});
syncBuiltinESMExports();
