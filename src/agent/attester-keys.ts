/** The keys that evidence covers: the agent’s own, or the public half of one that somebody else holds. */
import { readFile } from 'node:fs/promises';
import { readKeyFile } from '../pki/key-file.js';
import { reasonOf, systemCodeOf } from '../platform/file-access.js';
import { jwkThumbprint } from '../rats/binding.js';
import { RefusalError } from '../rats/refusal.js';
import type { AgentOptions } from './arguments.js';
import { AgentFailed, failUsage, TryAgain } from './ending.js';
import type { AttesterKeys, BoundKey } from './held-token.js';
import { makeKey, openKeyFile, type PrivateKey } from './private-key.js';

export interface KeySource {
  /** The key that proofs are signed with; null: the agent holds none. */
  readonly own: PrivateKey | null;
  /** Of now: a TLS server gets a new key with each certificate. Throws TryAgain while the file cannot be used. */
  current(): Promise<AttesterKeys>;
}

/** Throws AgentFailed (usage). */
export async function openKeys(options: AgentOptions): Promise<KeySource> {
  const { withKey, keyFile, publicKeyFile: path, encKeyFile } = options;
  if (!withKey) return { own: null, current: async () => ({ sig: null, enc: null }) };
  const enc = encKeyFile === null ? null : await openKeyFile(encKeyFile, 'enc');
  if (path !== null) {
    requireTwo(await readPublic(path), enc);
    return { own: null, current: async () => ({ sig: await readAgain(path, enc), enc }) };
  }
  const own = keyFile === null ? await makeKey('sig') : await openKeyFile(keyFile, 'sig');
  requireTwo(own, enc);
  return { own, current: async () => ({ sig: own, enc }) };
}

function requireTwo<Key extends BoundKey>(sig: Key, enc: PrivateKey | null): Key {
  if (enc?.thumbprint === sig.thumbprint)
    failUsage('--enc-key-file is the key that the token is bound to: each use has its own');
  return sig;
}

async function readPublic(path: string): Promise<BoundKey> {
  try {
    const { publicJwk, request } = readKeyFile(new Uint8Array(await readFile(path)));
    return { publicJwk, thumbprint: jwkThumbprint(publicJwk), request: request?.der ?? null };
  } catch (error) {
    if (error instanceof RefusalError) return failUsage(`${path}: ${error.refusal.detail}`);
    if (systemCodeOf(error) === null) throw error;
    return failUsage(`${path} cannot be read: ${reasonOf(error)}`);
  }
}

/** It was good when the agent started: whoever replaces it may be about to. */
async function readAgain(path: string, enc: PrivateKey | null): Promise<BoundKey> {
  try {
    return requireTwo(await readPublic(path), enc);
  } catch (error) {
    if (error instanceof AgentFailed) throw new TryAgain(error.message);
    throw error;
  }
}
