/**
 * Linux's configfs-tsm as far as a script sees it (Documentation/ABI/testing/configfs-tsm-report): making a folder
 * brings its files, a write counts, and reading the evidence waits for it. The two commands that the kernel answers
 * with files, mkdir and rmdir, are shadowed on the PATH; the blobs are named pipes, so that reading waits.
 */
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface Blobs {
  readonly outblob: Uint8Array;
  readonly auxblob: Uint8Array;
}

export interface TsmOptions {
  readonly provider: string;
  /** What the processor signs for 64 bytes of report data. */
  readonly sign: (reportData: Uint8Array) => Promise<Blobs>;
  /** Writes by somebody else between the script's own. */
  readonly otherWrites?: number;
}

export interface TsmFolder {
  readonly path: string;
  /** With the shadowed commands. */
  readonly env: Readonly<Record<string, string>>;
  /** Report data of each request so far, hex. */
  readonly requests: readonly string[];
  /** Folders that are still there. */
  leftBehind(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const MKDIR = `#!/bin/sh
PATH=\${PATH#*:}
mkdir "$@" || exit 1
case $1 in "$TSM_FOLDER"/*)
  cd "$1" || exit 1
  mkfifo outblob auxblob || exit 1
  printf '%s\\n' "$TSM_PROVIDER" >provider
  echo 0 >generation
  [ "$TSM_PROVIDER" != sev_guest ] || { : >privlevel; echo 1 >privlevel_floor; } ;;
esac
`;

const RMDIR = `#!/bin/sh
PATH=\${PATH#*:}
case $1 in "$TSM_FOLDER"/*) exec rm -r "$1" ;; esac
exec rmdir "$@"
`;

export async function openTsmFolder({ provider, sign, otherWrites = 0 }: TsmOptions): Promise<TsmFolder> {
  const home = await mkdtemp(join(tmpdir(), 'assay-tsm-'));
  const path = join(home, 'report');
  const commands = join(home, 'bin');
  await Promise.all([mkdir(path), mkdir(commands)]);
  for (const [name, text] of Object.entries({ mkdir: MKDIR, rmdir: RMDIR })) {
    await writeFile(join(commands, name), text);
    await chmod(join(commands, name), 0o755);
  }
  const requests: string[] = [];
  let closed = false;

  /** A request whose report data is whole is answered once. */
  async function answer(folder: string): Promise<void> {
    const inblob = join(folder, 'inblob');
    const reportData = await readFile(inblob).catch(() => Buffer.alloc(0));
    if (reportData.length !== 64) return;
    await rm(inblob);
    requests.push(reportData.toString('hex'));
    const level = join(folder, 'privlevel');
    const writes = 1 + (existsSync(level) && readFileSync(level, 'utf8') !== '' ? 1 : 0);
    await writeFile(join(folder, 'generation'), `${writes + otherWrites}\n`);
    const { outblob, auxblob } = await sign(reportData);
    for (const [name, bytes] of Object.entries({ outblob, auxblob })) {
      // The script does not read what another TEE's kernel does not offer.
      if (name === 'auxblob' && provider !== 'sev_guest') continue;
      await writeFile(join(folder, name), bytes);
    }
  }

  async function watch(): Promise<void> {
    while (!closed) {
      for (const name of await readdir(path)) await answer(join(path, name));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  const watching = watch();
  return {
    path,
    env: {
      PATH: [commands, process.env.PATH].join(delimiter),
      TSM_FOLDER: path,
      TSM_PROVIDER: provider,
    },
    requests,
    leftBehind: () => readdir(path),
    async close() {
      closed = true;
      await watching;
      await rm(home, { recursive: true, force: true });
    },
  };
}
