import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadAddon } from '../../src/platform/native-addon.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-addon-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** As the build leaves it: the file, and its SHA-256 beside it. */
async function install(name: string, octets: Uint8Array): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, octets);
  await writeFile(`${file}.sha256`, `${createHash('sha256').update(octets).digest('hex')}\n`);
  return file;
}

/** The beginning of a 64-bit ELF library, for a processor by its number (ELF gABI, e_machine). */
function libraryFor(machine: number): Buffer {
  const header = Buffer.alloc(4096);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeUInt16LE(64, 52);
  return header;
}

const why = (file: string): string => {
  const found = loadAddon(file);
  if (found.kind !== 'unloadable') throw new Error(`it is ${found.kind}`);
  return found.why;
};

describe('absent is what is not there', () => {
  test.each(['none.node', 'no-folder/none.node'])('%s', (name) => {
    expect(loadAddon(join(folder, name))).toEqual({ kind: 'absent' });
  });
});

describe('what is there and cannot be used is said', () => {
  test('a file that is no library', async () => {
    expect(why(await install('text.node', Buffer.from('no library')))).toMatch(/text\.node/);
  });

  // IBM’s S/390, on which no test runs.
  test('a library for another processor', async () => {
    expect(why(await install('foreign.node', libraryFor(22)))).toMatch(/foreign\.node/);
  });

  test('a file that was cut short, before anything of it is mapped', async () => {
    const file = await install('short.node', libraryFor(62));
    await truncate(file, 1024);
    expect(why(file)).toMatch(/short\.node is not what was built: copy it whole/);
  });

  test('a file without its digest', async () => {
    const file = await install('bare.node', libraryFor(62));
    await rename(`${file}.sha256`, join(folder, 'elsewhere'));
    expect(why(file)).toMatch(/ENOENT.*bare\.node\.sha256/);
  });

  test('a link that leads nowhere', async () => {
    const file = join(folder, 'link.node');
    await symlink(join(folder, 'nowhere.node'), file);
    expect(why(file)).toMatch(/ENOENT.*link\.node/);
  });

  test('a folder', async () => {
    const file = join(folder, 'folder.node');
    await mkdir(file);
    expect(why(file)).toMatch(/EISDIR/);
  });

  test('a path through a file', async () => {
    const file = await install('file.node', Buffer.from('no folder'));
    expect(why(join(file, 'assay-native.node'))).toMatch(/ENOTDIR/);
  });

  test.each([
    ['a file that this user may not read', 'closed.node', 0o000, 0o755],
    ['a folder that this user may not enter', 'shut.node', 0o644, 0o000],
  ])('%s', async (_what, name, fileMode, folderMode) => {
    const file = await install(name, libraryFor(62));
    await chmod(file, fileMode);
    await chmod(folder, folderMode);
    try {
      expect(asNobody(() => why(file))).toMatch(/EACCES/);
    } finally {
      await chmod(folder, 0o755);
    }
  });
});

/** Root may read everything: its tests are somebody else’s for as long as it takes. */
function asNobody<Result>(work: () => Result): Result {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}
