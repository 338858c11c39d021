import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AgentFailed, EXIT } from '../../src/agent/ending.js';
import { makeKey, openKeyFile } from '../../src/agent/private-key.js';
import { jwkThumbprint, requirePublicJwk } from '../../src/rats/binding.js';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-key-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const pemOf = (namedCurve: string): string =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

async function place(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(home, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

test('made with mode 0600 where there is none, and the same from then on', async () => {
  const path = join(home, 'made.pem');
  const made = await openKeyFile(path, 'sig');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await openKeyFile(path, 'sig')).thumbprint).toBe(made.thumbprint);
  expect(made.thumbprint).toBe(jwkThumbprint(requirePublicJwk({ ...made.publicJwk }, 'sig')));
  expect(createPrivateKey(await readFile(path)).equals(made.key)).toBe(true);
  expect(Object.keys(made.publicJwk).sort()).toEqual(['crv', 'kty', 'x', 'y']);
});

test('agents that start together agree on one key', async () => {
  const path = join(home, 'shared.pem');
  const opened = await Promise.all(Array.from({ length: 8 }, () => openKeyFile(path, 'sig')));
  expect(new Set(opened.map(({ thumbprint }) => thumbprint)).size).toBe(1);
  expect((await readdir(home)).filter((name) => name.startsWith('shared.pem.'))).toEqual([]);
});

test('in memory: another each time', async () => {
  expect((await makeKey('sig')).thumbprint).not.toBe((await makeKey('sig')).thumbprint);
});

test.each<[string, () => Promise<string>, string]>([
  ['readable by its group', () => place('group.pem', pemOf('P-256'), 0o640), 'can be read by others'],
  ['readable by anybody', () => place('anybody.pem', pemOf('P-256'), 0o604), 'can be read by others'],
  ['writable by its group', () => place('writable.pem', pemOf('P-256'), 0o620), 'can be read by others'],
  ['of another curve', () => place('p384.pem', pemOf('P-384')), 'another key than one on P-256'],
  ['no key', () => place('none.pem', 'hello'), 'does not hold a private key'],
  ['empty', () => place('empty.pem', ''), 'does not hold a private key'],
  [
    'a public key',
    () =>
      place(
        'public.pem',
        generateKeyPairSync('ec', { namedCurve: 'P-256' })
          .publicKey.export({ type: 'spki', format: 'pem' })
          .toString(),
      ),
    'does not hold a private key',
  ],
  [
    'a link',
    async () => {
      const path = join(home, 'link.pem');
      await symlink(await place('target.pem', pemOf('P-256')), path);
      return path;
    },
    'is a link',
  ],
  [
    'a folder',
    async () => {
      const path = join(home, 'folder.pem');
      await mkdir(path, { mode: 0o700 });
      return path;
    },
    'is not a regular file',
  ],
  ['in a folder that is absent', async () => join(home, 'absent', 'key.pem'), 'cannot be made'],
])('a key file that is %s is refused, in words and untouched', async (_name, make, words) => {
  const path = await make();
  const before = await stat(path).catch(() => null);
  const error = await openKeyFile(path, 'sig').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AgentFailed);
  expect(error).toMatchObject({ exitCode: EXIT.usage, message: expect.stringContaining(words) });
  const after = await stat(path).catch(() => null);
  expect(after?.mtimeMs).toBe(before?.mtimeMs);
});

test('a key file of another user is refused', async () => {
  // Only the superuser can give a file away; any other user finds one that is not theirs.
  const asRoot = process.geteuid?.() === 0;
  const path = asRoot ? await place('foreign.pem', pemOf('P-256')) : '/etc/shadow';
  if (asRoot) await chown(path, 12_345, 12_345);
  const error = await openKeyFile(path, 'sig').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AgentFailed);
  expect(error).toMatchObject({
    message: expect.stringContaining(asRoot ? 'belongs to another user' : 'permission denied'),
  });
});
