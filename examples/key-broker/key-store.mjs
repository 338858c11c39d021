/**
 * A directory with the data keys, each wrapped under one key encryption key (KEK) and beside its policy:
 *
 *     kek                32 bytes, mode 0600. Whoever has it and the directory has every key
 *     NAME.key.jwe       the data key, a JWE (RFC 7516) by A256KW whose header names the key: wrapped keys cannot be swapped
 *     NAME.policy.json   to whom it goes; policy.mjs
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CompactEncrypt, calculateJwkThumbprint, compactDecrypt } from 'jose';
import { parsePolicy } from './policy.mjs';

export const KEY_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/u;
const WRAPPING = { alg: 'A256KW', enc: 'A256GCM' };
/** Never written over: what is wrapped or sealed under an older one would be lost. */
const ONLY_ANEW = { flag: 'wx', mode: 0o600 };

/** Makes the directory and its KEK. */
export async function createStore(folder) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'kek'), randomBytes(32), ONLY_ANEW);
}

/** Makes a data key. `policy`: bytes of its document. */
export async function addKey(folder, name, policy) {
  if (!KEY_NAME.test(name)) throw new Error('a key has a name of a-z, 0-9 and -, at most 64 characters');
  parsePolicy(policy);
  const k = randomBytes(32).toString('base64url');
  const jwk = { kty: 'oct', k, kid: await calculateJwkThumbprint({ kty: 'oct', k }) };
  const wrapped = await new CompactEncrypt(Buffer.from(JSON.stringify(jwk)))
    .setProtectedHeader({ ...WRAPPING, kid: name, cty: 'jwk+json' })
    .encrypt(await readKek(folder));
  await writeFile(join(folder, `${name}.key.jwe`), wrapped, ONLY_ANEW);
  await writeFile(join(folder, `${name}.policy.json`), policy, ONLY_ANEW);
  return jwk.kid;
}

/** Name → `{ policy, jwk }`, all of them or an Error that says which file is wrong. */
export async function loadKeys(folder) {
  const kek = await readKek(folder);
  const files = await readdir(folder);
  const namesWith = (end) =>
    files.filter((file) => file.endsWith(end)).map((file) => file.slice(0, -end.length));
  const names = new Set([...namesWith('.key.jwe'), ...namesWith('.policy.json')]);
  const entries = [...names].map(async (name) => {
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
