/**
 * A directory with the data keys, each wrapped under one key encryption key (KEK) and beside its policy:
 *
 *     kek                32 bytes, mode 0600. Whoever has it and the directory has every key
 *     NAME.key.jwe       the data key, a JWE (RFC 7516) by A256KW whose header names the key: wrapped keys cannot be swapped
 *     NAME.policy.json   to whom it goes; policy.mjs
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CompactEncrypt, calculateJwkThumbprint, compactDecrypt } from 'jose';
import { syncFolder, writeOnce } from './durable.mjs';
import { parsePolicy } from './policy.mjs';

export const KEY_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/u;
const WRAPPING = { alg: 'A256KW', enc: 'A256GCM' };

/** Makes the directory and its KEK. */
export async function createStore(folder) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeOnce(join(folder, 'kek'), randomBytes(32));
  await syncFolder(dirname(folder));
}

/**
 * Makes a data key. `policy`: bytes of its document. Both files are on the disk when it ends. The key comes last: what breaks
 * off before leaves a policy without a key, under which nothing can have been sealed.
 */
export async function addKey(folder, name, policy) {
  if (typeof name !== 'string' || !KEY_NAME.test(name))
    throw new Error('a key has a name of a-z, 0-9 and -, at most 64 characters');
  parsePolicy(policy);
  if ((await readdir(folder)).includes(`${name}.key.jwe`)) throw new Error(`there is a key ${name} already`);
  const k = randomBytes(32).toString('base64url');
  const jwk = { kty: 'oct', k, kid: await calculateJwkThumbprint({ kty: 'oct', k }) };
  const wrapped = await new CompactEncrypt(Buffer.from(JSON.stringify(jwk)))
    .setProtectedHeader({ ...WRAPPING, kid: name, cty: 'jwk+json' })
    .encrypt(await readKek(folder));
  // Never written over: what is sealed under an older one would be lost.
  await writeOnce(join(folder, `${name}.policy.json`), policy);
  await writeOnce(join(folder, `${name}.key.jwe`), wrapped);
  return jwk.kid;
}

/**
 * Name → `{ policy, jwk }`, all of them or an Error that says which file is wrong. A policy without a key is left out, since a
 * crash can leave one, and `unfinished` is told its name; a key without a policy is a mistake.
 */
export async function loadKeys(folder, unfinished = () => {}) {
  const kek = await readKek(folder);
  const files = await readdir(folder);
  const namesWith = (end) =>
    files.filter((file) => file.endsWith(end)).map((file) => file.slice(0, -end.length));
  const names = namesWith('.key.jwe');
  for (const name of namesWith('.policy.json')) if (!names.includes(name)) unfinished(name);
  const entries = names.map(async (name) => {
    try {
      const policy = parsePolicy(await readFile(join(folder, `${name}.policy.json`)));
      return [
        name,
        { policy, jwk: await unwrap(await readFile(join(folder, `${name}.key.jwe`)), name, kek) },
      ];
    } catch (error) {
      throw new Error(`key ${name}: ${error.message}`, { cause: error });
    }
  });
  return new Map(await Promise.all(entries));
}

async function unwrap(wrapped, name, kek) {
  const { plaintext, protectedHeader } = await compactDecrypt(wrapped, kek, {
    keyManagementAlgorithms: [WRAPPING.alg],
    contentEncryptionAlgorithms: [WRAPPING.enc],
  });
  if (protectedHeader.kid !== name) throw new Error(`the wrapped key is that of ${protectedHeader.kid}`);
  return JSON.parse(Buffer.from(plaintext).toString('utf8'));
}

async function readKek(folder) {
  const path = join(folder, 'kek');
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) throw new Error(`others may read ${path}: chmod 600 it`);
  const kek = await readFile(path);
  if (kek.length !== 32) throw new Error(`${path} does not hold 32 bytes`);
  return kek;
}
