import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { EXIT } from '../../src/agent/ending.js';
import { openTokenFile } from '../../src/agent/token-file.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-token-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

test('mode 0600 whatever was there before; whoever has the one before open reads that to its end', async () => {
  const path = join(home, 'token');
  await writeFile(path, 'the one before', { mode: 0o644 });
  const reader = await open(path);
  await openTokenFile(path, null).write('a.b.c');
  expect(await reader.readFile('utf8')).toBe('the one before');
  await reader.close();
  expect(await readFile(path, 'utf8')).toBe('a.b.c\n');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(home)).toEqual(['token']);
});

test('a link where the draft goes leads nowhere', async () => {
  const path = join(home, 'token');
  const elsewhere = join(home, 'elsewhere');
  await writeFile(elsewhere, 'precious');
  await symlink(elsewhere, `${path}.${process.pid}`);
  await openTokenFile(path, null).write('a.b.c');
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
  await openTokenFile(path, owner).write('a.b.c');
  expect(await stat(path)).toMatchObject(owner);
});

test('removed, also when it never was', async () => {
  const file = openTokenFile(join(home, 'token'), null);
  await file.remove();
  await file.write('a.b.c');
  await file.remove();
  expect(await readdir(home)).toEqual([]);
});

test('one that is taken away while the next is written leaves the next', async () => {
  const path = join(home, 'token');
  const file = openTokenFile(path, null);
  await file.write('a.b.c');
  const written = file.write('d.e.f');
  await Promise.all([file.remove(), written]);
  expect(await readFile(path, 'utf8')).toContain('d.e.f');
});

test('a place that cannot be written is told of in words, and nothing is left there', async () => {
  const path = join(home, 'token');
  await writeFile(join(home, 'blocked'), '');
  await expect(openTokenFile(join(home, 'blocked', 'token'), null).write('a.b.c')).rejects.toMatchObject({
    exitCode: EXIT.usage,
    message: expect.stringContaining('cannot be written'),
  });
  await mkdir(path);
  await writeFile(join(path, 'full'), '');
  await expect(openTokenFile(path, null).write('a.b.c')).rejects.toMatchObject({ exitCode: EXIT.usage });
  expect((await readdir(home)).sort()).toEqual(['blocked', 'token']);
});
