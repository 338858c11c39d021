import { once } from 'node:events';
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EXIT, TryAgain } from '../../src/agent/ending.js';
import { openTokenFile, whyUnwritten } from '../../src/agent/token-file.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-token-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

test('mode 0600 whatever was there before; whoever has the one before open reads that to its end', async () => {
  const path = join(home, 'token');
  await writeFile(path, 'the one before', { mode: 0o644 });
  const reader = await open(path);
  await (await openTokenFile(path, null)).write('a.b.c');
  expect(await reader.readFile('utf8')).toBe('the one before');
  await reader.close();
  expect(await readFile(path, 'utf8')).toBe('a.b.c');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(home)).toEqual(['token']);
});

test('a link where the draft goes leads nowhere', async () => {
  const path = join(home, 'token');
  const elsewhere = join(home, 'elsewhere');
  await writeFile(elsewhere, 'precious');
  await symlink(elsewhere, `${path}.${process.pid}`);
  await (await openTokenFile(path, null)).write('a.b.c');
  expect(await readFile(elsewhere, 'utf8')).toBe('precious');
  expect((await stat(path)).isFile()).toBe(true);
});

test('whose it is', async () => {
  // Only the superuser can give it to somebody else.
  const root = process.geteuid?.() === 0;
  const owner = root
    ? { uid: 12_345, gid: 12_346 }
    : { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const path = join(home, 'token');
  await (await openTokenFile(path, owner)).write('a.b.c');
  expect(await stat(path)).toMatchObject(owner);
});

test('removed, also when it never was', async () => {
  const file = await openTokenFile(join(home, 'token'), null);
  await file.remove();
  await file.write('a.b.c');
  await file.remove();
  expect(await readdir(home)).toEqual([]);
});

test('one that is taken away while the next is written leaves the next', async () => {
  const path = join(home, 'token');
  const file = await openTokenFile(path, null);
  await file.write('a.b.c');
  const written = file.write('d.e.f');
  await Promise.all([file.remove(), written]);
  expect(await readFile(path, 'utf8')).toBe('d.e.f');
});

test('what somebody else put in its place stays', async () => {
  const path = join(home, 'token');
  const file = await openTokenFile(path, null);
  await writeFile(path, 'precious');
  await file.remove();
  expect(await readFile(path, 'utf8')).toBe('precious');
  await file.write('a.b.c');
  await writeFile(join(home, 'other'), 'precious');
  await rename(join(home, 'other'), path);
  await file.remove();
  expect(await readFile(path, 'utf8')).toBe('precious');
});

describe('what an agent before left', () => {
  const end = new Date('2026-11-20T12:00:00Z');
  const adopted = async (): Promise<Date | null> => {
    const file = await openTokenFile(join(home, 'token'), null);
    const adoption = await file.adopt((text) => (text === 'a.b.c' ? end : null));
    await file.remove();
    return adoption;
  };
  const left = async () => (await readdir(home)).includes('token');

  test('is taken over when it is known', async () => {
    await writeFile(join(home, 'token'), 'a.b.c', { mode: 0o600 });
    expect(await adopted()).toEqual(end);
    expect(await left()).toBe(false);
  });

  test.each<[string, (path: string) => Promise<unknown>]>([
    ['another text', (path) => writeFile(path, 'd.e.f', { mode: 0o600 })],
    ['a file that others may read', (path) => writeFile(path, 'a.b.c', { mode: 0o644 })],
    [
      'a link',
      async (path) => {
        await writeFile(join(home, 'elsewhere'), 'a.b.c', { mode: 0o600 });
        await symlink(join(home, 'elsewhere'), path);
      },
    ],
  ])('stays when it is %s', async (_name, make) => {
    await make(join(home, 'token'));
    expect(await adopted()).toBeNull();
    expect(await left()).toBe(true);
  });

  test('may be nothing', async () => {
    expect(await adopted()).toBeNull();
  });
});

describe('a place where no token can be put', () => {
  const opening = (name: string) => openTokenFile(join(home, name), null);

  test('is a mistake that shows at the start', async () => {
    await writeFile(join(home, 'blocked'), '');
    await mkdir(join(home, 'folder'));
    const server = createServer().listen(join(home, 'socket'));
    await once(server, 'listening');
    try {
      for (const [name, words] of [
        ['blocked/token', 'blocked is no folder'],
        ['absent/token', 'there is no such file'],
        ['folder', 'is no file'],
        ['socket', 'is no file'],
      ] as const) {
        await expect(opening(name)).rejects.toMatchObject({
          exitCode: EXIT.usage,
          message: expect.stringContaining(words),
        });
      }
    } finally {
      server.close();
      await once(server, 'close');
    }
  });

  test('is told of in words when it becomes one, and nothing is left there', async () => {
    const file = await opening('token');
    await mkdir(join(home, 'token'));
    await writeFile(join(home, 'token', 'full'), '');
    await expect(file.write('a.b.c')).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringContaining('cannot be written'),
    });
    expect(await readdir(home)).toEqual(['token']);
  });
});

test.each(['ENOSPC', 'EDQUOT'])('a disk that says %s may have room soon', (code) => {
  const failure = whyUnwritten('/run/assay/token', Object.assign(new Error('full'), { code }));
  expect(failure).toBeInstanceOf(TryAgain);
  expect(failure.message).toBe(`the token cannot be written to /run/assay/token: ${code}`);
});
