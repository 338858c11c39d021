/** The guest’s own keys: P-256, in memory or in a file that only its owner may read. */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { reasonOf, systemCodeOf } from '../platform/file-access.js';
import { jwkThumbprint, type KeyUse, type PublicJwk, requirePublicJwk } from '../rats/binding.js';
import { failUsage } from './ending.js';

export interface PrivateKey {
  readonly key: KeyObject;
  readonly publicJwk: PublicJwk;
  /** RFC 7638. */
  readonly thumbprint: string;
}

/** A new one, which ends with the process. */
export async function makeKey(use: KeyUse): Promise<PrivateKey> {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  return describe(privateKey, use);
}

/** The key in the file (PKCS #8, PEM); one is made when there is no file. Throws AgentFailed (usage). */
export async function openKeyFile(path: string, use: KeyUse): Promise<PrivateKey> {
  const text = (await readPrivate(path)) ?? (await makeFile(path, use));
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch {
    return failUsage(`${path} does not hold a private key in PEM without a passphrase`);
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    failUsage(`${path} holds another key than one on P-256`);
  }
  return describe(key, use);
}

function describe(key: KeyObject, use: KeyUse): PrivateKey {
  const { kty = '', crv = '', x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' });
  const publicJwk = requirePublicJwk({ kty, crv, x, y }, use);
  return { key, publicJwk, thumbprint: jwkThumbprint(publicJwk) };
}

/** The content; null when there is no file. What others may read is no secret, and is refused rather than mended. */
async function readPrivate(path: string): Promise<string | null> {
  try {
    // No link is followed: what is looked at is what is read.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { mode, uid } = await file.stat();
      if ((mode & constants.S_IFMT) !== constants.S_IFREG) failUsage(`${path} is not a regular file`);
      if ((mode & 0o077) !== 0)
        failUsage(`${path} can be read by others: replace the key, and keep it at mode 0600`);
      if (uid !== process.geteuid?.()) failUsage(`${path} belongs to another user than the agent’s`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP') return failUsage(`${path} is a link; name the file itself`);
    if (code === null) throw error;
    return failUsage(`${path} cannot be read: ${reasonOf(error)}`);
  }
}

/** Whole or not at all, and never over an existing file: two agents that start together agree on one key. */
async function makeFile(path: string, use: KeyUse): Promise<string> {
  const { key } = await makeKey(use);
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
    await link(draft, path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') failUsage(`${path} cannot be made: ${reasonOf(error)}`);
  } finally {
    await rm(draft, { force: true });
  }
  return (await readPrivate(path)) ?? failUsage(`${path} is gone as soon as it is made`);
}
